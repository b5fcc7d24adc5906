"""The training loop of a head: a square matrix on top of vectors, and prototypes for each task."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

from indexer.tuning.labels import Task
from indexer.tuning.settings import Settings
from search.arrays import Floats


class Learner:
    """Starts as the identity; computes on a GPU when there is one."""

    def __init__(self, inputs: Floats, tasks: Sequence[Task], settings: Settings) -> None:
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._settings = settings
        self._random = torch.Generator().manual_seed(settings.seed)
        self._inputs = torch.from_numpy(inputs).to(self._device)
        self._weights = [task.weight for task in tasks]
        self._labels = [torch.from_numpy(task.labels).to(self._device) for task in tasks]
        self._matrix = nn.Parameter(torch.eye(inputs.shape[1], device=self._device))
        self._prototypes = [nn.Parameter(_means(self._inputs, one)) for one in self._labels]
        every = [self._matrix, *self._prototypes]
        self._optimizer = torch.optim.AdamW(every, settings.rate, weight_decay=0.01)
        steps = settings.epochs * len(self._batches())
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, settings.rate, total_steps=max(steps, 2), pct_start=0.15
        )

    def epoch(self) -> float:
        """Learn from each image once; the mean loss."""
        return float(np.mean([self._step(drawn) for drawn in self._batches()]))

    @property
    def matrix(self) -> Floats:
        """(d, d): what the vectors are multiplied with."""
        return np.asarray(self._matrix.detach().cpu().numpy(), np.float32)

    def _batches(self) -> tuple[Tensor, ...]:
        order = torch.randperm(len(self._inputs), generator=self._random)
        return torch.split(order.to(self._device), self._settings.batch)

    def _step(self, drawn: Tensor) -> float:
        embedded = normalize(self._dropped(self._inputs[drawn]) @ self._matrix)
        loss = embedded.new_zeros(())
        for weight, labels, prototypes in zip(
            self._weights, self._labels, self._prototypes, strict=True
        ):
            own = labels[drawn]
            known = own >= 0
            if known.any():
                loss = loss + weight * self._loss(embedded[known], prototypes, own[known])
        if loss.requires_grad:
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
        self._schedule.step()
        return loss.item()

    def _loss(self, embedded: Tensor, prototypes: Tensor, own: Tensor) -> Tensor:
        cosines = embedded @ normalize(prototypes).T
        cosines = cosines - self._settings.margin * one_hot(own, len(prototypes))
        smoothing = self._settings.smoothing
        return cross_entropy(self._settings.scale * cosines, own, label_smoothing=smoothing)

    def _dropped(self, rows: Tensor) -> Tensor:
        """Inverted dropout, from the generator of the seed."""
        kept = torch.rand(rows.shape, generator=self._random) >= self._settings.dropout
        return rows * kept.to(rows) / (1 - self._settings.dropout)


def _means(rows: Tensor, labels: Tensor) -> Tensor:
    """(n, d), (n,) labels, -1 for none → (classes, d) unit means."""
    known = labels >= 0
    sums = rows.new_zeros(int(labels.max()) + 1, rows.shape[1])
    return normalize(sums.index_add_(0, labels[known], normalize(rows[known])))
