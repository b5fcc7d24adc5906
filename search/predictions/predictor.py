"""What a version says of a picture besides its look-alikes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.arrays import Floats
from search.catalog.records import Product
from search.predictions.calibration import Calibration
from search.predictions.columns import value_of
from search.predictions.evidence import Evidence
from search.predictions.prototypes import CATEGORY, Prototypes, Value
from search.predictions.taxonomy import ABSTAINED, CategoryAnswer, CategoryShare, descend

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

    def predict(self, vectors: Floats, nearest: Sequence[tuple[Product, float]]) -> Prediction:
        """Of a picture of (n, d) ``vectors``, from the nearest products and their scores."""
        fitted = self.calibration
        evidence = self._evidence(CATEGORY, vectors, nearest)
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
            evidence = self._evidence(name, vectors, nearest)
            if not fusion.is_far(evidence):
                found[name] = _likeliest(fusion.shares(evidence))
        return found

    def _evidence(
        self, column: str, vectors: Floats, nearest: Sequence[tuple[Product, float]]
    ) -> Evidence:
        votes = [(value_of(product, column), score) for product, score in nearest]
        return Evidence.of(vectors, votes, self.prototypes.get(column, Prototypes()))


def _likeliest(shares: Mapping[Value, float]) -> list[ValueShare]:
    ranked = sorted(shares.items(), key=lambda one: (-one[1], str(one[0])))
    return [ValueShare(value, round(p, 4)) for value, p in ranked[:_MOST_VALUES]]
