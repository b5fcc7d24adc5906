"""Lightning's trainer, set up for a recipe: precision, averaging, checkpoints, logs, devices."""

import logging
import multiprocessing
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from indexer.memory import keep_freed_memory
from indexer.reporting import stderr
from indexer.training import library
from indexer.training.diary import Diary
from indexer.training.examples import Examples
from indexer.training.library import (
    Callback,
    CSVLogger,
    DDPStrategy,
    EarlyStopping,
    ModelCheckpoint,
    RichProgressBar,
    TensorBoardLogger,
    Trainer,
    WeightAveraging,
)
from indexer.training.loading import loaders
from indexer.training.module import Training
from indexer.training.recipe import Recipe
from search.embedding.preprocessing import Preprocessing

log = logging.getLogger(__name__)

LAST = "last.ckpt"
_BEST = "best.ckpt"
_WATCHED = "val_recall_at_1"


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a run keeps its checkpoints and logs, and on how many devices it runs."""

    folder: Path
    devices: int | str = "auto"
    accelerator: str = "auto"

    @property
    def checkpoints(self) -> Path:
        """``last.ckpt``, of each epoch, and ``best.ckpt`` where training may stop early."""
        return self.folder / "checkpoints"

    @property
    def logs(self) -> Path:
        """``metrics.csv``, ``epochs.jsonl`` and TensorBoard's files."""
        return self.folder / "logs"

    @property
    def diary(self) -> Path:
        """A line for each epoch."""
        return self.logs / "epochs.jsonl"


def fit(
    training: Training, examples: Examples, shown: Preprocessing, recipe: Recipe, at: Fit
) -> Path:
    """Train, going on from the last checkpoint when there is one; returns the checkpoint to keep.

    Raises TrainingDiverged.
    """
    if recipe.patience and not examples.held.any():
        log.warning("No image could be held out, so training does not stop early.")
        recipe = recipe.model_copy(update={"patience": 0})
    keep_freed_memory()
    trainer = _trainer(recipe, at)
    training.to(memory_format=torch.channels_last)
    last = at.checkpoints / LAST
    learning, held_out = loaders(examples, shown, recipe, _epochs_done(last))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about workers, and about what a library deprecates
        trainer.fit(
            training,
            learning,
            held_out,
            ckpt_path=str(last) if last.exists() else None,
            weights_only=True,
        )
    best = at.checkpoints / _BEST
    return best if best.exists() else last


def _epochs_done(last: Path) -> int:
    if not last.exists():
        return 0
    return int(torch.load(last, weights_only=True, mmap=True)["epoch"]) + 1


def _trainer(recipe: Recipe, at: Fit) -> Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    at.logs.mkdir(parents=True, exist_ok=True)
    return Trainer(
        accelerator=at.accelerator,
        devices=at.devices,
        strategy=_strategy(recipe, at),
        precision=_precision(recipe),
        max_epochs=recipe.epochs,
        accumulate_grad_batches=recipe.accumulate,
        gradient_clip_val=5.0,
        callbacks=_callbacks(recipe, at),
        logger=[
            CSVLogger(at.logs, name="", version=""),
            TensorBoardLogger(at.logs, name="", version="tensorboard"),
        ],
        enable_progress_bar=stderr.is_terminal,
        enable_model_summary=False,
        log_every_n_steps=10,
        num_sanity_val_steps=0,
    )


def _strategy(recipe: Recipe, at: Fit) -> Any:
    """Processes of a server that knows the library, not the command run again for each device."""
    several = torch.cuda.device_count() > 1 if at.devices == "auto" else int(at.devices) > 1
    if not several:
        return "auto"
    multiprocessing.set_forkserver_preload([library.__name__])
    return DDPStrategy(start_method="forkserver", find_unused_parameters=bool(recipe.unfreeze))


def _precision(recipe: Recipe) -> Any:
    if recipe.precision == "float32":
        return "32-true"
    if torch.cuda.is_available() and torch.cuda.is_bf16_supported():
        return "bf16-mixed"
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return "bf16-mixed"
    log.warning("This processor has no bfloat16: training runs in float32, more slowly.")
    return "32-true"


def _callbacks(recipe: Recipe, at: Fit) -> list[Callback]:
    callbacks: list[Callback] = [_checkpoint(at, LAST)]
    if recipe.average:
        # The first, because the others must see the averages' figures and keep the averages.
        callbacks.insert(0, WeightAveraging(multi_avg_fn=_Averaging(recipe.average)))
    callbacks.append(Diary(at.diary))
    if recipe.patience:
        callbacks.append(EarlyStopping(_WATCHED, mode="max", patience=recipe.patience))
        callbacks.append(_checkpoint(at, _BEST, _WATCHED))
    if stderr.is_terminal:
        callbacks.append(RichProgressBar(leave=True, console_kwargs={"stderr": True}))
    return callbacks


def _checkpoint(at: Fit, name: str, watched: str | None = None) -> ModelCheckpoint:
    """After each epoch, or each one that is the best by what is watched, the same file anew."""
    return ModelCheckpoint(
        at.checkpoints,
        Path(name).stem,
        monitor=watched,
        mode="max",
        enable_version_counter=False,
    )


@dataclass(frozen=True, slots=True)
class _Averaging:
    """Exponential, with a decay that starts low, so that the first weights are soon forgotten."""

    decay: float

    def __call__(self, kept: Any, current: Any, count: Any) -> None:
        share = 1 - min(self.decay, (1 + int(count)) / (10 + int(count)))
        for one, other in zip(kept, current, strict=True):
            if one.dtype.is_floating_point:
                one.lerp_(other, share)
            else:
                one.copy_(other)
