"""Ask an index, or several versions of one, every photo of a file."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from indexer.photos import Photo, read_photos
from indexer.progress import Steps
from search.answers import Answer
from search.backends import Backends
from search.catalog.records import CATEGORY_SEPARATOR, Reject
from search.engine import SearchEngine
from search.errors import CatalogFileError, FetchError, InvalidImage, ProductNotFound
from search.fetching.fetcher import Fetcher
from search.querying.limits import MOST_RESULTS
from search.sources import read_bytes

Verdict = TypeVar("Verdict")


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be asked about."""

    image: str
    reason: str


def open_engine(
    index: Path, backends: Backends, version: int | None = None
) -> closing[SearchEngine]:
    """The live version or another, closed at the end; raises what ``SearchEngine.open`` raises."""
    return closing(
        SearchEngine.open(
            index, version=version, catalog=backends.catalog, vectors=backends.vectors
        )
    )


def ask_each(
    engines: Sequence[SearchEngine],
    file: Path,
    fetcher: Fetcher,
    judge: Callable[[Photo, list[Answer]], Verdict],
    steps: Steps,
) -> tuple[list[Verdict], list[Failure]]:
    """What ``judge`` says of each photo and its answers, one from each engine, 100 products deep.

    A photo's ``product_id`` is empty when the catalog does not hold it. A photo that cannot be
    read is noted and left out. Raises CatalogFileError when none can be.
    """
    given = list(read_photos(file))
    failed = [Failure(f"row {one.row}", one.reason) for one in given if isinstance(one, Reject)]
    photos = [one for one in given if isinstance(one, Photo)]
    verdicts = []
    step = steps.start("Photos", len(photos))
    for photo in photos:
        try:
            data = read_bytes(photo.source, fetcher)
            answers = [engine.similar(data, k=MOST_RESULTS) for engine in engines]
        except (InvalidImage, FetchError) as error:
            failed.append(Failure(photo.source, error.reason))
        else:
            verdicts.append(judge(_known(photo, engines[0]), answers))
        step(1)
    if not verdicts:
        why = f" ({failed[0].image}: {failed[0].reason})" if failed else ""
        raise CatalogFileError(f"{file}: there is no photo that can be asked about{why}.")
    return verdicts, failed


def is_within(category: str, other: str) -> bool:
    """Whether a category path is ``other`` or lies below it."""
    return (category + CATEGORY_SEPARATOR).startswith(other + CATEGORY_SEPARATOR)


def predicted_category(answer: Answer) -> str:
    """The path with the most votes; empty when nothing has a category."""
    return answer.categories[0].path if answer.categories else ""


def is_in_catalog(product_id: str, engine: SearchEngine) -> bool:
    """Whether the catalog holds a product of that id."""
    try:
        engine.product(product_id)
    except ProductNotFound:
        return False
    return True


def _known(photo: Photo, engine: SearchEngine) -> Photo:
    if photo.product_id and not is_in_catalog(photo.product_id, engine):
        return replace(photo, product_id="")
    return photo
