"""What a catalog knows of its pictures, as numbers."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from indexer.tuning import labels, sampling
from indexer.tuning.labels import Labelled, Task
from tests.indexer.tuning.conftest import DIM, Photo

Read = Callable[[Sequence[Photo]], Labelled]
ONES = np.ones(DIM, np.float32)


def photo(product: str, **facts: object) -> Photo:
    return Photo(product, ONES, **facts)  # type: ignore[arg-type]


def named(tasks: Sequence[Task]) -> dict[str, list[int]]:
    return {task.name: task.labels.tolist() for task in tasks}


def test_a_product_counts_with_two_different_images(labelled_of: Read) -> None:
    found = labelled_of([photo("a"), photo("a"), photo("b")])
    assert found.products.tolist() == [0, 0, -1]


def test_the_same_bytes_twice_are_one_image(labelled_of: Read) -> None:
    found = labelled_of([photo("c"), photo("c", content=f"{0:064d}")])
    assert found.products.tolist() == [-1, -1]


def test_the_first_image_of_a_product_is_its_face(labelled_of: Read) -> None:
    found = labelled_of([photo("b"), photo("a"), photo("b"), photo("a"), photo("alone")])
    assert found.faces.tolist() == [True, True, False, False, False]


def test_each_level_of_the_categories_is_a_task(labelled_of: Read) -> None:
    paths = ["F > A > 1", "F > A > 1", "F > A > 2", "F > A > 2", "M > B > 3", "M > B > 3"]
    found = labelled_of([photo(f"p{at}", category=path) for at, path in enumerate(paths)])
    assert named(found.levels) == {
        "category 1": [0, 0, 0, 0, 1, 1],
        "category 3": [0, 0, 1, 1, 2, 2],
    }, "the second level tells apart what the first one does"
    assert found.leaves.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_category_of_one_image_is_no_class(labelled_of: Read) -> None:
    found = labelled_of([photo(f"p{at}", category=path) for at, path in enumerate("AABBC")])
    assert found.leaves.tolist() == [0, 0, 1, 1, -1]


def test_columns_of_words_and_truth_values_are_tasks(labelled_of: Read) -> None:
    found = labelled_of(
        [
            photo(
                f"p{at}",
                brand="x" if at % 2 else "y",
                attributes=(("new", at < 4), ("weight", at / 2), ("size", "" if at else "L")),
            )
            for at in range(8)
        ]
    )
    assert set(named(found.attributes)) == {"brand", "attribute new"}
    assert all(task.weight < 1 for task in found.attributes)


def test_a_column_of_too_many_values_is_left_out(
    labelled_of: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "_MOST_VALUES", 2)
    found = labelled_of([photo(f"p{at}", brand=f"b{at // 2}") for at in range(6)])
    assert not found.attributes


def test_of_many_images_whole_products_are_drawn_and_always_the_same(
    labelled_of: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST_IMAGES", 60)
    photos = [photo(f"p{at // 3}") for at in range(300)]
    first, second = labelled_of(photos), labelled_of(photos)
    assert 20 < len(first.features) < 100
    assert np.bincount(first.products).tolist() == [3] * (len(first.features) // 3)
    assert np.array_equal(first.products, second.products)


def test_an_empty_catalog_has_nothing(labelled_of: Read) -> None:
    found = labelled_of([])
    assert (len(found.features), len(found.classes), found.levels) == (0, 0, ())
