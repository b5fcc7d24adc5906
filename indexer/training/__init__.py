"""The training journey: a catalog and a pretrained model in, a model of the merchant's own out."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from indexer.progress import Steps
from indexer.training.recipe import Recipe
from search.errors import LookalikeError

_UNFINISHED = ".unfinished"


class OutputTaken(LookalikeError):
    """The folder of the model to be made holds something already."""

    code = "output_taken"


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What was made, and how good it is on held-out images; None where none were held out.

    ``recall_at_1`` is the share of held-out images whose nearest other image is of their class,
    ``accuracy`` that of those that the category head puts into it. ``base_recall_at_1`` is the
    base model's, plain. ``images_per_second`` counts training pictures over the whole run.
    """

    model: str
    base: str
    images: int
    classes: int
    held_out: int
    rejected: int
    epochs: int
    seconds: float
    images_per_second: float
    recall_at_1: float | None
    base_recall_at_1: float | None
    accuracy: float | None


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
    report = judge(model, ready, recipe, run, out, perf_counter() - start)
    shutil.copytree(run.logs, model / "logs", dirs_exist_ok=True)
    model.replace(out)
    shutil.rmtree(work)
    return report


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
