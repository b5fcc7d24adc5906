"""The means that a held-out picture is compared with hold nothing that is hidden from it."""

from collections.abc import Callable

import numpy as np
import pytest

from indexer.grading.means import Gallery, attribute_columns
from indexer.grading.probes import draw_folds
from indexer.sealing.prototypes import PrototypeSums
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.arrays import unit_rows
from search.predictions.prototypes import CATEGORY
from tests.indexer.grading.conftest import UNTUNED, sample_of
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Made = Callable[..., Workbench]
COLUMNS = ["brand", "colour", "organic"]


def described() -> list[Photo]:
    def attributes(one: int, _: int) -> tuple[tuple[str, object], ...]:
        facts = {"colour": ("red", "blue", "")[one % 3], "organic": one % 2 == 0, "pieces": one}
        return tuple(facts.items())

    return photos_of(
        24,
        4,
        1.0,
        category=lambda one, _: f"C > {one % 5}" if one else "",
        brand=lambda one, _: "acme" if one % 2 else "",
        attributes=attributes,
    )


@pytest.fixture
def sample(bench_of: Made) -> Sample:
    return sample_of(bench_of(described()))


def test_the_columns_of_texts_and_truth_values_that_differ_are_tried(sample: Sample) -> None:
    assert attribute_columns(sample.rows) == ["colour", "organic"]  # one brand tells nothing
    many = [row._replace(brand=f"b{at}") for at, row in enumerate(sample.rows)]
    assert attribute_columns(many) == COLUMNS


def test_a_column_of_too_many_values_is_a_text(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row._replace(brand=f"b{at}") for at, row in enumerate(sample.rows)]
    monkeypatch.setattr("indexer.grading.means._MOST_VALUES", len(rows) - 1)
    assert attribute_columns(rows) == ["colour", "organic"]
    assert attribute_columns([]) == []


def test_hidden_images_are_in_no_mean(sample: Sample) -> None:
    for fold in draw_folds(sample, UNTUNED):
        gallery = Gallery.of(sample, fold, COLUMNS)
        assert list(gallery.columns) == [CATEGORY, *COLUMNS]
        vectors = unit_rows(sample.labelled.features)
        sums = gallery.columns[CATEGORY]
        assert "" not in sums.names
        for name, total in zip(sums.names, sums.sums, strict=True):
            them = [
                at for at, row in enumerate(sample.rows)
                if row.category == name and not fold.hidden[at]
            ]  # fmt: skip
            np.testing.assert_allclose(total, vectors[them].sum(axis=0), atol=1e-4)


def test_a_product_can_be_taken_out(sample: Sample) -> None:
    fold = draw_folds(sample, UNTUNED)[0]
    gallery = Gallery.of(sample, fold, COLUMNS)
    vectors = unit_rows(sample.labelled.features)
    kinds = dict(zip((sample.rows[at].product_id for at in fold.asked), fold.kinds, strict=True))
    assert set(gallery.products) == {name for name, kind in kinds.items() if kind == "product"}
    for name, total in gallery.products.items():
        them = [
            at for at, row in enumerate(sample.rows)
            if row.product_id == name and not fold.hidden[at]
        ]  # fmt: skip
        np.testing.assert_allclose(total, vectors[them].sum(axis=0), atol=1e-4)


@pytest.mark.parametrize("size", [5, 4096])
def test_a_version_has_the_means_of_all_its_images(bench_of: Made, size: int) -> None:
    photos = described()
    bench = bench_of(photos)
    sums = PrototypeSums(bench.catalog.engine, COLUMNS)
    for ids, features in bench.store.chunks(size):
        sums.add(ids, unit_rows(features))
    found = sums.prototypes()
    assert set(found) == {CATEGORY, *COLUMNS}
    assert found["organic"].names == (False, True)
    assert found["colour"].names == ("blue", "red")
    assert found["brand"].names == ("acme",)
    vectors = unit_rows(np.stack([photo.features for photo in photos]))
    means = found[CATEGORY].means
    assert means is not None
    for name, mean in zip(found[CATEGORY].names, means, strict=True):
        them = [at for at, one in enumerate(photos) if one.category == name]
        total = vectors[them].sum(axis=0, keepdims=True)
        np.testing.assert_allclose(mean, unit_rows(total)[0], atol=2e-3)


def test_a_column_without_values_has_no_means(bench_of: Made) -> None:
    bench = bench_of(photos_of(3, 2))
    sums = PrototypeSums(bench.catalog.engine, ["brand"])
    for ids, features in bench.store.chunks():
        sums.add(ids, unit_rows(features))
    assert sums.prototypes() == {}


def test_numbers_that_are_none_are_in_no_mean(bench_of: Made) -> None:
    photos = photos_of(4, 5, category=lambda one, _: f"C > {one}")
    bench = bench_of(photos)
    sums = PrototypeSums(bench.catalog.engine, [])
    for ids, features in bench.store.chunks():
        vectors = unit_rows(features)
        vectors[2] = np.nan
        sums.add(ids, vectors)
    means = sums.prototypes()[CATEGORY].means
    assert means is not None
    assert means.shape == (4, DIM)
    assert np.isfinite(means).all()
