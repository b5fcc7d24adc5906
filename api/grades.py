"""The main figures of a version's grade; ``indexer report --json`` has all of it."""

from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError

from search.errors import IndexDamaged


class Metric(BaseModel):
    """A share, 0 to 1, measured on so many photos, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    photos: int


class Bin(BaseModel):
    """Photos that were said to be right with the mean probability ``p``; ``right`` of them were."""

    p: float
    right: float = Field(description="a share, 0 to 1")
    queries: int


class Reliability(BaseModel):
    """Whether probabilities are what they say, on held-out photos."""

    error: float = Field(description="expected calibration error over 15 bins")
    by_chance: float = Field(description="what perfect probabilities would show in the mean")
    queries: int
    bins: list[Bin]


class MatchGrade(BaseModel):
    """A first result is the same product from p_same ``same`` on, and none below ``none``."""

    same: float
    none: float
    kept: Metric | None = Field(
        description="of the photos whose product comes first: not called none"
    )
    refused: Metric | None = Field(
        description="of the photos whose product is not in the catalog: called none"
    )
    reliability: Reliability


class PredictionGrade(BaseModel):
    """How often the top category is right as a whole path."""

    votes: Metric = Field(description="from the neighbours alone")
    means: Metric = Field(description="from the means of the categories alone")
    fused: Metric = Field(description="from both, as answers show it")
    confident: Metric = Field(description="of the 80 % of the photos it is surest of")
    reliability: Reliability


class AttributeGrade(BaseModel):
    """How often a column's value is told; ``chance`` is its most frequent value's share."""

    name: str
    accuracy: Metric | None
    chance: float
    is_kept: bool = Field(description="whether the column is predicted")


class ScoreCounts(BaseModel):
    """First results by score: between ``edges`` (n + 1) lie n counts of each kind.

    ``right`` show the photo's product, ``wrong`` another one although it is in the catalog; of
    ``absent`` photos the product is not.
    """

    edges: list[float]
    right: list[int]
    wrong: list[int]
    absent: list[int]


class VersionGrade(BaseModel):
    """How well the version answered photos that it does not hold, when it was built.

    ``metrics`` are of photos of new series, ``twins`` of photos taken along with the catalog's;
    null is what no photo could measure.
    """

    revision: int = Field(description="the catalog's when all of this was measured")
    queries: dict[str, int] = Field(description="photos asked, by kind")
    notes: list[str]
    metrics: dict[str, Metric | None] = Field(
        examples=[{"recall@1": {"value": 0.71, "low": 0.68, "high": 0.74, "photos": 562}}]
    )
    twins: dict[str, Metric | None]
    exact: float | None = Field(description="share of the exact ten nearest that are found")
    match: MatchGrade | None
    prediction: PredictionGrade | None
    attributes: list[AttributeGrade]
    scores: ScoreCounts

    @classmethod
    def of(cls, fields: dict[str, Any] | None) -> Self | None:
        """What a manifest keeps, None in versions of earlier releases; raises IndexDamaged."""
        try:
            return None if fields is None else cls.model_validate(fields)
        except ValidationError as error:
            raise IndexDamaged(
                "The version's grade is not what a build writes; run 'indexer build' to make a "
                "new version."
            ) from error
