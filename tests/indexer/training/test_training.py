"""``indexer train`` makes a model that works anywhere, or says in one sentence why it cannot."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from indexer.training import OutputTaken, fitting
from indexer.training.module import Training, TrainingDiverged
from indexer.training.recipe import Recipe
from indexer.training.report import TrainReport
from search.embedding import load_embedder
from search.embedding.model_files import WEIGHTS
from search.embedding.model_folder import TrainedConfig, read_config
from search.errors import CatalogFileError, ModelError

Run = Callable[..., TrainReport]
Quick = Callable[..., Recipe]
Colours = Callable[..., Path]
Edit = Callable[..., Path]


def test_the_model_tells_its_classes_apart_and_its_report_says_how_well(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run
) -> None:
    report = run(colours(), quick(epochs=4))
    assert (report.images, report.classes, report.rejected, report.epochs) == (36, 3, 0, 4)
    assert report.held_out > 0
    assert report.recall_at_1 is not None
    assert report.recall_at_1 >= 0.9
    assert report.images_per_second <= report.step_images_per_second
    facts = json.loads((tmp_path / "model/report.json").read_text())
    assert len(facts["epochs"]) == 4
    assert "Things &gt; Red" in (tmp_path / "model/report.html").read_text()
    assert f"{report.recall_at_1:.1%}" in (tmp_path / "model/README.md").read_text()
    logs = tmp_path / "model/logs"
    assert "val_recall_at_1" in (logs / "metrics.csv").read_text()
    assert any((logs / "tensorboard").iterdir())
    assert not (tmp_path / "model.unfinished").exists()


def test_the_folder_is_a_model_for_any_command(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run, build: Any, index: Path
) -> None:
    catalog = colours()
    run(catalog, quick(test_size=96))
    config = read_config(tmp_path / "model")
    assert isinstance(config, TrainedConfig)
    assert (config.dim, config.preprocessing.size) == (16, 96)
    report = build(catalog, index, model=str(tmp_path / "model"))
    assert report.embedded == 36
    vectors = load_embedder(str(tmp_path / "model")).embed(catalog.parent / "Red-0.png")
    assert vectors.shape == (1, 16)


def test_the_finished_model_sees_larger_pictures_where_the_network_takes_them(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run, tiny_clip: str
) -> None:
    run(colours(each=2), quick(epochs=1), tmp_path / "cnn")
    run(colours(each=2), quick(epochs=1, base=tiny_clip, size=None), tmp_path / "clip")
    sizes = [read_config(tmp_path / name).preprocessing.size for name in ("cnn", "clip")]  # type: ignore[union-attr]
    assert sizes == [96, 32]


def test_flipped_models_see_no_difference_between_a_picture_and_its_mirror_image(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run
) -> None:
    run(colours(), quick(flip=True, epochs=1))
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    one, other = load_embedder(str(tmp_path / "model"), "torch").embed([picture, picture[:, ::-1]])
    assert one @ other >= 0.9999


class Stopped(Exception):
    """What a crash looks like from inside."""


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch, run: Run) -> Callable[[Path, Recipe], None]:
    """Start a run whose second epoch stops in its middle."""
    real = Training.training_step

    def step(self: Training, batch: Any, number: int) -> Any:
        if self.current_epoch == 1 and number == 2:
            raise Stopped
        return real(self, batch, number)

    def start(catalog: Path, recipe: Recipe) -> None:
        with monkeypatch.context() as patch, pytest.raises(Stopped):
            patch.setattr(Training, "training_step", step)
            run(catalog, recipe)

    return start


def test_an_interrupted_run_goes_on_to_the_same_result(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run, crash: Callable[..., None]
) -> None:
    catalog, recipe = colours(), quick(epochs=3, mix=0.5)
    crash(catalog, recipe)
    assert run(catalog, recipe).epochs == 3
    run(catalog, recipe, tmp_path / "whole")
    resumed, whole = (load_file(tmp_path / name / WEIGHTS) for name in ("model", "whole"))
    for name, values in whole.items():
        np.testing.assert_allclose(resumed[name], values, rtol=1e-3, atol=1e-4, err_msg=name)


def test_an_unfinished_run_with_another_recipe_is_not_mixed_up(
    colours: Colours, quick: Quick, run: Run, crash: Callable[..., None]
) -> None:
    catalog = colours()
    crash(catalog, quick(epochs=3))
    with pytest.raises(OutputTaken, match="another recipe"):
        run(catalog, quick(epochs=5))


def test_a_folder_that_holds_something_is_never_overwritten(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/notes.txt").write_text("mine")
    with pytest.raises(OutputTaken, match="name another folder"):
        run(colours(), quick())
    assert (tmp_path / "model/notes.txt").read_text() == "mine"


def test_one_class_gives_a_sentence(colours: Colours, quick: Quick, run: Run) -> None:
    with pytest.raises(
        CatalogFileError, match=r"nothing to tell apart .*all are of 'Things > Red'"
    ):
        run(colours(names=("Red",)), quick())


def test_no_category_gives_a_sentence(colours: Colours, quick: Quick, run: Run, edit: Edit) -> None:
    catalog = edit(colours(), lambda rows: [row.update(category="") for row in rows])
    with pytest.raises(CatalogFileError, match="none has a category"):
        run(catalog, quick())


def test_one_image_of_each_class_trains_without_held_out_images(
    colours: Colours, quick: Quick, run: Run
) -> None:
    report = run(colours(each=1), quick(batch=2))
    assert (report.images, report.held_out, report.recall_at_1) == (3, 0, None)


def test_missing_and_broken_images_are_left_out_and_counted(
    colours: Colours, quick: Quick, run: Run
) -> None:
    catalog = colours()
    (catalog.parent / "Red-0.png").unlink()
    (catalog.parent / "Blue-1.png").write_bytes(b"no picture")
    report = run(catalog, quick(epochs=1))
    assert (report.images, report.rejected) == (34, 2)


def test_no_usable_image_gives_a_sentence(colours: Colours, quick: Quick, run: Run) -> None:
    catalog = colours(each=2)
    for path in catalog.parent.glob("*.png"):
        path.unlink()
    with pytest.raises(CatalogFileError, match="no usable image"):
        run(catalog, quick())


def test_a_loss_that_is_no_number_gives_a_sentence(
    colours: Colours, quick: Quick, run: Run
) -> None:
    with pytest.raises(TrainingDiverged, match=r"epoch \d.*lower learning_rate"):
        run(colours(), quick(learning_rate=1e30, optimizer="sgd", warmup=0, average=0))


def test_a_size_that_the_network_cannot_take_gives_a_sentence(
    colours: Colours, quick: Quick, run: Run, tiny_clip: str
) -> None:
    with pytest.raises(ModelError, match=r"takes pictures of \d+ px only, not 64"):
        run(colours(), quick(base=tiny_clip))


def test_a_model_without_a_known_architecture_gives_a_sentence(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run
) -> None:
    catalog = colours()
    run(catalog, quick(epochs=1))
    with pytest.raises(ModelError, match="cannot be trained further"):
        run(catalog, quick(base=str(tmp_path / "model")), tmp_path / "other")


def test_a_student_gives_its_teachers_vectors_without_any_label(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run, edit: Edit
) -> None:
    catalog = colours()
    run(catalog, quick(epochs=3), tmp_path / "teacher")
    edit(catalog, lambda rows: [row.update(category="") for row in rows])
    report = run(catalog, quick(teacher=str(tmp_path / "teacher"), epochs=6, seed=1))
    assert report.classes == 0
    pictures = sorted(catalog.parent.glob("*.png"))
    taught, teacher = (
        load_embedder(str(tmp_path / name)).embed(pictures) for name in ("model", "teacher")
    )
    assert (taught * teacher).sum(axis=1).mean() >= 0.9


def test_a_clip_model_learns_from_titles_too(
    tmp_path: Path, colours: Colours, quick: Quick, run: Run, tiny_clip: str
) -> None:
    report = run(colours(), quick(base=tiny_clip, size=None, epochs=3, learning_rate=0.01))
    assert report.recall_at_1 is not None
    assert load_embedder(str(tmp_path / "model")).embed(np.zeros((32, 32, 3), np.uint8)).shape == (
        1,
        16,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "softmax"},
        {"loss": "arcface", "optimizer": "sgd", "learning_rate": 0.01},
        {"loss": "proxy_anchor", "balance": "products"},
        {"loss": "supcon", "balance": "products", "precision": "float32"},
        {"loss": "focal", "balance": "classes", "accumulate": 2},
        {"loss": "symmetric", "mix": 1, "randaugment": 9},
        {"unfreeze": 1, "patience": 1, "epochs": 3, "freeze": 1},
        {"average": 0, "erase": 0, "rotate": 0, "colour": 0, "warmup": 0},
    ],
    ids=lambda changes: next(iter(changes.values())) if isinstance(changes, dict) else None,
)
def test_every_part_of_a_recipe_trains(
    colours: Colours, quick: Quick, run: Run, changes: dict[str, Any]
) -> None:
    report = run(colours(), quick(**changes))
    assert report.recall_at_1 is not None
    assert report.recall_at_1 >= 0.6


@pytest.mark.slow
def test_two_processes_train_together(tmp_path: Path, colours: Colours, quick: Quick) -> None:
    """As on two GPUs, with two processes on the CPU."""
    from rich.console import Console

    from indexer.progress import Steps
    from indexer.training.preparing import prepare

    catalog, recipe = colours(), quick(unfreeze=1)
    with Steps(Console(quiet=True)) as steps:
        ready = prepare(catalog, tmp_path / "work", recipe, (), steps)
    at = fitting.Fit(tmp_path / "run", devices=2, accelerator="cpu")
    kept = fitting.fit(ready.training, ready.examples, ready.shown, recipe, at)
    assert kept.exists()
    assert len(at.diary.read_text().splitlines()) == recipe.epochs


def test_killing_the_command_and_starting_it_again_finishes(
    tmp_path: Path, colours: Colours, quick: Quick, tiny_model: str
) -> None:
    catalog, out = colours(), tmp_path / "model"
    settings = quick(epochs=3, holdout=0).model_dump(mode="json", exclude_defaults=True)
    command = [str(Path(sys.executable).parent / "indexer"), "train", str(catalog)]
    command += ["--out", str(out), "--json"]
    command += [f"--set={name}={value}" for name, value in settings.items()]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        checkpoint = out.with_name("model.unfinished") / "run/checkpoints/last.ckpt"
        while running.poll() is None and not checkpoint.exists():
            with suppress(subprocess.TimeoutExpired):
                running.wait(0.05)
        running.kill()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["epochs"] == 3
    epochs = [json.loads(line) for line in (out / "logs/epochs.jsonl").read_text().splitlines()]
    assert [line["epoch"]["epoch"] for line in epochs].count(1) == 1, "no epoch is lost"
    assert out.exists()
    shutil.rmtree(out)
