"""Which classes are taken for which, of however many classes there are."""

from collections.abc import Sequence

import numpy as np

from indexer.evaluating.metrics import confusion
from indexer.reports.charts import heat_map
from search.arrays import Ids

_OTHER = "(other)"


def confusion_chart(true: Ids, predicted: Ids, names: Sequence[str], most: int) -> str:
    """(n,) and (n,) labels into ``names`` → the SVG of their confusion matrix.

    Of more than ``most`` classes it shows those with the most errors, missed or wrongly predicted.
    Predictions that are none of the classes shown, like -1, are counted in a last column.
    """
    shown = _shown(true, predicted, len(names), most)
    place = np.full(len(names) + 1, len(shown))  # the last entry is what -1 stands for
    place[shown] = np.arange(len(shown))
    rows, columns = place[true], place[predicted]
    kept = rows < len(shown)
    counts = confusion(rows[kept], columns[kept], len(shown) + 1)[:-1]
    own = [names[at] for at in shown.tolist()]
    if counts[:, -1].any():
        return heat_map(counts, own, [*own, _OTHER])
    return heat_map(counts[:, :-1], own, own)


def _shown(true: Ids, predicted: Ids, classes: int, most: int) -> Ids:
    """(m,) labels in order: all of them, or the ``most`` with the most errors."""
    wrong = true != predicted
    named = predicted[wrong & (predicted >= 0)]
    errors = np.bincount(true[wrong], minlength=classes) + np.bincount(named, minlength=classes)
    return np.sort(np.argsort(-errors, kind="stable")[:most])
