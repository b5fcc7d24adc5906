"""The report of a run is a page and a file of figures, whatever happened in the run."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.reports.training import Epoch, TrainingFacts, write_training_report


@pytest.fixture
def facts(tmp_path: Path) -> TrainingFacts:
    Image.new("RGB", (32, 32), "red").save(tmp_path / "red.png")
    return TrainingFacts(
        model="mine",
        recipe={"epochs": 2, "base": "efficientnet_lite0", "teacher": None},
        epochs=[Epoch(n, 2.0 / n, 0.5, 1.5, 0.6, 0.7, 1e-3, 9.0) for n in (1, 2)],
        classes=["A > <b>x</b>", "A > y"],
        true=np.array([0, 1, 1]),
        predicted=np.array([0, 0, 1]),
        scores=np.array([0.9, 0.8, 0.7]),
        images=[tmp_path / "red.png"] * 3,
        images_per_second=30.0,
        step_images_per_second=35.0,
    )


def test_the_page_has_curves_classes_and_the_mistake(tmp_path: Path, facts: TrainingFacts) -> None:
    write_training_report(tmp_path / "out", facts)
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("<svg") >= 4
    assert page.count("data:image/jpeg;base64,") == 1
    assert "<b>x</b>" not in page
    assert "<script" not in page
    figures = json.loads((tmp_path / "out/report.json").read_text())
    assert len(figures["mistakes"]) == 1


def test_no_held_out_image_and_a_loss_that_is_no_number_do_no_harm(
    tmp_path: Path, facts: TrainingFacts
) -> None:
    none = np.empty(0, np.int64)
    epoch = replace(facts.epochs[0], train_loss=float("nan"), val_loss=None)
    bare = replace(facts, true=none, predicted=none, scores=np.empty(0), images=[], epochs=[epoch])
    write_training_report(tmp_path / "out", bare)
    figures = json.loads((tmp_path / "out/report.json").read_text())
    assert figures["epochs"][0]["train_loss"] is None
    assert "mine" in (tmp_path / "out/report.html").read_text()
