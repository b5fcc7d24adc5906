"""What a training run's report says, from the run's facts."""

from dataclasses import dataclass

import numpy as np

from indexer.evaluating.metrics import Interval, bootstrap, class_scores, macro_scores
from indexer.reports.training.facts import Epoch, TrainingFacts
from search.catalog.records import Scalar


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """A class and its held-out images."""

    name: str
    images: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A held-out image, its class, and what it was taken for with which confidence."""

    image: str
    true: str
    predicted: str
    score: float


@dataclass(frozen=True, slots=True)
class TrainingFigures:
    """What ``report.json`` holds.

    ``metrics`` are of the held-out images, with 95 % bootstrap intervals: ``accuracy``, and the
    means over the classes among them of ``precision``, ``recall`` and ``f1``; empty without images.
    ``mistakes`` start with the most confident one.
    """

    model: str
    recipe: dict[str, Scalar | None]
    images_per_second: float
    step_images_per_second: float
    epochs: list[Epoch]
    held_out: int
    metrics: dict[str, Interval]
    classes: list[ClassFigures]
    mistakes: list[Mistake]


def summarize(facts: TrainingFacts) -> TrainingFigures:
    """All figures of a run."""
    return TrainingFigures(
        model=facts.model,
        recipe=dict(facts.recipe),
        images_per_second=facts.images_per_second,
        step_images_per_second=facts.step_images_per_second,
        epochs=list(facts.epochs),
        held_out=len(facts.true),
        metrics=_metrics(facts) if len(facts.true) else {},
        classes=_classes(facts),
        mistakes=_mistakes(facts),
    )


def _metrics(facts: TrainingFacts) -> dict[str, Interval]:
    macro = macro_scores(facts.true, facts.predicted)
    return {
        "accuracy": bootstrap((facts.true == facts.predicted).astype(np.float64)),
        "precision": macro.precision,
        "recall": macro.recall,
        "f1": macro.f1,
    }


def _classes(facts: TrainingFacts) -> list[ClassFigures]:
    scores = class_scores(facts.true, facts.predicted, len(facts.classes))
    images = np.bincount(facts.true, minlength=len(facts.classes)).tolist()
    columns = (scores.precision.tolist(), scores.recall.tolist(), scores.f1.tolist())
    return [ClassFigures(*row) for row in zip(facts.classes, images, *columns, strict=True)]


def _mistakes(facts: TrainingFacts) -> list[Mistake]:
    wrong = np.flatnonzero(facts.true != facts.predicted)
    by_confidence = wrong[np.argsort(-facts.scores[wrong], kind="stable")]
    return [
        Mistake(
            image=str(facts.images[at]),
            true=facts.classes[facts.true[at]],
            predicted=facts.classes[facts.predicted[at]],
            score=float(facts.scores[at]),
        )
        for at in by_confidence.tolist()
    ]
