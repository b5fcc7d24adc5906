"""The self-grade: whose nearest other image is of the same product."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from indexer.grading.nearest import grade
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url, writing
from search.catalog.tables import images, products
from search.vectors.faiss_index import FaissIndex

EMPTY: dict[str, Any] = {
    **dict.fromkeys(("title", "description", "category", "brand", "currency", "url"), ""),
    "attributes": {},
    "revision": 1,
    "deleted": False,
}


@contextmanager
def a_catalog(pictures: list[tuple[str, str]]) -> Iterator[Catalog]:
    """(product_id, content) of the images 1, 2, …"""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.create(sqlite_url(Path(folder, "catalog.sqlite")))
        rows = [
            {
                **{"image_id": number, "product_id": product, "source": f"{number}.jpg"},
                **{"sha256": content, "position": number, "width": 9, "height": 9},
                **{"status": "ok", "reason": "", "revision": 1},
            }
            for number, (product, content) in enumerate(pictures, 1)
        ]
        with writing(catalog.engine) as connection:
            names = sorted({product for product, _ in pictures})
            connection.execute(insert(products), [{"product_id": one, **EMPTY} for one in names])
            connection.execute(insert(images), rows)
        yield catalog
        catalog.close()


def an_index(vectors: Floats) -> FaissIndex:
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return FaissIndex.build([(np.arange(1, len(units) + 1), units.astype(np.float32))])


def graded(pictures: list[tuple[str, str]], vectors: Floats) -> float | None:
    with a_catalog(pictures) as catalog:
        return grade(catalog, an_index(vectors))


def brute_force(pictures: list[tuple[str, str]], vectors: Floats) -> float | None:
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    right = []
    for number, (product, content) in enumerate(pictures):
        if len({other for owner, other in pictures if owner == product}) < 2:
            continue
        order = np.argsort(-(units @ units[number]))
        others = [pictures[one][0] for one in order if pictures[one] != (product, content)]
        right.append(others[0] == product)
    return round(sum(right) / len(right), 4) if right else None


@settings(max_examples=25, deadline=None)
@given(
    pictures=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=9
    ),
    seed=st.integers(0, 1_000),
)
def test_is_what_comparing_every_image_with_every_other_gives(
    pictures: list[tuple[str, str]], seed: int
) -> None:
    contents = sorted(set(pictures))
    random = np.random.default_rng(seed).standard_normal((len(contents), 8)).astype(np.float32)
    vectors = np.stack([random[contents.index(one)] for one in pictures])
    assert graded(pictures, vectors) == brute_force(pictures, vectors)


def test_is_one_where_products_lie_apart_and_none_where_each_has_one_picture() -> None:
    near = np.array([[1, 0.1], [1, 0], [0.1, 1], [0, 1]], np.float32)
    assert graded([("a", "1"), ("a", "2"), ("b", "3"), ("b", "4")], near) == 1.0
    assert graded([("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")], near) == 0.0
    assert graded([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")], near) is None
    assert graded([("a", "1"), ("a", "1"), ("b", "3"), ("b", "3")], near) is None, "copies only"


def test_of_many_images_asks_the_same_thousand_every_time() -> None:
    pictures = [(f"p{number // 2}", str(number)) for number in range(4_000)]
    random = np.random.default_rng(1)
    shared = np.repeat(random.standard_normal((2_000, 16)), 2, axis=0)
    vectors = (shared + 0.5 * random.standard_normal((4_000, 16))).astype(np.float32)
    with a_catalog(pictures) as catalog:
        index = an_index(vectors)
        found = grade(catalog, index)
        assert found == grade(catalog, index)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = units @ units.T
    np.fill_diagonal(scores, -1)
    truth = (scores.argmax(axis=1) // 2 == np.arange(4_000) // 2).mean()
    assert found is not None
    assert found == round(found, 3), "in thousandths"
    assert abs(found - truth) < 0.05
    assert 0.1 < truth < 0.9
