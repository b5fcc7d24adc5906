"""What held-out queries looked like when the version was built, as its manifest has it."""

from bisect import bisect_right
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, Field, FiniteFloat, ValidationError, model_validator

from api.watching.stability import Counts
from search.versions.manifest import Manifest

LEAST = 10
"""Held-out queries: with fewer there is nothing to compare with."""

Share = Annotated[float, Field(ge=0, le=1)]


class NoReference(ValueError):
    """A version that recent queries cannot be compared with; the text is a sentence."""


class Scores(BaseModel):
    """Shares of the first result's score in ten bins.

    Bin i is of scores from ``edges[i - 1]``, included, to ``edges[i]``.
    """

    edges: Annotated[list[FiniteFloat], Field(min_length=9, max_length=9)]
    shares: Annotated[list[Share], Field(min_length=10, max_length=10)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.edges != sorted(self.edges):
            raise ValueError("edges must ascend")
        if abs(sum(self.shares) - 1) > 0.01:
            raise ValueError("shares must sum to 1")
        return self


class Reference(BaseModel):
    """Scores and top categories of ``queries`` held-out queries."""

    scores: Scores
    categories: dict[str, Share]
    queries: int = Field(ge=LEAST)

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Raises NoReference when the manifest has none, or none that can be used."""
        if manifest.reference is None:
            raise NoReference(
                f"Version {manifest.version} does not say what held-out queries look like, so "
                "recent ones are compared with nothing; the next 'indexer build' that makes a "
                "version measures it where it can."
            )
        try:
            return cls.model_validate(manifest.reference)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, ("reference", *first["loc"])))
            raise NoReference(
                f"The manifest of version {manifest.version} cannot be used to watch queries "
                f"({place}: {first['msg']}); run 'indexer build' to make a new version."
            ) from error

    def score_bin(self, score: float) -> int:
        """Which bin a score falls into, from 0."""
        return bisect_right(self.scores.edges, score)

    def score_counts(self) -> Counts:
        """(bins,) how many held-out queries fell into each bin."""
        return self._counts(self.scores.shares)

    def category_counts(self, paths: list[str]) -> Counts:
        """(paths,) how many held-out queries showed each category."""
        return self._counts([self.categories.get(path, 0.0) for path in paths])

    def _counts(self, shares: list[float]) -> Counts:
        return np.rint(np.array(shares, np.float64) * self.queries).astype(np.int64)
