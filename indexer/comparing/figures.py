"""How the answers of two versions to the same photos differ, and which is right more often."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

from indexer.asking import Failure, is_within, predicted_category
from indexer.photos import Photo
from search.answers import Answer

_SHOWN = 5

Ranks = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One photo in both versions: ``first`` products, and the ``ranks`` of its own product.

    ``overlap`` is the share of the first k products that both have, ``moves`` how many places
    each of those moved. Ranks count from 1, None beyond the products asked for; there are none
    without a known product, and no ``categories`` (right or not) without a known category.
    """

    image: str
    overlap: float
    moves: tuple[int, ...]
    first: tuple[str, str]
    ranks: Ranks | None
    categories: tuple[bool, bool] | None

    @classmethod
    def of(cls, photo: Photo, answers: Sequence[Answer], k: int) -> Self:
        """From the two versions' answers, as deep as ranks are to be known."""
        a, b = ([result.product_id for result in answer.results] for answer in answers)
        common = sorted({*a[:k]} & {*b[:k]})
        own = photo.product_id
        right_a, right_b = (
            is_within(predicted_category(answer), photo.category) for answer in answers
        )
        return cls(
            image=photo.source,
            overlap=len(common) / max(len(a[:k]), len(b[:k])),
            moves=tuple(abs(a.index(one) - b.index(one)) for one in common),
            first=(a[0], b[0]),
            ranks=(_rank(a, own), _rank(b, own)) if own else None,
            categories=(right_a, right_b) if photo.category else None,
        )


@dataclass(frozen=True, slots=True)
class Side:
    """How often one version is right, 0 to 1; None where no photo says what it shows.

    ``recall_at_…`` and ``mrr`` (mean reciprocal rank, 0 beyond the products asked for) are of the
    photos of a known product. ``category`` is the share of those with a category whose first
    predicted path is that one or lies below it.
    """

    version: int
    model: str
    recall_at_1: float | None
    recall_at_5: float | None
    recall_at_10: float | None
    mrr: float | None
    category: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The versions ``a`` and ``b`` on ``photos`` photos.

    ``overlap`` is the mean share of the first ``k`` products that both have, ``moved`` the mean
    number of places that those moved. ``better``, ``worse`` and ``same`` count the photos of
    ``with_product`` by the rank of their product in b, against a. ``furthest`` are the photos
    whose answers differ most.
    """

    a: Side
    b: Side
    k: int
    photos: int
    overlap: float
    moved: float
    with_product: int
    better: int
    worse: int
    same: int
    with_category: int
    furthest: list[Outcome]
    failed: list[Failure]


def summarize(
    versions: Sequence[int],
    models: Sequence[str],
    k: int,
    outcomes: Sequence[Outcome],
    failed: list[Failure],
) -> Comparison:
    """All figures, from at least one outcome; ``versions`` and ``models`` are the two sides'."""
    ranked = [one.ranks for one in outcomes if one.ranks]
    sorted_in = [one.categories for one in outcomes if one.categories]
    a, b = (
        _side(version, model, [each[at] for each in ranked], [each[at] for each in sorted_in])
        for at, (version, model) in enumerate(zip(versions, models, strict=True))
    )
    places = [(_place(then), _place(now)) for then, now in ranked]
    differing = sorted(outcomes, key=lambda one: (one.overlap, -sum(one.moves), one.image))
    return Comparison(
        a=a,
        b=b,
        k=k,
        photos=len(outcomes),
        overlap=round(fmean(one.overlap for one in outcomes), 4),
        moved=round(fmean([move for one in outcomes for move in one.moves] or [0]), 4),
        with_product=len(ranked),
        better=sum(now < then for then, now in places),
        worse=sum(now > then for then, now in places),
        same=sum(now == then for then, now in places),
        with_category=len(sorted_in),
        furthest=[one for one in differing if one.overlap < 1 or any(one.moves)][:_SHOWN],
        failed=failed,
    )


def _side(
    version: int, model: str, ranks: Sequence[int | None], categories: Sequence[bool]
) -> Side:
    places = [_place(rank) for rank in ranks]
    at_1, at_5, at_10 = (_share([place <= most for place in places]) for most in (1, 5, 10))
    mrr = _share([1 / place for place in places])
    return Side(version, model, at_1, at_5, at_10, mrr, _share(categories))


def _share(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None


def _place(rank: int | None) -> float:
    return float("inf") if rank is None else rank


def _rank(products: list[str], product_id: str) -> int | None:
    return products.index(product_id) + 1 if product_id in products else None
