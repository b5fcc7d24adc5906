"""From a catalog file to a catalog with features: rows, pictures, and what was turned away."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.engines import Engine
from indexer.engines.local import locally
from indexer.ingesting.downloads import Downloads
from indexer.ingesting.pipeline import Tally, embed_images
from indexer.ingesting.reading import Reader
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.workbench import Workbench
from search.catalog.syncing import sync
from search.catalog.syncing.comparing import Changes
from search.catalog.syncing.staging import Item
from search.embedding import Embedder
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces
from search.versions import IndexFolder


def ingest(
    file: Path,
    rows: Iterable[Item],
    bench: Workbench,
    rejects: RejectFile,
    fetch_allow: tuple[str, ...],
    *,
    strict: bool = False,
    allow_shrink: bool = False,
    cache_downloads: bool = False,
    engine: Engine = locally,
) -> tuple[Changes, Tally]:
    """Make the catalog hold what the rows of ``file`` say, and the features of every usable image.

    The ``engine`` embeds. ``cache_downloads`` keeps the bytes of URLs in the index folder. Raises
    what ``sync`` raises, and EngineUnavailable.
    """
    changes = sync(
        bench.catalog.engine, rows, rejects.add, strict=strict, allow_shrink=allow_shrink
    )
    downloads = Downloads(bench.folder.path / "downloads") if cache_downloads else None
    with image_reader(file, bench, fetch_allow, downloads) as reader:
        tally = embed_images(bench, reader, engine)
    if tally.rejected:
        rejects.add_images(bench.catalog, file)
    return changes, tally


@contextmanager
def image_reader(
    file: Path, bench: Workbench, fetch_allow: tuple[str, ...], downloads: Downloads | None = None
) -> Iterator[Reader]:
    """Reads the images of a catalog file, prepared for the bench's model."""
    places = ImagePlaces(file.parent.resolve(), bench.folder.path.resolve())
    with Fetcher(allow=fetch_allow) as fetcher:
        yield Reader(places, fetcher, bench.embedder.backbone.preprocessing, downloads)


@contextmanager
def embedded(
    folder: IndexFolder,
    file: Path,
    rows: Iterable[Item],
    embedder: Embedder,
    rejects: RejectFile,
    fetch_allow: tuple[str, ...],
    steps: Steps,
    engine: Engine = locally,
) -> Iterator[Workbench]:
    """``ingest`` into a folder that is no index, so that none is touched and memory stays bounded.

    What the folder holds already is not embedded again.
    """
    with folder.lock(), Workbench.open(folder, embedder, steps) as bench:
        ingest(file, rows, bench, rejects, fetch_allow, allow_shrink=True, engine=engine)
        yield bench
