"""Ask two versions of an index the same photos."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from indexer.comparing.figures import Comparison, Failure, Outcome, summarize
from indexer.comparing.photos import Photo, read_photos
from indexer.progress import Steps
from search.catalog.records import Reject
from search.engine import MOST_RESULTS, SearchEngine
from search.errors import CatalogFileError, FetchError, InvalidImage, ProductNotFound
from search.fetching import Fetcher
from search.sources import read_bytes


def compare(
    index: Path,
    versions: tuple[int, int],
    file: Path,
    k: int,
    fetch_allow: tuple[str, ...],
    steps: Steps,
) -> Comparison:
    """Compare the answers of two versions to every photo of a file; ranks are of the first 100.

    A photo that cannot be read is noted and left out. Raises CatalogFileError when none can be,
    and what ``SearchEngine.open`` raises.
    """
    given = list(read_photos(file))
    failed = [Failure(f"row {one.row}", one.reason) for one in given if isinstance(one, Reject)]
    photos = [one for one in given if isinstance(one, Photo)]
    outcomes = []
    with ExitStack() as stack:
        engines = [
            stack.enter_context(closing(SearchEngine.open(index, version=one))) for one in versions
        ]
        models = [engine.state.model for engine in engines]
        fetcher = stack.enter_context(Fetcher(allow=fetch_allow))
        step = steps.start("Photos", len(photos))
        for photo in photos:
            try:
                outcomes.append(_ask(engines, photo, fetcher, k))
            except (InvalidImage, FetchError) as error:
                failed.append(Failure(photo.source, error.reason))
            step(1)
    if not outcomes:
        why = f" ({failed[0].image}: {failed[0].reason})" if failed else ""
        raise CatalogFileError(f"{file}: there is no photo that can be asked about{why}.")
    return summarize(versions, models, k, outcomes, failed)


def _ask(engines: Sequence[SearchEngine], photo: Photo, fetcher: Fetcher, k: int) -> Outcome:
    data = read_bytes(photo.source, fetcher)
    answers = [engine.similar(data, k=MOST_RESULTS) for engine in engines]
    if not _is_held(engines[0], photo.product_id):
        photo = replace(photo, product_id="")
    return Outcome.of(photo, answers, k)


def _is_held(engine: SearchEngine, product_id: str) -> bool:
    try:
        return bool(product_id and engine.product(product_id))
    except ProductNotFound:
        return False
