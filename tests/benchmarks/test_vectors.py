"""Made-up vectors: what every benchmark relies on."""

import numpy as np
import pytest

from benchmarks import vectors
from benchmarks.vectors import QUERIES, mixed, nearest, numbered, photos


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "CHUNK", 300)


def test_the_same_seed_gives_the_same_unit_vectors_and_a_larger_set_begins_with_them() -> None:
    pictures = photos([])
    few = np.concatenate(list(mixed(pictures, 450)))
    many = np.concatenate(list(mixed(pictures, 700)))
    assert few.shape == (450, 256)
    assert few.dtype == np.float32
    np.testing.assert_array_equal(many[:450], few)
    np.testing.assert_allclose(np.linalg.norm(many, axis=1), 1, atol=1e-5)
    assert len(np.unique(many, axis=0)) == len(many)


def test_queries_are_not_in_the_gallery() -> None:
    pictures = photos([])
    gallery = np.concatenate(list(mixed(pictures, 600)))
    queries = np.concatenate(list(mixed(pictures, 20, QUERIES)))
    assert (queries @ gallery.T).max() < 0.999


def test_neighbours_are_exact_whatever_the_chunks() -> None:
    pictures = photos([])
    queries = np.concatenate(list(mixed(pictures, 20, QUERIES)))
    chunks = list(numbered(mixed(pictures, 700), first=5))
    found = nearest(queries, chunks, 10)
    gallery = np.concatenate([chunk for _, chunk in chunks])
    expected = np.argsort(-(queries @ gallery.T), axis=1)[:, :10] + 5
    np.testing.assert_array_equal(found, expected)
