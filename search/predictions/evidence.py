"""What speaks for each value that a picture may show: its neighbours, and the mean of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats
from search.predictions.prototypes import Prototypes, Value

NEIGHBOURS = 10
"""How many of the nearest products vote."""

_SHARPNESS = 4
"""Votes weigh score ** 4: a neighbour half as similar counts a sixteenth. On photos of groceries
powers from 1 to 8 differ by less than chance (75.7 to 76.4 % right)."""

_NEAREST_MEANS = 20
"""Values that nobody votes for are looked at where their mean is among the nearest."""

_FLOOR = 0.02
"""What a value without a vote is taken to have, so that a logarithm can be taken."""

KINDS = 3
"""How many columns ``Evidence.table`` has."""


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """``names`` are the values that come into question, in order; ``table`` (v, 3) float32:

    the cosine to the mean of each, that of its nearest neighbour, and the logarithm of its share of
    the votes. A value whose mean is not known, as a new one's, has that of its nearest neighbour
    instead; one that no neighbour has is no nearer than the farthest of them.
    """

    names: tuple[Value, ...]
    table: Floats

    @classmethod
    def of(
        cls,
        vectors: Floats,
        neighbours: Sequence[tuple[Value | None, float]],
        prototypes: Prototypes,
    ) -> "Evidence":
        """From (n, d) vectors of one picture, and (value, score) of the nearest products.

        The value is None (or empty) where a product has none.
        """
        votes, best = _votes(neighbours)
        cosines = prototypes.cosines(vectors)
        names = sorted({*votes, *(prototypes.names[at] for at in _nearest(cosines))}, key=str)
        total = sum(votes.values()) or 1.0
        farthest = min((score for _, score in neighbours), default=0.0)
        table = np.empty((len(names), KINDS), np.float32)
        near = [best.get(name, farthest) for name in names]
        rows = [prototypes.rows.get(name) for name in names]
        both = zip(rows, near, strict=True)
        table[:, 0] = [other if at is None else cosines[at] for at, other in both]
        table[:, 1] = near
        table[:, 2] = np.log(np.array([votes.get(name, 0.0) / total for name in names]) + _FLOOR)
        return cls(tuple(names), table)


def _nearest(cosines: Floats) -> NDArray[np.intp]:
    """The places of the nearest means, best first; of equal ones the first."""
    if len(cosines) <= _NEAREST_MEANS:
        return np.argsort(-cosines, kind="stable")
    least = np.partition(cosines, -_NEAREST_MEANS)[-_NEAREST_MEANS]
    places = np.flatnonzero(cosines >= least)
    return places[np.argsort(-cosines[places], kind="stable")][:_NEAREST_MEANS]


def _votes(
    neighbours: Sequence[tuple[Value | None, float]],
) -> tuple[dict[Value, float], dict[Value, float]]:
    """The weighted votes for each value, and the score of its nearest neighbour."""
    votes: defaultdict[Value, float] = defaultdict(float)
    best: dict[Value, float] = {}
    for value, score in neighbours:
        if value is not None and value != "":
            votes[value] += max(score, 0.0) ** _SHARPNESS
            best[value] = max(score, best.get(value, -1.0))
    return votes, best
