"""The report of a training run: how it went, and what the model gets wrong."""

import json
import math
from dataclasses import asdict
from pathlib import Path

from indexer.reports.charts import line_chart
from indexer.reports.confusions import confusion_chart
from indexer.reports.pages import write_page
from indexer.reports.training.facts import Epoch, TrainingFacts
from indexer.reports.training.figures import TrainingFigures, summarize
from search.durable import write_durably
from search.images.thumbnails import data_uri_of

__all__ = ["Epoch", "TrainingFacts", "write_training_report"]

_CLASSES = 40
_MISTAKES = 24


def write_training_report(folder: Path, facts: TrainingFacts) -> None:
    """Write ``report.html`` and ``report.json`` (``TrainingFigures``) into the folder.

    Numbers that are not finite, like the loss of a run that diverged, are null in the JSON and gaps
    in the charts. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = summarize(facts)
    text = json.dumps(_finite(asdict(figures)), ensure_ascii=False, indent=1)
    write_durably(folder / "report.json", text.encode(errors="replace"))
    hardest = [(one, data_uri_of(Path(one.image))) for one in figures.mistakes[:_MISTAKES]]
    context = {
        "figures": figures,
        "curves": _curves(figures) if figures.epochs else {},
        "confusion": _confusion(facts) if figures.held_out else None,
        "hardest": hardest,
    }
    write_page(folder / "report.html", "training.html", context)


def _curves(figures: TrainingFigures) -> dict[str, str]:
    """Title → chart."""
    epochs = figures.epochs
    x = [one.epoch for one in epochs]
    return {
        "Loss": line_chart(
            x,
            {
                "training": [one.train_loss for one in epochs],
                "held out": [one.val_loss for one in epochs],
            },
        ),
        "Accuracy": line_chart(
            x,
            {
                "training": [one.train_accuracy for one in epochs],
                "held out": [one.val_accuracy for one in epochs],
                "Recall@1, held out": [one.val_recall_at_1 for one in epochs],
            },
        ),
        "Learning rate": line_chart(x, {"rate": [one.learning_rate for one in epochs]}),
    }


def _confusion(facts: TrainingFacts) -> str:
    return confusion_chart(facts.true, facts.predicted, facts.classes, _CLASSES)


def _finite(value: object) -> object:
    """The same for JSON, which has no NaN and no infinity."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
