"""A head that was fitted to labels is used where it certainly helps, and nowhere else."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from indexer.tuning import choosing, learner
from indexer.tuning.choosing import choose_head
from indexer.tuning.records import Tuning
from indexer.tuning.sampling import read_sample
from indexer.workbench import Workbench
from search.embedding.head import Head
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Made = Callable[..., Workbench]


def chosen(bench_of: Made, photos: list[Photo], head: Head | None = None) -> Tuning:
    bench = bench_of(photos, head)
    sample = read_sample(bench.catalog.engine, bench.store, len(photos))
    return choose_head(bench, sample, len(photos))


def untouched(tuning: Tuning) -> bool:
    return tuning.head.kind == "plain" and tuning.report.chosen == "plain"


def test_what_tells_the_products_apart_is_found(bench_of: Made) -> None:
    tuning = chosen(bench_of, photos_of(12, 20))
    assert tuning.head.kind == "tuned"
    by_name = {one.name: one for one in tuning.report.candidates}
    won = by_name[tuning.report.chosen]
    assert won.chosen
    assert won.gain is not None
    assert won.gain.low > 0
    assert won.recall.value > by_name["plain"].recall.value + 0.2


def test_categories_alone_are_enough(bench_of: Made) -> None:
    photos = photos_of(
        12, 20, product=lambda one, number: f"{one}-{number}", category=lambda one, _: f"C > {one}"
    )
    assert chosen(bench_of, photos).head.kind == "tuned"


def test_labels_that_say_nothing_leave_the_features_alone(bench_of: Made) -> None:
    photos = photos_of(12, 20, signal=0.0)
    tuning = chosen(bench_of, photos)
    assert untouched(tuning)
    assert "certainly" in tuning.report.reason
    assert all(not one.chosen or one.name == "plain" for one in tuning.report.candidates)


@pytest.mark.parametrize(
    "photos",
    [
        photos_of(1, 1),
        photos_of(1, 40),
        photos_of(5, 2),
        photos_of(60, 1),
        photos_of(12, 20, product=lambda one, number: f"{one}-{number}"),
    ],
    ids=["one image", "one product", "few images", "one image each", "no labels"],
)
def test_where_nothing_can_be_measured_nothing_is_changed(
    bench_of: Made, photos: list[Photo]
) -> None:
    tuning = chosen(bench_of, photos)
    assert untouched(tuning)
    assert (tuning.report.candidates, tuning.report.held_out) == ((), 0)


def test_where_nothing_can_be_measured_the_models_own_head_is_used(bench_of: Made) -> None:
    own = Head("tuned", np.zeros(DIM, np.float32), np.eye(DIM, dtype=np.float32)[:, :5])
    tuning = chosen(bench_of, photos_of(30, 1), own)
    assert tuning.head is own
    assert tuning.report.chosen == "the model's own head"


def test_the_models_own_head_must_be_beaten_too(bench_of: Made) -> None:
    photos = photos_of(12, 20)
    best = chosen(bench_of, photos).head
    again = chosen(bench_of, photos, best)
    assert again.head is best
    assert again.report.candidates[0].name == "the model's own head"


def test_features_that_are_no_numbers_are_left_out(bench_of: Made) -> None:
    photos = photos_of(12, 20)
    for number in (0, 17, 99):
        photos[number] = dataclasses.replace(
            photos[number], features=np.full(DIM, np.nan, np.float32)
        )
    tuning = chosen(bench_of, photos)
    assert tuning.report.images == len(photos) - 3
    assert tuning.head.projection is not None
    assert np.isfinite(tuning.head.projection).all()


def test_the_same_catalog_gives_the_same_head(bench_of: Made) -> None:
    photos = photos_of(12, 20, brand=lambda one, _: f"b{one % 3}")
    first, second = chosen(bench_of, photos), chosen(bench_of, photos)
    assert first.head.fingerprint == second.head.fingerprint
    assert dataclasses.replace(first.report, seconds=0) == dataclasses.replace(
        second.report, seconds=0
    )


def test_a_head_whose_loss_is_no_number_is_dropped_and_that_is_said(
    bench_of: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(learner.Learner, "epoch", lambda _: float("nan"))
    tuning = chosen(bench_of, photos_of(12, 20))
    assert tuning.report.chosen.startswith("discriminant")
    assert len(caplog.records) == 1
    assert "no number" in caplog.text


def test_with_enough_images_whitening_is_what_must_be_beaten(
    bench_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "ENOUGH_IMAGES", 100)
    tuning = chosen(bench_of, photos_of(12, 20, signal=0.0))
    assert tuning.report.candidates[0].name == "whitened"
    assert tuning.head.kind in ("whitened", "plain")


def test_the_report_is_plain_json(bench_of: Made) -> None:
    report = chosen(bench_of, photos_of(12, 20)).report
    again: dict[str, Any] = json.loads(json.dumps(asdict(report)))
    assert [one["name"] for one in again["candidates"]][:1] == ["plain"]
    assert sum(one["chosen"] for one in again["candidates"]) == 1
    assert again["held_out"] > 30
    assert again["images"] == 240
