"""Which columns pictures can tell, and how well."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.evaluating.metrics import Values, bootstrap
from indexer.evaluating.records import Metric
from indexer.grading.asking import Asked
from indexer.grading.fusing import Told, cross_fitted, fit_fusion, likeliest
from indexer.grading.halves import halves
from indexer.grading.means import Gallery
from indexer.grading.predicting import FEWEST, tell
from indexer.grading.records import AttributeGrade
from search.predictions.columns import value_of
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Prototypes

_MOST = 600


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column's fitted prediction and how it did."""

    fusion: Fusion
    grade: AttributeGrade


def predict_attributes(
    columns: Sequence[str], asked: Sequence[Asked], galleries: Sequence[Gallery]
) -> list[Attribute]:
    """Each column on up to 600 held-out pictures."""
    order = np.random.default_rng(0).permutation(len(asked))[:_MOST]
    some = [asked[at] for at in np.sort(order)]
    return [predict_attribute(column, some, galleries) for column in columns]


def predict_attribute(
    column: str, asked: Sequence[Asked], galleries: Sequence[Gallery]
) -> Attribute:
    """From every picture that has a value there, each asked as if its product were not.

    It is kept when its gain over always saying the most frequent value is certain: the lower end
    of the gain's bootstrap interval, over products, is above 0.
    """
    told = [
        (one, _without_own(one, column, galleries[one.fold]))
        for one in asked
        if value_of(one.row, column) is not None
    ]
    known = [(one, it) for one, it in told if it is not None]
    if len(known) < FEWEST:
        return Attribute(Fusion(), AttributeGrade(column, None, 0.0, is_kept=False))
    pictures, each = [one for one, _ in known], [it for _, it in known]
    judges = cross_fitted(each, halves(pictures))
    hits = [likeliest(fusion, it)[0] == it.true for fusion, it in zip(judges, each, strict=True)]
    right = np.array(hits, np.float64)
    usual, _ = Counter(it.true for it in each).most_common(1)[0]
    by_chance = np.array([it.true == usual for it in each], np.float64)
    gain = bootstrap(_by_product(pictures, right - by_chance))
    grade = AttributeGrade(
        column,
        Metric.mean(right),
        round(float(by_chance.mean()), 4),
        is_kept=gain.low > 0,
    )
    return Attribute(fit_fusion(each), grade)


def _without_own(one: Asked, column: str, gallery: Gallery) -> Told | None:
    """None where no other product has the picture's value: nothing could be right."""
    own = one.row.product_id
    others = replace(one, found=[it for it in one.found if it.product.product_id != own])
    value = value_of(one.row, column)
    prototypes = gallery.columns[column].prototypes
    if value in prototypes.rows and own in gallery.products:
        rest = gallery.columns[column].sums[prototypes.rows[value]] - gallery.products[own]
        length = float(np.linalg.norm(rest))
        if length < 1e-3:
            return None
        means = np.array(prototypes.means, np.float32)
        means[prototypes.rows[value]] = rest / length
        prototypes = Prototypes(prototypes.names, means)
    elif value not in prototypes.rows:
        return None
    return tell(others, column, prototypes)


def _by_product(asked: Sequence[Asked], values: Values) -> Values:
    """The mean of each product: its pictures are no independent draws."""
    own: defaultdict[str, list[float]] = defaultdict(list)
    for one, value in zip(asked, values.tolist(), strict=True):
        own[one.row.product_id].append(value)
    return np.array([float(np.mean(them)) for them in own.values()], np.float64)
