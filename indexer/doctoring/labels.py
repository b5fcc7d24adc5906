"""Images that disagree with their category."""

from collections.abc import Iterator, Sequence

import numpy as np

from indexer.doctoring.out_of_fold import Probabilities, out_of_fold
from indexer.doctoring.records import Finding, Kind, Shown
from search.arrays import Floats, Ids

_DOUBTFUL = 0.08
"""The self-confidence below which a label is called wrong, the mean of its class being 1. Chosen on
groceries and clothes with 2 % of the labels exchanged: see docs/doctor.md."""

_FEWEST = 5
"""Images that a category needs, for these to be judged."""

_BESIDE = 3


def wrong_labels(images: Sequence[Shown], vectors: Floats) -> Iterator[Finding]:
    """One finding for each image that does not look like its category, the clearest first.

    Its score is the self-confidence of confident learning (Northcutt, Jiang & Chuang, JAIR 2021):
    how probable the given label is, out of fold, over the mean of that in its class. With 2 % of
    the labels wrong, ranking by it finds more than their joint of given and true labels does.
    """
    judged, names, labels = _labelled(images)
    if len(names) < 2:
        return
    rows = vectors[judged]
    products = np.unique([images[at].product_id for at in judged], return_inverse=True)[1]
    probable, folds = out_of_fold(rows, labels, products)
    scores = _confidence(probable, labels, folds)
    likely = probable.argmax(axis=1)
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= _DOUBTFUL:
            return
        if likely[at] != labels[at]:
            given, looks_like = str(names[labels[at]]), str(names[likely[at]])
            alike = _nearest(rows, at, np.flatnonzero(labels == likely[at]))
            yield Finding(
                kind=Kind.LABEL,
                reason=f"It is in '{given}', and looks like '{looks_like}'.",
                images=(images[judged[at]],),
                score=round(float(scores[at]), 4),
                suggestion=looks_like,
                beside=tuple(images[judged[other]] for other in alike),
            )


def _labelled(images: Sequence[Shown]) -> "tuple[Ids, list[str], Ids]":
    """The places of the images that can be judged, the categories' names, and (n,) labels."""
    paths = np.array([image.category for image in images])
    names, labels, counts = np.unique(paths, return_inverse=True, return_counts=True)
    judged = np.flatnonzero((paths != "") & (counts[labels] >= _FEWEST))
    kept, own = np.unique(labels[judged], return_inverse=True)
    return judged, [str(name) for name in names[kept]], own.astype(np.int64)


def _confidence(probable: Probabilities, labels: Ids, folds: Ids) -> Floats:
    """(n,) how probable each given label is, over the mean of its class.

    Infinite where no other fold has the label: nothing is known of it then.
    """
    own = probable[np.arange(len(labels)), labels]
    sums = np.bincount(labels, own)
    means = sums / np.bincount(labels)
    unknown = np.array([len(set(folds[labels == one].tolist())) < 2 for one in range(len(sums))])
    scores = own / np.maximum(means[labels], 1e-12)
    return np.where(unknown[labels], np.inf, scores).astype(np.float32)


def _nearest(rows: Floats, at: int, others: Ids) -> Ids:
    """The places, among the others, of those that look most like one."""
    others = others[others != at]
    return others[np.argsort(-(rows[others] @ rows[at]), kind="stable")[:_BESIDE]]
