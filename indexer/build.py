"""The build journey: a catalog file in, a published index version out."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from indexer.pipeline import Reader, Tally, embed_images
from indexer.progress import Steps
from indexer.rejects import RejectFile
from indexer.sealing import seal
from indexer.sources import opened, read_catalog
from indexer.workbench import Workbench
from search.catalog.sync import sync
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.errors import IndexDamaged, RejectsRefused
from search.fetching import Fetcher
from search.manifest import Manifest
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build.

    ``model`` is a specification; None keeps the live version's, or takes the default. ``strict``
    makes any reject a failure. ``allow_shrink`` lets a file remove over 20 % of the products.
    ``fetch_allow`` names hosts or networks that image URLs may reach although not public.
    """

    model: str | None = None
    strict: bool = False
    allow_shrink: bool = False
    fetch_allow: tuple[str, ...] = ()


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


def build(file: Path, index: Path, options: BuildOptions, steps: Steps) -> BuildReport:
    """Make the index in ``index`` answer for exactly what the catalog file holds.

    A build with nothing to change keeps the live version. Raises CatalogFileError, RejectsRefused,
    ShrinkRefused or ModelError; the live version then stays as it is, and so do the features
    that were already stored.
    """
    start = perf_counter()
    folder = IndexFolder(index)
    live = _live(folder)
    backbone = load_backbone(options.model or (live.spec if live else DEFAULT_SPEC))
    rows = steps.count("Catalog rows", opened(read_catalog(file)))
    with (
        Workbench.open(folder, Embedder(backbone, cache=folder.cache), steps) as bench,
        RejectFile(folder.rejects) as rejects,
        Fetcher(allow=options.fetch_allow) as fetcher,
    ):
        changes = sync(
            bench.catalog.engine,
            rows,
            rejects.add,
            strict=options.strict,
            allow_shrink=options.allow_shrink,
        )
        reader = Reader(file.parent, fetcher, backbone.preprocessing)
        tally = embed_images(bench, reader)
        if tally.rejected:
            rejects.add_images(bench.catalog, file)
        if options.strict and rejects.count:
            raise RejectsRefused(rejects.count)
        manifest = seal(bench, live, file.parent.resolve())
    seconds = perf_counter() - start
    return _report(manifest, tally, rejects.count, changes.removed, seconds)


def _live(folder: IndexFolder) -> Manifest | None:
    """The live version; None when there is none or when it is damaged: a build is the remedy."""
    try:
        manifest = folder.live()
        if manifest is not None:
            folder.verify(manifest)
    except IndexDamaged:
        return None
    return manifest


def _report(
    made: Manifest, tally: Tally, rejected: int, removed: int, seconds: float
) -> BuildReport:
    return BuildReport(
        products=made.products,
        images=made.images,
        embedded=tally.embedded,
        reused=made.images - tally.embedded,
        rejected=rejected,
        removed=removed,
        seconds=round(seconds, 3),
        images_per_second=round(tally.rate, 1),
        version=made.version,
    )
