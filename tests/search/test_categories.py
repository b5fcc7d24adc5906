"""Which category a vector belongs to, by class means, and what becomes of it on disk."""

from pathlib import Path

import numpy as np
import pytest
from search.categories import NO_CATEGORIES, CategoryClassifier

from search.errors import IndexDamaged

KNOWN = CategoryClassifier(("A", "B > C", "D"), np.eye(3, 4, dtype=np.float32))


def vectors(*rows: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, np.float32)


def test_the_nearest_mean_has_the_largest_share() -> None:
    shares = KNOWN.shares(vectors([0.2, 0.9, 0.1, 0]), ["D", "B > C", "A"])
    assert max(shares, key=lambda path: shares[path]) == "B > C"
    assert sum(shares.values()) == pytest.approx(1)


def test_only_the_paths_that_are_asked_for_and_known_share() -> None:
    assert KNOWN.shares(vectors([0, 1, 0, 0]), ["A", "new", ""]) == {"A": 1.0}
    assert KNOWN.shares(vectors([0, 1, 0, 0]), ["new"]) == {}
    assert NO_CATEGORIES.shares(vectors([0, 1, 0, 0]), ["A"]) == {}


def test_of_several_views_the_best_counts() -> None:
    shares = KNOWN.shares(vectors([1, 0, 0, 0], [0, 0, 0, 1]), ["A", "D"])
    assert shares["A"] > 0.99


@pytest.mark.parametrize("classifier", [KNOWN, NO_CATEGORIES])
def test_what_is_saved_is_loaded(tmp_path: Path, classifier: CategoryClassifier) -> None:
    classifier.save(tmp_path / "c.safetensors")
    found = CategoryClassifier.load(tmp_path / "c.safetensors")
    assert found.names == classifier.names
    assert np.array_equal(found.means, classifier.means)


@pytest.mark.parametrize("content", [b"", b"no such file format", b"\x08\0\0\0\0\0\0\0{}      "])
def test_another_file_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.safetensors").write_bytes(content)
    with pytest.raises(IndexDamaged, match="unreadable"):
        CategoryClassifier.load(tmp_path / "c.safetensors")
