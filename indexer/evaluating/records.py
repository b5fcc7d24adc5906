"""What ``indexer evaluate`` finds out."""

from dataclasses import dataclass
from typing import Literal, Self

from indexer.asking import Failure
from indexer.evaluating.judging import Judged
from indexer.evaluating.metrics import Interval, Values, bootstrap
from indexer.requirements import Checked
from search.answers import IndexState


@dataclass(frozen=True, slots=True)
class Metric:
    """A share, 0 to 1, measured on so many photos, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    photos: int

    @classmethod
    def of(cls, interval: Interval, photos: int) -> Self:
        """An interval of the mean over so many photos."""
        return cls(interval.value, interval.low, interval.high, photos)

    @classmethod
    def mean(cls, values: Values) -> Self | None:
        """Of (n,) values, 0 to 1, one for each photo; None when there is none."""
        return cls.of(bootstrap(values), len(values)) if len(values) else None


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """The photos of one category; ``recall_at_1`` is None when no result can be right."""

    category: str
    photos: int
    recall_at_1: Metric | None
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many photos of ``category`` were taken for ``predicted``, empty for none at all."""

    category: str
    predicted: str
    photos: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A version on ``photos`` photos of a file, or as many queries that people judged.

    ``by_product``, ``by_category`` and ``by_nothing`` count them by what makes a result right (see
    ``Judged``): those by nothing are in no Recall and no mAP. ``metrics`` are, by the names that
    ``--require`` takes, None where no photo can measure one:

    - ``recall@k``: the share of photos with a right product among the first k;
    - ``map``: the mean of AP@100, normalised by min(right products in the catalog, 100);
    - ``category``: the first predicted path is the photo's category or lies below it;
    - ``category@N``: its first N levels are, of the photos whose category has as many;
    - ``precision``, ``recall``, ``f1``: means over the photos' categories (macro) of the predicted
      path, cut to as many levels as the photo's category has;
    - ``rejected@1``: the share of queries with a verdict whose first result people called wrong.

    ``categories`` and ``confused`` follow the same cut. ``worst`` are those with a right product
    that does not come first: never found, then the deepest rank, first.
    """

    index: IndexState
    asked: Literal["photos", "queries"]
    photos: int
    by_product: int
    by_category: int
    by_nothing: int
    metrics: dict[str, Metric | None]
    categories: list[CategoryFigures]
    confused: list[Confusion]
    worst: list[Judged]
    failed: list[Failure]
    requirements: list[Checked]
