"""The training journey: a catalog and a pretrained model in, a model of the merchant's own out."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from indexer.progress import Steps
from indexer.training.recipe import Recipe
from indexer.training.report import TrainReport
from search.errors import LookalikeError, ModelError

if TYPE_CHECKING:
    from indexer.reports.training import TrainingFacts
    from indexer.training.diary import Entry
    from indexer.training.judging import Verdict
    from indexer.training.preparing import Prepared

_UNFINISHED = ".unfinished"


class OutputTaken(LookalikeError):
    """The folder of the model to be made holds something already."""

    code = "output_taken"


def train(
    catalog: Path,
    out: Path,
    recipe: Recipe,
    steps: Steps,
    fetch_allow: tuple[str, ...] = (),
    devices: int | str = "auto",
) -> TrainReport:
    """Train a model on a catalog's pictures and write it to the folder ``out``.

    What is unfinished is kept beside it, and the same command goes on there. Raises
    CatalogFileError, ModelError, TrainingDiverged, OutputTaken or FetchError.
    """
    _check_packages()
    from indexer.reports.training import write_training_report
    from indexer.training.card import write_card
    from indexer.training.diary import read_diary
    from indexer.training.fitting import Fit, fit
    from indexer.training.judging import judge
    from indexer.training.preparing import prepare
    from indexer.training.saving import save_model

    start = perf_counter()
    work = _start(out, recipe)
    ready = prepare(catalog, work, recipe, fetch_allow, steps)
    run = Fit(work / "run", devices)
    checkpoint = fit(ready.training, ready.examples, ready.shown, recipe, run)
    model = work / "model"
    save_model(model, ready, checkpoint, recipe)
    verdict = judge(model, ready.examples, recipe) if ready.examples.held.any() else None
    entries = read_diary(run.diary)
    report = _report(out, ready, entries, verdict, perf_counter() - start)
    write_training_report(model, _facts(report, ready, entries, verdict, recipe))
    write_card(model, report, recipe)
    shutil.copytree(run.logs, model / "logs", dirs_exist_ok=True)
    model.replace(out)
    shutil.rmtree(work)
    return report


def _check_packages() -> None:
    missing = [name for name in ("lightning", "pytorch_metric_learning") if not find_spec(name)]
    if missing:
        raise ModelError(f"Training needs {' and '.join(missing)}: pip install 'lookalike[train]'")


def _start(out: Path, recipe: Recipe) -> Path:
    """The folder of the unfinished run; raises OutputTaken."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputTaken(f"'{out}' holds something already; name another folder with --out.")
    work = out.with_name(out.name + _UNFINISHED)
    note = work / "recipe.json"
    if note.exists() and json.loads(note.read_text()) != recipe.model_dump(mode="json"):
        raise OutputTaken(
            f"'{work}' holds an unfinished run with another recipe; delete that folder, give the "
            "same options to go on with it, or name another --out."
        )
    work.mkdir(parents=True, exist_ok=True)
    note.write_text(recipe.model_dump_json(indent=2))
    return work


def _report(
    out: Path,
    ready: "Prepared",
    entries: "list[Entry]",
    verdict: "Verdict | None",
    seconds: float,
) -> TrainReport:
    examples = ready.examples
    images = sum(entry.images for entry in entries)
    wanted = examples.labels[examples.held]
    return TrainReport(
        model=str(out),
        base=ready.base.spec,
        images=len(examples.labels),
        classes=len(examples.classes),
        held_out=len(wanted),
        rejected=ready.rejected,
        epochs=len(entries),
        seconds=round(seconds, 1),
        images_per_second=round(images / sum(entry.epoch.seconds for entry in entries), 1),
        step_images_per_second=round(images / sum(entry.step_seconds for entry in entries), 1),
        recall_at_1=verdict.recall_at_1 if verdict else None,
        base_recall_at_1=verdict.base_recall_at_1 if verdict else None,
        accuracy=round(float((verdict.predicted == wanted).mean()), 4) if verdict else None,
    )


def _facts(
    report: TrainReport,
    ready: "Prepared",
    entries: "list[Entry]",
    verdict: "Verdict | None",
    recipe: Recipe,
) -> "TrainingFacts":
    from indexer.reports.training import TrainingFacts

    examples = ready.examples
    held = np.flatnonzero(examples.held)
    return TrainingFacts(
        model=Path(report.model).name,
        recipe=recipe.model_dump(mode="json"),
        epochs=[entry.epoch for entry in entries],
        classes=examples.classes,
        true=examples.labels[held],
        predicted=held[:0] if verdict is None else verdict.predicted,
        scores=np.empty(0) if verdict is None else verdict.confidence,
        images=[examples.paths[one] for one in held],
        images_per_second=report.images_per_second,
        step_images_per_second=report.step_images_per_second,
    )
