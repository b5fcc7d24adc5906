"""One photo and its answer: which results are right, and how far down the first one is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from indexer.asking import is_within, predicted_category
from indexer.evaluating.metrics import average_precision
from indexer.photos import Photo
from search.answers import Answer, Result
from search.catalog.records import CATEGORY_SEPARATOR
from search.engine import MOST_RESULTS, SearchEngine
from search.errors import InvalidImage
from search.sources import is_url

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A result; ``image`` is the path or URL of its picture, empty if that left its folder."""

    product_id: str
    title: str
    score: float
    image: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A photo, what it shows, and what was found.

    ``by`` is what makes a result right: the photo's ``product`` when the catalog has it, else its
    ``category`` (or one below it) when the catalog has products there, else None: nothing can be
    right. ``rank`` is of the first right product, None beyond the 100 asked for; ``precision`` the
    average precision, None when nothing can be right. ``first`` are the first five results.
    """

    image: str
    category: str
    predicted: str
    by: Literal["product", "category"] | None
    rank: int | None
    precision: float | None
    first: tuple[Found, ...]

    @classmethod
    def of(
        cls, photo: Photo, answer: Answer, below: Mapping[str, int], engine: SearchEngine
    ) -> Self:
        """``below``: category path → how many products are there or below."""
        by, right = _standard(photo, below)
        marks = [_is_right(one, photo, by) for one in answer.results]
        ranks = [rank for rank, is_right in enumerate(marks, start=1) if is_right]
        return cls(
            image=photo.source,
            category=photo.category,
            predicted=predicted_category(answer),
            by=by,
            rank=ranks[0] if ranks else None,
            precision=average_precision(ranks, right, MOST_RESULTS) if by else None,
            first=tuple(
                Found(one.product_id, one.product.title, one.score, _place(one.image, engine), mark)
                for one, mark in zip(answer.results[:_SHOWN], marks, strict=False)
            ),
        )


def with_ancestors(counts: Mapping[str, int]) -> Counter[str]:
    """Products in each category path → products there or below, for each path above as well."""
    below: Counter[str] = Counter()
    for path, count in counts.items():
        levels = path.split(CATEGORY_SEPARATOR)
        for depth in range(1, len(levels) + 1):
            below[CATEGORY_SEPARATOR.join(levels[:depth])] += count
    return below


def _standard(
    photo: Photo, below: Mapping[str, int]
) -> tuple[Literal["product", "category"] | None, int]:
    """What the photo is judged by, and how many products are right."""
    if photo.product_id:
        return "product", 1
    if photo.category and below[photo.category]:
        return "category", below[photo.category]
    return None, 0


def _is_right(result: Result, photo: Photo, by: str | None) -> bool:
    if by == "product":
        return result.product_id == photo.product_id
    return by == "category" and is_within(result.product.category, photo.category)


def _place(source: str, engine: SearchEngine) -> str:
    try:
        return source if is_url(source) else str(engine.catalog_path(source))
    except InvalidImage:
        return ""
