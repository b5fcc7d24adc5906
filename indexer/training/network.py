"""The network to train: a pretrained trunk, a head that starts where the cached features end."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from indexer.holdout import Labels
from indexer.training.objectives import Objective, imitation
from indexer.training.recipe import Recipe
from indexer.training.titles import contrast
from search.arrays import Floats
from search.embedding.embedding_network import EmbeddingNetwork

_BATCH = 256
_STEPS = 400
_FEWEST_STAGE_PARAMETERS = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Targets:
    """What the images should become.

    ``labels`` is (n,) int64, -1 for none; ``vectors`` (n, dim) are a teacher's, ``texts``
    (n, features) those of the titles.
    """

    labels: Tensor
    vectors: Tensor | None = None
    texts: Tensor | None = None

    def loss(
        self, objective: Objective, features: Tensor, vectors: Tensor, index: Tensor
    ) -> Tensor:
        """Of the features and vectors of the images ``index``."""
        known = self.labels[index] >= 0
        index = index.cpu()
        loss = vectors.new_zeros(())
        if known.any() and len(objective.classifier.weight):
            loss = loss + objective(vectors[known], self.labels[index][known].to(vectors.device))
        if self.vectors is not None:
            loss = loss + IMITATION * imitation(vectors, self.vectors[index].to(vectors))
        if self.texts is not None:
            loss = loss + contrast(features, self.texts[index].to(vectors))
        return loss


IMITATION = 10.0
"""The weight of a teacher's vectors beside labels."""


def warm_up_head(
    network: EmbeddingNetwork,
    objective: Objective,
    features: Floats,
    targets: Targets,
    recipe: Recipe,
    learning: Labels,
    steps: int = _STEPS,
) -> None:
    """Fit neck, embedding and classifier on unaugmented features of ``learning``, in seconds.

    A random head would first pull the pretrained trunk out of shape: Kumar et al., "Fine-Tuning
    can Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022.
    """
    rows = torch.from_numpy(features)
    torch.manual_seed(recipe.seed)
    head = nn.Sequential(network.neck, nn.Dropout(recipe.dropout), network.embedding)
    optimizer = torch.optim.AdamW([*head.parameters(), *objective.parameters()], 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    head.train()
    for index in _batches(learning, steps):
        optimizer.zero_grad()
        torch.autograd.backward(targets.loss(objective, rows[index], head(rows[index]), index))
        optimizer.step()
        schedule.step()


def _batches(learning: Labels, steps: int) -> Iterator[Tensor]:
    random = np.random.default_rng(0)
    size = min(_BATCH, len(learning))
    for _ in range(steps):
        yield torch.from_numpy(random.choice(learning, size, replace=False))


def stages_of(trunk: nn.Module) -> list[nn.Module]:
    """The trunk's parts in the order of computation, each of the size of a stage.

    Children are taken as they are declared, which is that order in every library; lists of blocks
    (a transformer's layers, a CNN's stages) are opened. A part with hardly a parameter, like a
    stem, goes with the part after it.
    """
    stages: list[nn.Module] = []
    waiting: list[nn.Module] = []
    for part in _parts(trunk):
        waiting.append(part)
        if sum(p.numel() for one in waiting for p in one.parameters()) >= _FEWEST_STAGE_PARAMETERS:
            stages.append(nn.ModuleList(waiting))
            waiting = []
    if waiting:
        stages.append(nn.ModuleList(waiting))
    return stages


def _parts(module: nn.Module) -> Iterator[nn.Module]:
    for child in module.children():
        if isinstance(child, nn.Sequential | nn.ModuleList) and len(child) > 1:
            yield from child.children()
        elif any(True for _ in child.children()) and _holds_blocks(child):
            yield from _parts(child)
        else:
            yield child


def _holds_blocks(module: nn.Module) -> bool:
    return any(
        isinstance(part, nn.Sequential | nn.ModuleList) and len(part) > 3
        for part in module.children()
    )


class _Exact(nn.Conv2d):
    """A depthwise convolution in float32 where the rest computes in bfloat16."""

    def forward(self, images: Tensor) -> Tensor:
        with torch.autocast(images.device.type, enabled=False):
            return super().forward(images.float())


def keep_depthwise_exact(network: nn.Module) -> None:
    """Let depthwise convolutions compute in float32: on CPUs their gradients are quicker so.

    oneDNN has no fast kernel for a depthwise convolution's gradients in bfloat16: a step of
    EfficientNet-Lite0 takes two thirds of the time this way (docs/performance.md).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1:
            kind = type(module)
            module.__class__ = type(f"Exact{kind.__name__}", (_Exact, kind), {})
