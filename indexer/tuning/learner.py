"""The training loop of a head: a square matrix on top of vectors, and prototypes for each task."""

from collections.abc import Sequence

import numpy as np

from indexer.tuning.descent import AdamW, one_cycle
from indexer.tuning.labels import Labels, Task
from indexer.tuning.settings import Settings
from search.arrays import Floats, unit_rows


class Learner:
    """Starts as the identity; ``matrix`` (d, d) float32 is what the inputs are multiplied with."""

    def __init__(self, inputs: Floats, tasks: Sequence[Task], settings: Settings) -> None:
        self.matrix = np.eye(inputs.shape[1], dtype=np.float32)
        self._inputs = inputs
        self._tasks = tasks
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)
        self._prototypes = [_means(inputs, task.labels) for task in tasks]
        self._optimizers = [AdamW(one) for one in (self.matrix, *self._prototypes)]
        steps = settings.epochs * len(self._batches())
        self._rates = iter(one_cycle(steps, settings.rate))

    def epoch(self) -> float:
        """Learn from each image once, or from as many as an epoch takes; the mean loss."""
        return float(np.mean([self._step(drawn) for drawn in self._batches()]))

    def _batches(self) -> list[Labels]:
        batch = self._settings.batch
        order = self._random.permutation(len(self._inputs))[: batch * self._settings.most_batches]
        return [order[start : start + batch] for start in range(0, len(order), batch)]

    def _step(self, drawn: Labels) -> float:
        inputs = self._dropped(self._inputs[drawn])
        projected = inputs @ self.matrix
        embedded = unit_rows(projected)
        pull = np.zeros_like(embedded)
        gradients, total = [], 0.0
        for task, prototypes in zip(self._tasks, self._prototypes, strict=True):
            own = task.labels[drawn]
            known = own >= 0
            loss, to_embedded, to_prototypes = cosine_softmax(
                embedded[known], prototypes, own[known], self._settings
            )
            pull[known] += task.weight * to_embedded
            gradients.append(np.float32(task.weight) * to_prototypes)
            total += task.weight * loss
        to_matrix = inputs.T @ through_unit(pull, projected)
        rate = float(next(self._rates))
        for optimizer, gradient in zip(self._optimizers, (to_matrix, *gradients), strict=True):
            optimizer.step(gradient, rate)
        return total

    def _dropped(self, rows: Floats) -> Floats:
        """Inverted dropout."""
        share = self._settings.dropout
        kept = self._random.random(rows.shape, np.float32) >= share
        return np.asarray(rows * kept / np.float32(1 - share), np.float32)


def cosine_softmax(
    embedded: Floats, prototypes: Floats, own: Labels, settings: Settings
) -> tuple[float, Floats, Floats]:
    """Unit rows (n, d), (classes, d) and (n,) → the mean loss, and its gradients for the first two.

    Cross entropy of the softmax over ``scale`` times the cosines, the own one less a ``margin``,
    with smoothed labels: Wang et al., "CosFace", CVPR 2018.
    """
    if not len(own):
        return 0.0, np.zeros_like(embedded), np.zeros_like(prototypes)
    units = unit_rows(prototypes)
    rows = np.arange(len(own))
    logits = np.float32(settings.scale) * (embedded @ units.T)
    logits[rows, own] -= settings.scale * settings.margin
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    sums = shares.sum(axis=1, keepdims=True)
    shares /= sums
    even = settings.smoothing / len(prototypes)
    certain = 1 - settings.smoothing
    per_row = np.log(sums[:, 0]) - even * logits.sum(axis=1) - certain * logits[rows, own]
    shares -= even
    shares[rows, own] -= certain
    shares *= settings.scale / len(own)
    to_prototypes = through_unit(shares.T @ embedded, prototypes)
    return float(per_row.mean()), shares @ units, to_prototypes


def through_unit(gradient: Floats, rows: Floats) -> Floats:
    """The gradient for rows, given that for the same rows at length 1; (n, d) each."""
    units = unit_rows(rows)
    along = (units * gradient).sum(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray((gradient - units * along) / lengths, np.float32)


def _means(rows: Floats, labels: Labels) -> Floats:
    """(n, d), (n,) labels, -1 for none → (classes, d) unit means."""
    known = labels >= 0
    sums = np.zeros((int(labels.max()) + 1, rows.shape[1]), np.float32)
    np.add.at(sums, labels[known], unit_rows(rows[known]))
    return unit_rows(sums)
