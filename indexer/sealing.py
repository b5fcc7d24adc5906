"""From features to a sealed, published version: head, vectors, manifest."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from indexer.grading import grade
from indexer.workbench import Workbench
from search.arrays import Floats, Ids
from search.catalog.records import VersionRecord
from search.embedding.head import ENOUGH_IMAGES, Head, fit_whitening
from search.errors import CatalogFileError
from search.uploads import ImagePlaces
from search.vectors.faiss_index import FaissIndex
from search.versions import HEAD, KEPT, VECTORS
from search.versions.manifest import Manifest

_FEW = 0.02
"""The share of new images up to which a head is kept."""


def seal(bench: Workbench, live: Manifest | None, image_root: Path, keep: int = KEPT) -> Manifest:
    """Publish a version of what the catalog holds now, unless ``live`` finds all of that.

    ``keep`` old versions stay beside it. Hold the folder's lock meanwhile. Raises
    CatalogFileError when the catalog has nothing to search.
    """
    products, images = bench.catalog.counts()
    if not images:
        raise CatalogFileError(
            f"The catalog has no usable image, so nothing was published; '{bench.folder.rejects}' "
            "says what is wrong."
        )
    made = live
    if made is None or not _is_current(made, bench, image_root):
        made = _publish(bench, live, image_root, products, images)
    bench.folder.prune(keep, live.version if live else None)
    bench.catalog.forget_gone()
    ImagePlaces(image_root, bench.folder.path).forget_unused(bench.catalog.engine)
    return made


def _is_current(live: Manifest, bench: Workbench, image_root: Path) -> bool:
    same = bench.embedder.backbone.fingerprint, str(image_root)
    return (live.backbone, live.image_root) == same and (
        bench.catalog.images_revision() <= live.revision
    )


def _publish(
    bench: Workbench, live: Manifest | None, image_root: Path, products: int, images: int
) -> Manifest:
    revision = bench.catalog.revision()  # live writes may commit while the features are read
    head, fitted = _head(bench, live, images, revision)
    vectors = FaissIndex.build(_vectors(bench, head, images))
    backbone = bench.embedder.backbone
    manifest = Manifest(
        version=max(bench.folder.next_version(), bench.catalog.last_version() + 1),
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spec=backbone.spec,
        backbone=backbone.fingerprint,
        head=head.fingerprint,
        head_kind=head.kind,
        products=products,
        images=len(vectors),
        revision=revision,
        image_root=str(image_root),
        grade=grade(bench.catalog, vectors),
        head_revision=fitted,
    )

    def write(folder: Path) -> None:
        head.save(folder / HEAD)
        vectors.save(folder / VECTORS)

    def note(made: Manifest) -> None:
        bench.catalog.add_version(_record(made))

    return bench.folder.publish(manifest, write, note)


def _head(bench: Workbench, live: Manifest | None, images: int, revision: int) -> tuple[Head, int]:
    """Half-whitened PCA where there are enough images for it, the plain features otherwise.

    With the revision it was fitted at. The live version's stays while nearly all images are those
    that it was fitted on: fitting takes longer than all else that a small change needs.
    """
    if images < ENOUGH_IMAGES:
        return Head(), revision
    if live and _still_fits(live, bench, images):
        path = bench.folder.folder(live.version) / HEAD
        return Head.load(path, live.head_kind), live.head_revision
    return fit_whitening(features for _, features in bench.store.chunks()), revision


def _still_fits(live: Manifest, bench: Workbench, images: int) -> bool:
    if live.head_kind == "plain" or live.backbone != bench.embedder.backbone.fingerprint:
        return False
    return bench.catalog.images_since(live.head_revision) <= _FEW * images


def _vectors(bench: Workbench, head: Head, images: int) -> Iterator[tuple[Ids, Floats]]:
    step = bench.steps.start("Vectors", images)
    for ids, features in bench.store.chunks():
        yield ids, head.apply(features)
        step(len(ids))


def _record(made: Manifest) -> VersionRecord:
    return VersionRecord(
        version=made.version,
        built_at=made.built,
        model=made.model,
        backbone=made.backbone,
        head=made.head,
        products=made.products,
        images=made.images,
        revision=made.revision,
        grade=made.grade,
    )
