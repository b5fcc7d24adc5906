"""A head fitted by gradient descent: several things to tell apart, one vector for all of them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from indexer.tuning.discriminant import KIND
from indexer.tuning.labels import Task
from indexer.tuning.learner import Learner
from indexer.tuning.settings import Settings
from search.arrays import Floats, unit_rows
from search.embedding.head import Head

log = logging.getLogger(__name__)

Watch = Callable[[Head], float]
"""A head → how good it is on held-out images."""


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """A head, after how many epochs it was the best, and how good it then was."""

    head: Head
    epochs: int
    score: float


def fit(
    features: Floats,
    tasks: Sequence[Task],
    start: Head,
    settings: Settings,
    watch: Watch | None = None,
) -> Fitted | None:
    """Turn the ``start`` head, a projection, until its vectors tell apart what the ``tasks`` name.

    Each task is a softmax over the cosines to prototypes of its own, which are thrown away.
    ``watch`` judges the head of each epoch: the best is kept, and fitting stops when several epochs
    bring no gain. Without it the last is kept. The same seed gives the same head on the same
    machine. None, said in a warning, when the loss is no number any more.
    """
    center, projection = _unit_scale(features, start)
    inputs = np.asarray((unit_rows(features) - center) @ projection, np.float32)
    learner = Learner(inputs, tasks, settings)
    best = Fitted(start, 0, watch(start) if watch else -1.0)
    for epoch in range(1, settings.epochs + 1):
        if not isfinite(learner.epoch()):
            names = ", ".join(task.name for task in tasks)
            log.warning("Tuning on %s was given up: the loss is no number.", names)
            return None
        head = Head(KIND, center, np.ascontiguousarray(projection @ learner.matrix))
        score = watch(head) if watch else float(epoch)
        if score > best.score:
            best = Fitted(head, epoch, score)
        elif epoch - best.epochs >= settings.patience:
            break
    return best


def _unit_scale(features: Floats, start: Head) -> tuple[Floats, Floats]:
    """The start's center and projection, so that projected features have length 1 on average."""
    if start.center is None or start.projection is None:
        raise ValueError("a plain head has no projection to start from")
    projected = (unit_rows(features) - start.center) @ start.projection
    length = max(float(np.linalg.norm(projected, axis=1).mean()), 1e-12)
    return start.center, start.projection / np.float32(length)
