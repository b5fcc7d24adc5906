"""Duplicates, placeholders, wrong labels and outliers of vectors and facts that are known."""

from collections.abc import Callable

import numpy as np
import pytest

from indexer.doctoring.duplicates import duplicates
from indexer.doctoring.judging import Judged, judge
from indexer.doctoring.labels import wrong_labels
from indexer.doctoring.nearby import nearby
from indexer.doctoring.outliers import outliers
from indexer.doctoring.records import Kind, Shown
from search.arrays import Floats, unit_rows

Make = Callable[..., Shown]
NAMES = ("Fruit > Apple", "Fruit > Pear", "Home > Mug")


def test_one_picture_of_two_products_is_a_duplicate(shown: Make) -> None:
    images = [shown(1, sha256="a"), shown(2, sha256="b"), shown(3, sha256="a")]
    (found,) = duplicates(images)
    assert found.kind is Kind.DUPLICATE
    assert [image.product_id for image in found.images] == ["p1", "p3"]


def test_a_product_may_show_a_picture_twice(shown: Make) -> None:
    assert not list(duplicates([shown(1, sha256="a"), shown(2, sha256="a", product_id="p1")]))


def test_a_picture_of_many_products_is_a_placeholder(shown: Make) -> None:
    (found,) = duplicates([shown(number, sha256="a") for number in range(4)])
    assert found.kind is Kind.PLACEHOLDER
    assert found.score == 4


def test_the_nearest_others_never_include_the_image_itself() -> None:
    random = np.random.default_rng(0)
    rows = unit_rows(np.asarray(random.normal(size=(40, 8)), np.float32))
    rows[7] = rows[3]
    near, cosines = nearby(rows, 5)
    assert near.shape == cosines.shape == (40, 5)
    assert not (near == np.arange(40)[:, None]).any()
    assert near[7, 0] == 3
    assert (np.diff(cosines, axis=1) <= 1e-6).all()


def test_of_a_single_image_there_are_no_others() -> None:
    near, _ = nearby(np.ones((1, 1), np.float32), 5)
    assert near.shape == (1, 0)


@pytest.fixture
def catalog(shown: Make) -> tuple[list[Shown], Floats]:
    """60 images of each of three categories, well apart."""
    random = np.random.default_rng(0)
    centres = np.repeat(random.normal(size=(3, 24)), 60, axis=0)
    rows = unit_rows(np.asarray(centres + 0.5 * random.normal(size=centres.shape), np.float32))
    return [shown(number, category=NAMES[number // 60]) for number in range(180)], rows


def judged_of(images: list[Shown], rows: Floats) -> Judged:
    judged = judge(images, rows)
    assert judged is not None
    return judged


def test_an_image_in_the_wrong_category_is_found_with_the_right_one(
    catalog: tuple[list[Shown], Floats], shown: Make
) -> None:
    images, rows = catalog
    images[70] = shown(70, category=NAMES[0])
    (found,) = wrong_labels(judged_of(images, rows))
    assert found.images == (images[70],)
    assert found.suggestion == NAMES[1]
    assert {image.category for image in found.beside} == {NAMES[1]}
    assert len(found.beside) == 3


def test_a_consistent_catalog_has_no_wrong_label(catalog: tuple[list[Shown], Floats]) -> None:
    assert not list(wrong_labels(judged_of(*catalog)))


def test_small_categories_and_images_without_one_are_not_judged(
    catalog: tuple[list[Shown], Floats], shown: Make
) -> None:
    images, rows = catalog
    images[0] = shown(0)
    images[1] = shown(1, category="Rare")
    judged = judged_of(images, rows)
    assert len(judged.images) == 178
    assert judged.names == list(NAMES)


def test_one_category_tells_nothing(catalog: tuple[list[Shown], Floats], shown: Make) -> None:
    assert judge([shown(number, category="Same") for number in range(180)], catalog[1]) is None


def test_what_looks_like_no_category_is_an_outlier(catalog: tuple[list[Shown], Floats]) -> None:
    judged = judged_of(*catalog)
    judged.like.nearest[90] = 0.01
    (found,) = outliers(judged)
    assert found.images == (catalog[0][90],)
    assert found.score == pytest.approx(0.01)


def test_among_few_images_there_are_no_outliers(catalog: tuple[list[Shown], Floats]) -> None:
    images, rows = catalog
    some = np.arange(0, 180, 4)
    judged = judged_of([images[at] for at in some.tolist()], rows[some])
    judged.like.nearest[:] = 0
    assert not list(outliers(judged))
