"""How likely a result is the very product that the query shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log2
from typing import Any, Literal, Self

from search.predictions.evidence import NEIGHBOURS
from search.predictions.numbers import finite

Match = Literal["same", "similar", "none"]

Weights = tuple[float, ...]

FIRST, LATER = 3, 4
"""How many numbers ``signs`` gives for the nearest product, and for each other one."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest products of a query in the whole catalog, best first, whatever the filter."""

    products: Sequence[str]
    scores: Sequence[float]

    def place(self, product_id: str, score: float) -> tuple[int, float]:
        """The rank of a result among all products, from 1 to 11, and its margin.

        The margin is its score less that of the best other product: below 0 for all but the first.
        """
        others = [
            theirs
            for other, theirs in zip(self.products, self.scores, strict=True)
            if other != product_id
        ]
        if product_id in self.products:
            rank = self.products.index(product_id) + 1
        else:
            rank = 1 + sum(theirs >= score for theirs in others[:NEIGHBOURS])
        return min(rank, NEIGHBOURS + 1), score - (others[0] if others else 0.0)


def signs(rank: int, score: float, margin: float) -> Weights:
    """What a probability is worked out of; the nearest product has weights of its own."""
    return (1.0, score, margin) if rank == 1 else (1.0, score, margin, log2(rank))


@dataclass(frozen=True, slots=True)
class Matching:
    """A logistic model of ``p_same`` (Platt, 1999), fitted by ``indexer.grading``.

    ``first`` weighs the ``signs`` of the nearest product, ``later`` those of the others;
    ``categories`` are added for a result of that category. A result is ``same`` from the
    probability ``same`` on, and ``none`` below ``none``.
    """

    first: Weights
    later: Weights
    same: float
    none: float
    categories: Mapping[str, float] = field(default_factory=dict)

    def p_same(self, rank: int, score: float, margin: float, category: str) -> float:
        """Between 0 and 1."""
        weights = self.first if rank == 1 else self.later
        terms = zip(weights, signs(rank, score, margin), strict=True)
        return sigmoid(sum(a * b for a, b in terms) + self.categories.get(category, 0.0))

    def match(self, p_same: float) -> Match:
        """What to call a result."""
        if p_same >= self.same:
            return "same"
        return "similar" if p_same >= self.none else "none"

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From a manifest's JSON."""
        return cls(
            _weights(stored["first"], FIRST),
            _weights(stored["later"], LATER),
            finite(stored["same"]),
            finite(stored["none"]),
            {str(name): finite(one) for name, one in stored["categories"].items()},
        )


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)), of any number."""
    return 1 / (1 + exp(-logit)) if logit > -500 else 0.0


def _weights(stored: Sequence[Any], count: int) -> Weights:
    found = tuple(map(finite, stored))
    if len(found) != count:
        raise ValueError(f"{len(found)} weights, where {count} are needed")
    return found
