"""From a catalog file to a catalog with features: rows, pictures, and what was turned away."""

from collections.abc import Iterable
from pathlib import Path

from indexer.pipeline import Tally, embed_images
from indexer.reading import Reader
from indexer.rejects import RejectFile
from indexer.workbench import Workbench
from search.catalog.syncing import sync
from search.catalog.syncing.comparing import Changes
from search.catalog.syncing.staging import Item
from search.fetching import Fetcher
from search.uploads import ImagePlaces


def ingest(
    file: Path,
    rows: Iterable[Item],
    bench: Workbench,
    rejects: RejectFile,
    fetch_allow: tuple[str, ...],
    *,
    strict: bool = False,
    allow_shrink: bool = False,
) -> tuple[Changes, Tally]:
    """Make the catalog hold what the rows of ``file`` say, and the features of every usable image.

    Raises what ``sync`` raises.
    """
    changes = sync(
        bench.catalog.engine, rows, rejects.add, strict=strict, allow_shrink=allow_shrink
    )
    places = ImagePlaces(file.parent, bench.folder.path)
    with Fetcher(allow=fetch_allow) as fetcher:
        reader = Reader(places, fetcher, bench.embedder.backbone.preprocessing)
        tally = embed_images(bench, reader)
    if tally.rejected:
        rejects.add_images(bench.catalog, file)
    return changes, tally
