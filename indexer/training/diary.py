"""What a run notes of each epoch, on disk, so that a resumed one still knows it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from indexer.reports.training import Epoch
from indexer.training.library import Callback, LightningModule, Trainer, rank_zero_only


@dataclass(frozen=True, slots=True)
class Entry:
    """An epoch, with its training ``images`` and the seconds that went into steps alone."""

    epoch: Epoch
    images: int
    step_seconds: float


class Diary(Callback):
    """Appends a line to a JSONL file after each epoch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._images = 0
        self._in_steps = 0.0
        self._started = self._step_started = perf_counter()

    def on_train_epoch_start(self, *_: Any) -> None:
        """The clock starts; validation is inside."""
        self._images, self._in_steps = 0, 0.0
        self._started = perf_counter()

    def on_train_batch_start(self, *_: Any) -> None:
        """The pictures are there: what came before was waiting."""
        self._step_started = perf_counter()

    def on_train_batch_end(self, trainer: Trainer, *rest: Any) -> None:
        """Count the pictures; after the module and its outputs comes the batch."""
        self._in_steps += perf_counter() - self._step_started
        self._images += len(rest[2][0]) * trainer.world_size

    @rank_zero_only
    def on_train_epoch_end(self, trainer: Trainer, _: LightningModule) -> None:
        """Write the line."""
        figures = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epoch = Epoch(
            epoch=trainer.current_epoch + 1,
            train_loss=figures.get("train_loss", float("nan")),
            train_accuracy=figures.get("train_accuracy", float("nan")),
            val_loss=figures.get("val_loss"),
            val_accuracy=figures.get("val_accuracy"),
            val_recall_at_1=figures.get("val_recall_at_1"),
            learning_rate=max(group["lr"] for group in trainer.optimizers[0].param_groups),
            seconds=round(perf_counter() - self._started, 2),
        )
        entry = Entry(epoch, self._images, round(self._in_steps, 2))
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(entry)) + "\n")


def read_diary(path: Path) -> list[Entry]:
    """Every epoch once, the last time that it was run."""
    entries = {}
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        entry = Entry(Epoch(**fields["epoch"]), fields["images"], fields["step_seconds"])
        entries[entry.epoch.epoch] = entry
    return [entries[number] for number in sorted(entries)]
