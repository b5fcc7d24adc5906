"""One photo and its answer: which results are right, and how far down the first one is."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from indexer.asking import is_within, predicted_category
from indexer.evaluating.metrics import average_precision
from indexer.photos import Photo
from search.answers import Answer, Result
from search.engine import SearchEngine
from search.errors import InvalidImage
from search.predictions.taxonomy import ancestors
from search.querying.limits import MOST_RESULTS
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
class Standard:
    """What makes a result right: ``by`` as in ``Judged``, and how many products there are."""

    by: Literal["product", "category"] | None
    right: int
    accepts: Callable[[Result], bool]

    @classmethod
    def of(cls, photo: Photo, below: Mapping[str, int]) -> Self:
        """``below``: category path → how many products are there or below."""
        if photo.product_id:
            return cls.any_of({photo.product_id})
        if photo.category and below[photo.category]:
            return cls(
                "category",
                below[photo.category],
                lambda result: is_within(result.product.category, photo.category),
            )
        return cls.any_of(())

    @classmethod
    def any_of(cls, products: Collection[str]) -> Self:
        """One of these products."""
        by: Literal["product"] | None = "product" if products else None
        return cls(by, len(products), lambda result: result.product_id in products)


@dataclass(frozen=True, slots=True)
class Judged:
    """A photo, what it shows, and what was found.

    ``by`` is what makes a result right: the photo's ``product`` when the catalog has it, else its
    ``category`` (or one below it) when the catalog has products there, else None: nothing can be
    right. ``rank`` is of the first right product, None beyond the 100 asked for; ``precision`` the
    average precision, None when nothing can be right. ``first`` are the first five results.
    ``is_rejected``: people called the first result wrong; None when they judged no result.
    """

    image: str
    category: str
    predicted: str
    by: Literal["product", "category"] | None
    rank: int | None
    precision: float | None
    first: tuple[Found, ...]
    is_rejected: bool | None = None

    @classmethod
    def of(
        cls, image: str, category: str, answer: Answer, standard: Standard, engine: SearchEngine
    ) -> Self:
        """By what a result of ``answer`` must be to be right."""
        marks = [standard.accepts(one) for one in answer.results]
        ranks = [rank for rank, is_right in enumerate(marks, start=1) if is_right]
        precision = average_precision(ranks, standard.right, MOST_RESULTS) if standard.by else None
        return cls(
            image=image,
            category=category,
            predicted=predicted_category(answer),
            by=standard.by,
            rank=ranks[0] if ranks else None,
            precision=precision,
            first=tuple(
                Found(
                    *(one.product_id, one.product.title, one.score, place_of(one.image, engine)),
                    mark,
                )
                for one, mark in zip(answer.results[:_SHOWN], marks, strict=False)
            ),
        )


def with_ancestors(counts: Mapping[str, int]) -> Counter[str]:
    """Products in each category path → products there or below, for each path above as well."""
    below: Counter[str] = Counter()
    for path, count in counts.items():
        for above in ancestors(path):
            below[above] += count
    return below


def place_of(source: str, engine: SearchEngine) -> str:
    """The path or URL of a catalog's picture, empty if that left its folder."""
    try:
        return source if is_url(source) else str(engine.catalog_path(source))
    except InvalidImage:
        return ""
