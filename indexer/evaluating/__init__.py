"""Ask an index photos whose product or category is known: how often is it right?"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from indexer.asking import ask_each, open_engine
from indexer.evaluating.figures import summarize
from indexer.evaluating.judging import Judged, Standard, with_ancestors
from indexer.evaluating.records import Evaluation
from indexer.photos import Photo
from indexer.progress import Steps
from indexer.requirements import Requirement
from search.answers import Answer
from search.backends import REMEMBERED, Backends
from search.catalog.places import open_catalog
from search.errors import CatalogFileError
from search.fetching.fetcher import Fetcher
from search.versions import IndexFolder


def evaluate(
    index: Path,
    file: Path,
    requirements: Sequence[Requirement],
    fetch_allow: tuple[str, ...],
    steps: Steps,
    backends: Backends = REMEMBERED,
) -> Evaluation:
    """Judge the live version's answers to every photo of a file.

    A photo that cannot be read is noted and left out. Raises CatalogFileError when nothing is left
    to judge, and what ``SearchEngine.open`` raises.
    """
    with (
        open_engine(index, backends) as engine,
        closing(open_catalog(IndexFolder(index), backends.catalog)) as catalog,
        Fetcher(allow=fetch_allow) as fetcher,
    ):
        below = with_ancestors(catalog.categories())

        def judge(photo: Photo, answers: list[Answer]) -> Judged:
            standard = Standard.of(photo, below)
            return Judged.of(photo.source, photo.category, answers[0], standard, engine)

        judged, failed = ask_each([engine], file, fetcher, judge, steps)
        state = engine.state
    if not any(one.by or one.category for one in judged):
        raise CatalogFileError(
            f"{file}: no photo names a product of the catalog or a category; add the column "
            "product_id or category."
        )
    return summarize(state, judged, failed, requirements)
