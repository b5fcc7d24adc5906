"""Columns that pictures tell are kept, and those that they do not tell are not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from indexer.grading.asking import Asked, ask, question
from indexer.grading.attributes import Attribute, predict_attributes
from indexer.grading.means import Gallery, attribute_columns
from indexer.grading.predicting import FEWEST
from indexer.grading.probes import draw_folds
from indexer.workbench import Workbench
from tests.indexer.grading.conftest import UNTUNED, sample_of
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Made = Callable[..., Workbench]
PRODUCTS = 40


def described(**columns: Callable[[int], Any]) -> list[Photo]:
    """Products with these columns, as functions of their number."""

    def attributes(one: int, _: int) -> tuple[tuple[str, Any], ...]:
        return tuple((name, of(one)) for name, of in columns.items())

    return photos_of(PRODUCTS, 5, 1.5, attributes=attributes)


def marked(photos: Sequence[Photo], column: str, seed: int = 5) -> list[Photo]:
    """With a mark that all images of a value have in common."""
    random = np.random.default_rng(seed)
    values = sorted({dict(one.attributes)[column] for one in photos}, key=str)
    marks = {value: random.normal(size=DIM).astype(np.float32) * 1.5 for value in values}
    return [
        replace(one, features=one.features + marks[dict(one.attributes)[column]]) for one in photos
    ]


def told(bench: Workbench) -> dict[str, Attribute]:
    sample = sample_of(bench)
    folds = draw_folds(sample, UNTUNED)
    asked: list[Asked] = ask(bench.catalog, bench.store, [question(sample, one) for one in folds])
    columns = attribute_columns(sample.rows)
    galleries = [Gallery.of(sample, fold, columns) for fold in folds]
    return {one.grade.name: one for one in predict_attributes(columns, asked, galleries)}


def test_a_column_that_pictures_show_is_kept(bench_of: Made) -> None:
    photos = described(colour=lambda one: ("red", "green", "blue")[one % 3], random=lambda _: "x")
    found = told(bench_of(marked(photos, "colour")))
    assert list(found) == ["colour"]  # the other has one value
    grade = found["colour"].grade
    assert grade.is_kept
    assert grade.accuracy is not None
    assert grade.accuracy.low > grade.chance + 0.2
    assert 0.3 < grade.chance < 0.5


def test_a_truth_value_that_pictures_show_is_kept(bench_of: Made) -> None:
    photos = described(organic=lambda one: one % 2 == 0)
    assert told(bench_of(marked(photos, "organic")))["organic"].grade.is_kept


def test_columns_that_pictures_do_not_show_are_hardly_ever_kept(bench_of: Made) -> None:
    """Of sixty columns of chance, one in twenty at most; also those of unequal values."""
    random = np.random.default_rng(0)
    tables = {
        f"column{at}": random.choice(["a", "b", "c"], PRODUCTS, p=share).tolist()
        for at in range(30)
        for share in [(1 / 3, 1 / 3, 1 / 3) if at % 2 else (0.7, 0.2, 0.1)]
    }
    kept = 0
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(PRODUCTS)
        columns = {
            name: [values[at] for at in order].__getitem__ for name, values in tables.items()
        }
        found = told(bench_of(described(**columns)))
        assert len(found) >= 29
        kept += sum(one.grade.is_kept for one in found.values())
    assert kept <= 3


def test_a_products_own_images_do_not_tell_its_columns(bench_of: Made) -> None:
    """Products are told apart well, and columns that only name them are of no use."""
    photos = photos_of(
        PRODUCTS, 5, 4.0, attributes=lambda one, _: (("batch", f"b{one // 2 * 7 % 20}"),)
    )
    grade = told(bench_of(photos))["batch"].grade
    assert not grade.is_kept
    assert grade.accuracy is None or grade.accuracy.value < 0.2


def test_values_that_no_other_product_has_are_no_question(bench_of: Made) -> None:
    grade = told(bench_of(described(serial=lambda one: f"s{one}")))["serial"].grade
    assert (grade.accuracy, grade.chance, grade.is_kept) == (None, 0.0, False)


@pytest.mark.parametrize("each", [2, 3])
def test_a_column_that_too_few_photos_have_was_not_measured(bench_of: Made, each: int) -> None:
    photos = described(colour=lambda one: ("red", "blue")[one % 2] if one < each * 2 else "")
    grade = told(bench_of(photos))["colour"].grade
    assert (grade.accuracy, grade.is_kept) == (None, False)
    assert 2 * each * 2 < FEWEST
