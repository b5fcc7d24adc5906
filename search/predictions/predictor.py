"""What a version says of a picture besides its look-alikes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.arrays import Floats
from search.catalog.records import Product
from search.predictions.calibration import Calibration
from search.predictions.columns import value_of
from search.predictions.evidence import NEIGHBOURS, Evidence
from search.predictions.prototypes import CATEGORY, Prototypes, Value
from search.predictions.taxonomy import ABSTAINED, CategoryAnswer, CategoryShare, descend

Votes = Sequence[tuple[Value | None, float]]
"""The value and the score of each neighbour; None where it has none."""

_MOST_CATEGORIES = 5
_MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class ValueShare:
    """A column's value and its probability, 0 to 1."""

    value: Value
    p: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a picture shows.

    ``categories`` are the likeliest whole paths, best first; ``category`` goes as deep as is
    surer than not; ``attributes`` have the likeliest values of each column that pictures can tell.
    """

    categories: list[CategoryShare]
    category: CategoryAnswer
    attributes: dict[str, list[ValueShare]]


@dataclass(frozen=True, eq=False, slots=True)
class Predictor:
    """A version's ``calibration`` and its ``prototypes``, by column."""

    calibration: Calibration = field(default_factory=Calibration)
    prototypes: Mapping[str, Prototypes] = field(default_factory=dict)

    def predict(
        self,
        vectors: Floats,
        nearest: Sequence[tuple[Product, float]],
        confirmed: Sequence[tuple[str, float]] = (),
    ) -> Prediction:
        """Of a picture of (n, d) ``vectors``, from the nearest products and their scores.

        ``confirmed`` are the categories and the scores of the nearest queries whose category people
        named: the ten nearest of both together vote for a category.
        """
        fitted = self.calibration
        votes = _nearest_of(_votes(CATEGORY, nearest), confirmed)
        evidence = self._evidence(CATEGORY, vectors, votes)
        paths = {str(path): p for path, p in fitted.category.shares(evidence).items()}
        ranked = sorted(paths.items(), key=lambda one: (-one[1], one[0]))[:_MOST_CATEGORIES]
        is_far = fitted.category.is_far(evidence)
        return Prediction(
            [CategoryShare(path, round(p, 4)) for path, p in ranked],
            ABSTAINED if is_far else descend(paths, fitted.temperatures),
            self._attributes(vectors, nearest),
        )

    def _attributes(
        self, vectors: Floats, nearest: Sequence[tuple[Product, float]]
    ) -> dict[str, list[ValueShare]]:
        found = {}
        for name, fusion in self.calibration.attributes.items():
            evidence = self._evidence(name, vectors, _votes(name, nearest))
            if not fusion.is_far(evidence):
                found[name] = _likeliest(fusion.shares(evidence))
        return found

    def _evidence(self, column: str, vectors: Floats, votes: Votes) -> Evidence:
        return Evidence.of(vectors, votes, self.prototypes.get(column, Prototypes()))


def _votes(column: str, nearest: Sequence[tuple[Product, float]]) -> Votes:
    return [(value_of(product, column), score) for product, score in nearest]


def _nearest_of(products: Votes, confirmed: Votes) -> Votes:
    both = [*confirmed, *products]  # of equal scores, what people said goes first
    return sorted(both, key=lambda one: -one[1])[:NEIGHBOURS]


def _likeliest(shares: Mapping[Value, float]) -> list[ValueShare]:
    ranked = sorted(shares.items(), key=lambda one: (-one[1], str(one[0])))
    return [ValueShare(value, round(p, 4)) for value, p in ranked[:_MOST_VALUES]]
