"""Why a result is like the query: where, in which category and colours, and what comes next."""

from dataclasses import dataclass, field
from typing import Literal

from search.catalog.records import Scalar
from search.colours import Colour
from search.regions import Box

Method = Literal["pooled", "occlusion", "none"]
"""How heat maps are made: exact shares of the score, what covering each cell costs, or not."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Which parts of a picture carry the score.

    ``grid`` are rows from top to bottom over ``box``, pixels of the upright picture, which is
    ``width`` x ``height``. With the method ``pooled`` the grid and ``rest`` add up to the score:
    the rest is what no position carries, the head's centre and what rounding adds. With
    ``occlusion`` a cell says by how much the score falls when it is covered, and ``rest`` is null.
    ``grid`` is null where the picture cannot be read, which ``reason`` says.
    """

    image_id: str
    box: Box
    width: int
    height: int
    grid: list[list[float]] | None = None
    rest: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What query and result have in common.

    ``category`` is the longest common path, null for none. Of a picture the category and the
    attributes are those that are predicted.
    """

    category: str | None
    attributes: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class ColourComparison:
    """The colours of both, and how far the ones are from the others.

    ``difference`` is the earth mover's distance in OKLab: 0 for the same, 1 from black to white;
    null where the colours of one are not known.
    """

    query: list[Colour]
    result: list[Colour]
    difference: float | None


@dataclass(frozen=True, slots=True)
class Different:
    """A column's value in the result and in the next one."""

    result: Scalar | None
    next: Scalar | None


@dataclass(frozen=True, slots=True)
class NextResult:
    """The product that follows in the ranking, by how much, and what it differs in."""

    product_id: str
    score: float
    margin: float
    differs: dict[str, Different] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``score`` is the cosine that an answer shows for this result; see the parts for the rest."""

    score: float
    method: Method
    query: HeatMap
    result: HeatMap
    shared: Shared
    color: ColourComparison
    next: NextResult | None
