"""The build journey: a catalog file in, a published index version out."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from indexer.engines import Engine
from indexer.engines.local import locally
from indexer.indexing.remembered import limits_for
from indexer.ingesting.journey import ingest
from indexer.ingesting.pipeline import Tally
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.requirements import Requirement
from indexer.sealing.journey import seal
from indexer.sources import opened, read_rows
from indexer.workbench import Workbench
from search.backends import REMEMBERED, Backends
from search.catalog.syncing.comparing import Changes
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_model
from search.errors import IndexDamaged, RejectsRefused
from search.versions import KEPT, IndexFolder
from search.versions.manifest import Manifest
from search.versions.replicas import publish, store_of, take_over


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build.

    ``model`` is a specification; None keeps the live version's, or takes the default. ``strict``
    makes any reject a failure. ``allow_shrink`` lets a file remove over 20 % of the products.
    ``target_recall`` (0 to 1, of the ten nearest) and ``max_memory`` (bytes) are what the vector
    index must keep to; None keeps the live version's. ``fetch_allow`` names hosts or networks that
    image URLs may reach although not public. ``keep`` old versions stay beside the live one. A
    version that misses one of the ``requirements`` is not made live. ``cache_downloads`` keeps what
    URLs gave, for a build that needs it again. The ``backends`` take the catalog, the vectors, and
    the version once more, for other machines. The ``engine`` reads and embeds the images.
    """

    model: str | None = None
    strict: bool = False
    allow_shrink: bool = False
    fetch_allow: tuple[str, ...] = ()
    keep: int = KEPT
    requirements: tuple[Requirement, ...] = ()
    target_recall: float | None = None
    max_memory: int | None = None
    cache_downloads: bool = False
    backends: Backends = REMEMBERED
    engine: Engine = locally


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; ``images`` and ``products`` are those that can be found now.

    ``added``, ``changed`` and ``removed`` count products of the file.
    ``images_per_second`` is embedded images over the time from the first read to the last
    feature stored, 0 when nothing had to be embedded. ``tuning`` is the ``TuningReport`` of the
    head, None when the live version's was kept. ``grade`` are the metrics of the version's grade
    for photos of new series, as JSON.
    """

    products: int
    images: int
    embedded: int
    reused: int
    rejected: int
    added: int
    changed: int
    removed: int
    seconds: float
    images_per_second: float
    version: int
    tuning: dict[str, Any] | None
    grade: dict[str, Any] | None


def build(file: Path, index: Path, options: BuildOptions, steps: Steps) -> BuildReport:
    """Make the index in ``index`` answer for exactly what the catalog file holds.

    A build with nothing to change keeps the live version. Raises CatalogFileError, RejectsRefused,
    ShrinkRefused, GradeRefused, IndexBusy, EngineUnavailable or ModelError; the live version then
    stays as it is, and so do the features that were already stored. Raises StoreUnreachable when
    the store does: the next build publishes there what this one made.
    """
    start = perf_counter()
    folder = IndexFolder(index)
    store = store_of(folder, options.backends.versions)
    if store:
        take_over(folder, store)
    backbone = load_model(options.model or live_model(folder))
    rows = steps.count("Catalog rows", opened(read_rows(file)))
    with (
        folder.lock(),
        Workbench.open(
            folder,
            Embedder(backbone, cache=folder.cache),
            steps,
            options.backends,
            store,
        ) as bench,
        RejectFile(folder.rejects) as rejects,
    ):
        live = _intact(folder)
        changes, tally = ingest(
            file,
            rows,
            bench,
            rejects,
            options.fetch_allow,
            strict=options.strict,
            allow_shrink=options.allow_shrink,
            cache_downloads=options.cache_downloads,
            engine=options.engine,
        )
        if options.strict and rejects.count:
            raise RejectsRefused(rejects.count)
        root = file.parent.resolve()
        limits = limits_for(live).changed(options.target_recall, options.max_memory)
        manifest = seal(bench, live, root, options.keep, options.requirements, limits)
        if store:
            publish(folder, store, options.keep)
    seconds = perf_counter() - start
    fresh = live is None or manifest.head_revision != live.head_revision
    return _report(manifest, fresh, changes, tally, rejects.count, seconds)


def live_model(folder: IndexFolder) -> str:
    """The specification of the live version's model, the default where there is none to read."""
    try:
        live = folder.live()
    except IndexDamaged:  # a build is the remedy
        live = None
    return live.spec if live else DEFAULT_SPEC


def _intact(folder: IndexFolder) -> Manifest | None:
    """The live version; None when there is none or when it is damaged."""
    try:
        live = folder.live()
        if live is not None:
            folder.verify(live)
    except IndexDamaged:
        return None
    return live


def _report(
    made: Manifest, fresh: bool, changes: Changes, tally: Tally, rejected: int, seconds: float
) -> BuildReport:
    return BuildReport(
        products=made.products,
        images=made.images,
        embedded=tally.embedded,
        reused=made.images - tally.embedded,
        rejected=rejected,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        seconds=round(seconds, 3),
        images_per_second=round(tally.rate, 1),
        version=made.version,
        tuning=made.tuning if fresh else None,
        grade=made.self_grade["metrics"] if made.self_grade else None,
    )
