"""The build journey: a catalog file in, a published index version out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from indexer.pipeline import Reader, Tally, embed_images
from indexer.progress import Steps
from indexer.rejects import RejectFile
from indexer.sources import read_catalog
from search.arrays import Floats, Ids
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.features import FeatureStore
from search.catalog.records import VersionRecord
from search.catalog.sync import Changes, sync
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.head import ENOUGH_IMAGES, Head, fit_whitening
from search.errors import CatalogFileError, IndexDamaged, RejectsRefused
from search.fetching import Fetcher
from search.vectors.faiss_index import FaissIndex
from search.versions import HEAD, VECTORS, IndexFolder, Manifest


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; ``images`` and ``products`` are those that can be found now.

    ``images_per_second`` is embedded images over the time from the first read to the last
    feature stored, 0 when nothing had to be embedded.
    """

    products: int
    images: int
    embedded: int
    reused: int
    rejected: int
    removed: int
    seconds: float
    images_per_second: float
    version: int


def build(
    file: Path,
    index: Path,
    steps: Steps,
    *,
    model: str | None = None,
    strict: bool = False,
    allow_shrink: bool = False,
    fetch_allow: Sequence[str] = (),
) -> BuildReport:
    """Make the index in ``index`` answer for exactly what the catalog file holds.

    A build with nothing to change keeps the live version. Raises CatalogFileError, RejectsRefused,
    ShrinkRefused or ModelError; the live version then stays as it is, and so do the features
    that were already stored.
    """
    start = perf_counter()
    folder = IndexFolder(index)
    live = _live(folder)
    backbone = load_backbone(model or (live.spec if live else DEFAULT_SPEC))
    embedder = Embedder(backbone, cache=folder.cache)
    rows = read_catalog(file)
    folder.create()
    catalog = Catalog.create(sqlite_url(folder.catalog))
    store = FeatureStore(catalog.engine, backbone.fingerprint, backbone.dim)
    with RejectFile(folder.rejects) as rejects, Fetcher(allow=fetch_allow) as fetcher:
        changes = sync(
            catalog.engine,
            steps.count("Catalog rows", rows),
            rejects.add,
            strict=strict,
            allow_shrink=allow_shrink,
        )
        reader = Reader(file.parent, fetcher, embedder)
        images = steps.start("Images", catalog.count_images())
        tally = embed_images(catalog, store, embedder, reader, images)
        if tally.rejected:
            rejects.add_images(catalog, file)
        if strict and rejects.count:
            raise RejectsRefused(rejects.count)
    manifest = _publish(folder, catalog, store, embedder, live, file.parent.resolve(), steps)
    catalog.close()
    return _report(manifest, tally, changes, rejects.count, perf_counter() - start)


def _live(folder: IndexFolder) -> Manifest | None:
    """The live version; None when there is none or when it is damaged: a build is the remedy."""
    try:
        manifest = folder.live()
        if manifest is not None:
            folder.verify(manifest)
    except IndexDamaged:
        return None
    return manifest


def _publish(
    folder: IndexFolder,
    catalog: Catalog,
    store: FeatureStore,
    embedder: Embedder,
    live: Manifest | None,
    image_root: Path,
    steps: Steps,
) -> Manifest:
    """Seal a version of what the catalog holds now, unless the live one is just that."""
    products, images = catalog.counts()
    if not images:
        raise CatalogFileError(
            f"The catalog has no usable image, so nothing was published; see {folder.rejects}."
        )
    backbone = embedder.backbone
    if live and (live.revision, live.backbone, live.image_root) == (
        catalog.revision(),
        backbone.fingerprint,
        str(image_root),
    ):
        return live
    head = _head(store, images)
    vectors = _index(store, head, images, steps)
    manifest = Manifest(
        version=max(folder.next_version(), catalog.last_version() + 1),
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spec=backbone.spec,
        backbone=backbone.fingerprint,
        head=head.fingerprint,
        head_kind=head.kind,
        products=products,
        images=images,
        revision=catalog.revision(),
        image_root=str(image_root),
    )

    def write(path: Path) -> None:
        head.save(path / HEAD)
        vectors.save(path / VECTORS)

    return folder.publish(manifest, write, lambda made: catalog.add_version(_record(made)))


def _head(store: FeatureStore, images: int) -> Head:
    """Half-whitened PCA where there are enough images for it, the plain features otherwise."""
    if images < ENOUGH_IMAGES:
        return Head()
    return fit_whitening(features for _, features in store.chunks())


def _index(store: FeatureStore, head: Head, images: int, steps: Steps) -> FaissIndex:
    step = steps.start("Vectors", images)

    def vectors() -> Iterator[tuple[Ids, Floats]]:
        for ids, features in store.chunks():
            yield ids, head.apply(features)
            step(len(ids))

    return FaissIndex.build(vectors())


def _record(made: Manifest) -> VersionRecord:
    return VersionRecord(
        made.version,
        made.built,
        made.model,
        made.backbone,
        made.head,
        made.products,
        made.images,
        made.revision,
    )


def _report(
    made: Manifest, tally: Tally, changes: Changes, rejected: int, seconds: float
) -> BuildReport:
    return BuildReport(
        products=made.products,
        images=made.images,
        embedded=tally.embedded,
        reused=made.images - tally.embedded,
        rejected=rejected,
        removed=changes.removed,
        seconds=round(seconds, 3),
        images_per_second=round(tally.rate, 1),
        version=made.version,
    )
