"""The training itself, as Lightning runs it: steps, validation, optimizer, schedule."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from indexer.holdout import Labels
from indexer.training.library import LightningModule
from indexer.training.mixing import mixed
from indexer.training.network import Targets, keep_depthwise_exact, stages_of
from indexer.training.objectives import Objective
from indexer.training.recipe import Recipe
from search.embedding.embedding_network import EmbeddingNetwork
from search.errors import LookalikeError


class TrainingDiverged(LookalikeError):
    """The loss is no number any more."""

    code = "training_diverged"


class Training(LightningModule):
    """Trains ``network`` and ``objective``; ``gallery`` and ``held`` are image indices to judge by.

    Logs loss, accuracy, learning rate, and of held-out images loss, accuracy and Recall@1 among
    the gallery, each once an epoch.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        objective: Objective,
        targets: Targets,
        recipe: Recipe,
        held: Labels,
    ) -> None:
        super().__init__()
        self.network = network
        self.objective = objective
        self.targets = targets
        self._recipe = recipe
        self._held = frozenset(held.tolist())
        self._dropout = nn.Dropout(recipe.dropout)
        self._stages = stages_of(network.trunk)
        for stage in self._stages[: recipe.freeze]:  # now, as DDP asks what learns before it starts
            stage.requires_grad_(False)
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3, size, size) → features and vectors, float32."""
        features = self.network.trunk(images).flatten(1).float()
        with self._exact():
            vectors: Tensor = self.network.embedding(self._dropout(self.network.neck(features)))
        return features, vectors

    def loss(self, features: Tensor, vectors: Tensor, index: Tensor) -> Tensor:
        """Of the images ``index``, in float32: bfloat16 could not tell near cosines apart."""
        with self._exact():
            return self.targets.loss(self.objective, features, vectors, index)

    def _exact(self) -> torch.autocast:
        return torch.autocast(self.device.type, enabled=False)

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        """One batch of (images, indices, seeds)."""
        images, index, seeds = batch
        images = images.contiguous(memory_format=torch.channels_last)
        images, share, partner = mixed(images, int(seeds[0]), self._recipe.mix)
        features, vectors = self(images)
        loss = share * self.loss(features, vectors, index)
        if share < 1:
            other = self.loss(features, vectors, index[partner])
            loss = loss + (1 - share) * other
        if not torch.isfinite(loss):
            raise TrainingDiverged(
                f"The loss is no number any more in epoch {self.current_epoch + 1}, so training "
                "stopped; try a lower learning_rate, or precision=float32."
            )
        self.log("train_loss", loss, on_epoch=True, on_step=False, prog_bar=True)
        self._log_accuracy("train_accuracy", vectors, index)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        """Collect the vectors of held-out and gallery images."""
        images, index = batch
        features, vectors = self(images.contiguous(memory_format=torch.channels_last))
        self._seen.append((index, features, vectors))

    def on_validation_epoch_end(self) -> None:
        """Loss, accuracy and Recall@1 of the held-out images."""
        index, features, vectors = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        held = torch.tensor([one in self._held for one in index.tolist()], device=index.device)
        loss = self.loss(features[held], vectors[held], index[held])
        self.log("val_loss", loss)
        self._log_accuracy("val_accuracy", vectors[held], index[held])
        unit = normalize(vectors, dim=1)
        nearest = index[~held][(unit[held] @ unit[~held].T).argmax(1)]
        labels = self.targets.labels
        right = (labels[nearest.cpu()] == labels[index[held].cpu()]).float().mean()
        self.log("val_recall_at_1", right, prog_bar=True)

    def _log_accuracy(self, name: str, vectors: Tensor, index: Tensor) -> None:
        labels = self.targets.labels[index.cpu()].to(vectors.device)
        known = labels >= 0
        if known.any() and len(self.objective.classifier.weight):
            with torch.no_grad(), self._exact():
                right = self.objective.logits(vectors[known]).argmax(1) == labels[known]
            self.log(name, right.float().mean(), on_epoch=True, on_step=False, prog_bar=True)

    def on_fit_start(self) -> None:
        """Once the precision and the device are known."""
        if self.device.type == "cpu" and self.trainer.precision == "bf16-mixed":
            keep_depthwise_exact(self.network)

    def on_train_epoch_start(self) -> None:
        """Freeze what does not learn (yet): its normalisation statistics stay as they are too.

        The seed is the epoch's, so that a resumed run drops out what it would have dropped out.
        """
        torch.manual_seed(self._recipe.seed * 100_000 + self.current_epoch)
        learning = self._learning(self.current_epoch)
        for at, stage in enumerate(self._stages):
            stage.requires_grad_(at >= learning)
            stage.train(at >= learning)

    def _learning(self, epoch: int) -> int:
        """The first stage that learns in an epoch."""
        first = min(self._recipe.freeze, len(self._stages))
        if not self._recipe.unfreeze:
            return first
        return max(first, len(self._stages) - epoch // self._recipe.unfreeze)

    def configure_optimizers(self) -> Any:
        """One group for each stage and kind of parameter; warm-up, then a half cosine to zero."""
        optimizer = self._optimizer(list(self._groups()))
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _cosine(steps, self._recipe.warmup))
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    def _optimizer(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        rate = self._recipe.learning_rate
        if self._recipe.optimizer == "sgd":
            return torch.optim.SGD(groups, rate, momentum=0.9, nesterov=True)
        return torch.optim.AdamW(groups, rate)

    def _groups(self) -> Any:
        recipe = self._recipe
        stages = self._stages[min(recipe.freeze, len(self._stages)) :]
        for distance, stage in enumerate(reversed(stages)):
            share = recipe.layer_decay ** (distance / max(1, len(self._stages) - 1))
            yield from _decayed(stage, recipe.learning_rate * share, recipe.weight_decay)
        head = nn.ModuleList([self.network.neck, self.network.embedding, self.objective])
        yield from _decayed(head, recipe.learning_rate * recipe.head_rate, recipe.weight_decay)


def _decayed(module: nn.Module, rate: float, decay: float) -> Any:
    """Normalisation and biases are not decayed."""
    parameters = list(module.parameters())
    yield {"params": [p for p in parameters if p.ndim > 1], "lr": rate, "weight_decay": decay}
    yield {"params": [p for p in parameters if p.ndim <= 1], "lr": rate, "weight_decay": 0.0}


def _cosine(steps: int, warmup: float) -> Callable[[int], float]:
    rising = max(1, round(warmup * steps))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))

    return factor
