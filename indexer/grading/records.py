"""What a version finds out about itself when it is built; its manifest keeps it as JSON."""

from dataclasses import dataclass
from typing import Literal

from indexer.evaluating.records import Metric

Standard = Literal["product", "category", "view"]
"""What makes a result right: it is the picture's product, or in its category where the product was
taken out; or the picture is a changed one of that product."""


@dataclass(frozen=True, slots=True)
class Bin:
    """``queries`` that were said to be right with the mean probability ``p``; ``right`` were."""

    p: float
    right: float
    queries: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether probabilities are what they say, on held-out queries that their fit never saw.

    ``error`` is the expected calibration error over 15 bins (Naeini et al., 2015), ``by_chance``
    what perfectly calibrated probabilities would show in the mean on as many queries.
    """

    error: float
    by_chance: float
    queries: int
    bins: list[Bin]


@dataclass(frozen=True, slots=True)
class MatchGrade:
    """``p_same`` of the first result.

    A result is ``same`` from ``same`` on and ``none`` below ``none``. Of the queries whose product
    comes first, ``kept`` are not called ``none``; of those whose product is not in the catalog,
    ``refused`` are.
    """

    same: float
    none: float
    kept: Metric | None
    refused: Metric | None
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class CategoryGrade:
    """The held-out queries of one category."""

    category: str
    metrics: dict[str, Metric | None]


@dataclass(frozen=True, slots=True)
class PredictionGrade:
    """The top category, right as a whole path: from votes alone, class means alone, both fused.

    ``confident`` is of the 80 % of the queries that the fused prediction is surest of.
    """

    votes: Metric
    means: Metric
    fused: Metric
    confident: Metric
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class AttributeGrade:
    """A column: how often its value is told, and how often its most frequent value would be right.

    ``is_kept`` says whether it is predicted: pictures tell it surely better than ``chance``.
    ``accuracy`` is None with too few photos.
    """

    name: str
    accuracy: Metric | None
    chance: float
    is_kept: bool


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """First results by score: between ``edges`` (n + 1) lie n counts of each kind.

    ``right`` show the query's product, ``wrong`` another although it is in the catalog, and of
    ``absent`` queries it is not.
    """

    edges: list[float]
    right: list[int]
    wrong: list[int]
    absent: list[int]


@dataclass(frozen=True, slots=True)
class Grade:
    """How well a version answers photos that it does not hold.

    ``queries`` counts them by kind: ``product`` (held out, its product has other images in the
    index), ``absent`` (its product was taken out), ``view`` (an augmented picture of a product with
    one image). ``notes`` are sentences about what the figures cannot say. ``metrics`` are named as
    ``--require`` names them, ``twins`` the same for photos taken along with others that the index
    holds; ``standard`` says what both are of. ``exact`` is the share of the exact ten nearest that
    the index finds. ``revision`` is the catalog's when the head was fitted and all of this was
    measured.
    """

    revision: int
    seconds: float
    queries: dict[str, int]
    notes: list[str]
    standard: Standard
    metrics: dict[str, Metric | None]
    twins: dict[str, Metric | None]
    categories: list[CategoryGrade]
    exact: float | None
    match: MatchGrade | None
    prediction: PredictionGrade | None
    attributes: list[AttributeGrade]
    scores: ScoreCounts
