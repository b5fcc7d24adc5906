"""Images that disagree with their category."""

from collections.abc import Iterator

import numpy as np

from indexer.doctoring.judging import Judged
from indexer.doctoring.records import Finding, Kind
from search.arrays import Floats

_DOUBTFUL = 0.1
"""The self-confidence below which a label is called wrong, the mean of its class being 1. Chosen on
groceries and clothes with 2 % of the labels exchanged: see docs/doctor.md."""


def wrong_labels(judged: Judged) -> Iterator[Finding]:
    """One finding for each image that does not look like its category, the clearest first.

    Its score is the self-confidence of confident learning (Northcutt, Jiang & Chuang, JAIR 2021):
    how probable the given label is, out of fold, over the mean of that in its class. With 2 % of
    the labels wrong, ranking by it finds more than their joint of given and true labels does.
    """
    scores, likely = _confidence(judged), judged.likely
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= _DOUBTFUL:
            return
        own, other = int(judged.labels[at]), int(likely[at])
        if own != other:
            yield Finding(
                kind=Kind.LABEL,
                reason=f"It is in '{judged.names[own]}', and looks like '{judged.names[other]}'.",
                images=(judged.images[at],),
                score=round(float(scores[at]), 4),
                suggestion=judged.names[other],
                beside=judged.nearest(at, other),
            )


def _confidence(judged: Judged) -> Floats:
    """(m,) how probable each given label is, over the mean of its class.

    Infinite where no other fold has the label: nothing is known of it then.
    """
    own, labels, folds = judged.own, judged.labels, judged.like.folds
    means = np.bincount(labels, own) / np.bincount(labels)
    scores = own / np.maximum(means[labels], 1e-12)
    spread = [len(np.unique(folds[labels == one])) > 1 for one in range(len(means))]
    return np.where(np.array(spread)[labels], scores, np.inf).astype(np.float32)
