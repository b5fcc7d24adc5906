"""A version's grade of made-up catalogs: of readable ones, of random ones, and of tiny ones."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from api.watching.reference import NoReference, Reference
from indexer.grading.journey import Assessment, assess
from indexer.grading.reading import read_grade
from indexer.grading.records import Grade
from indexer.workbench import Workbench
from search.predictions.calibration import Calibration
from search.versions.manifest import Manifest
from tests.indexer.grading.conftest import UNTUNED, sample_of
from tests.indexer.tuning.conftest import Photo, photos_of

Made = Callable[..., Workbench]
Manifested = Callable[[dict[str, Any] | None], Manifest]
CATEGORIES = 6


def readable() -> list[Photo]:
    """Products that pictures tell; a category's products have its mark in common."""
    photos = photos_of(60, 6, 2.0, category=lambda one, _: f"C{one % 2} > {one % CATEGORIES}")
    marks = np.random.default_rng(1).normal(size=(CATEGORIES, 24)).astype(np.float32) * 1.5
    return [
        replace(one, features=one.features + marks[int(one.product[1:]) % CATEGORIES])
        for one in photos
    ]


def shuffled(photos: Sequence[Photo], seed: int) -> list[Photo]:
    """The same features with other photos' products: nothing can be told."""
    order = np.random.default_rng(seed).permutation(len(photos))
    return [
        replace(one, features=photos[at].features) for one, at in zip(photos, order, strict=True)
    ]


def assessed(bench: Workbench) -> Assessment:
    return assess(bench, sample_of(bench), UNTUNED, 7, None)


@pytest.fixture
def grade_of(manifest_of: Manifested) -> Callable[[Assessment], Grade]:
    """As the manifest's reader gives it."""

    def read(found: Assessment) -> Grade:
        stored = json.loads(json.dumps(found.grade, allow_nan=False))
        grade = read_grade(manifest_of(stored))
        assert grade is not None
        return grade

    return read


def test_a_readable_catalog_is_graded_well(
    bench_of: Made, grade_of: Callable[[Assessment], Grade]
) -> None:
    found = assessed(bench_of(readable()))
    grade, calibration = grade_of(found), Calibration.read(found.calibration)
    recall, category = grade.metrics["recall@1"], grade.metrics["category"]
    assert recall is not None
    assert recall.low > 0.6
    assert recall.photos == grade.queries["product"]
    assert category is not None
    assert category.low > 0.7
    assert category.value <= getattr(grade.metrics["category@1"], "value", 0)
    assert calibration.matching is not None
    assert calibration.matching.p_same(1, 0.95, 0.5, "") > 0.7
    assert calibration.matching.p_same(1, 0.2, 0.0, "") < 0.3
    assert len(calibration.temperatures) == 2
    assert grade.match is not None
    assert grade.match.reliability.error < grade.match.reliability.by_chance + 0.05
    assert (grade.revision, grade.notes) == (7, [])
    scores = grade.scores
    assert sum(scores.right + scores.wrong + scores.absent) == sum(grade.queries.values())


def test_a_random_catalog_is_graded_as_chance_has_it(
    bench_of: Made, grade_of: Callable[[Assessment], Grade]
) -> None:
    found = assessed(bench_of(shuffled(readable(), 0)))
    grade, calibration = grade_of(found), Calibration.read(found.calibration)
    recall, category = grade.metrics["recall@1"], grade.metrics["category"]
    assert recall is not None
    assert recall.low <= 1 / 60 + 0.02
    assert recall.value < 0.08
    assert category is not None
    assert category.low <= 1 / CATEGORIES <= category.high + 0.03
    assert grade.prediction is not None
    assert grade.prediction.reliability.error < 0.15
    assert calibration.matching is not None
    assert calibration.matching.p_same(1, 0.9, 0.05, "") < 0.3


def test_held_out_queries_are_what_recent_ones_can_be_compared_with(
    bench_of: Made, manifest_of: Manifested
) -> None:
    found = assessed(bench_of(readable()))
    stored = json.loads(json.dumps(found.reference))
    reference = Reference.of(replace(manifest_of(None), reference=stored))
    assert sum(reference.scores.shares) == pytest.approx(1, abs=1e-5)
    assert sum(reference.categories.values()) == pytest.approx(1, abs=1e-3)
    assert reference.scores.edges == sorted(reference.scores.edges)
    assert max(reference.scores.shares) == pytest.approx(0.1, abs=0.03)
    assert reference.score_counts().sum() == reference.queries


@pytest.mark.parametrize(
    "photos",
    [photos_of(1, 1), photos_of(1, 12), photos_of(8, 1), photos_of(3, 3, 2.0)],
    ids=["one image", "one product", "one image each", "hardly any"],
)
def test_where_too_little_can_be_asked_that_is_said(
    bench_of: Made,
    manifest_of: Manifested,
    grade_of: Callable[[Assessment], Grade],
    photos: list[Photo],
) -> None:
    found = assessed(bench_of(photos))
    grade, calibration = grade_of(found), Calibration.read(found.calibration)
    assert calibration.matching is None
    assert calibration.reason.startswith("only ")
    assert (grade.match, grade.prediction) == (None, None)
    assert "p_same was not learned from such views" in " ".join(grade.notes)
    with pytest.raises(NoReference):
        Reference.of(replace(manifest_of(None), reference=found.reference))


def test_with_nothing_asked_there_is_nothing_to_watch_by(bench_of: Made) -> None:
    assert assessed(bench_of(photos_of(1, 1))).reference is None


def test_a_catalog_of_one_image_each_is_asked_for_its_categories(
    bench_of: Made, grade_of: Callable[[Assessment], Grade]
) -> None:
    photos = [
        replace(one, product=f"{one.product}-{at}", category=f"C > {one.product}")
        for at, one in enumerate(photos_of(8, 25, 2.0))
    ]
    grade = grade_of(assessed(bench_of(photos)))
    assert set(grade.queries) == {"absent"}
    recall = grade.metrics["recall@1"]
    assert recall is not None
    assert recall.low > 0.6


def test_it_can_be_repeated(bench_of: Made) -> None:
    first, again = (assessed(bench_of(readable())) for _ in range(2))
    assert (first.calibration, first.reference) == (again.calibration, again.reference)
    assert first.grade | {"seconds": 0} == again.grade | {"seconds": 0}


def test_features_that_are_no_numbers_spoil_nothing(
    bench_of: Made, grade_of: Callable[[Assessment], Grade]
) -> None:
    photos = readable()
    for at in (0, 17, 99):
        photos[at] = replace(photos[at], features=np.full(24, np.nan, np.float32))
    found = assessed(bench_of(photos))
    assert grade_of(found).match is not None
    assert asdict(Calibration.read(found.calibration)) == found.calibration
