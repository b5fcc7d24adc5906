"""The means of each value travel in a file, and a file that is no such thing says so."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from search.errors import IndexDamaged
from search.predictions.prototypes import (
    CATEGORY,
    Prototypes,
    Value,
    load_prototypes,
    save_prototypes,
)
from tests.search.predictions.conftest import often, prototypes_of, unit_vectors

columns = st.dictionaries(
    st.sampled_from([CATEGORY, "brand", "colour", "Größe / size", "is it new?"]),
    st.lists(st.text(max_size=9) | st.booleans(), min_size=1, max_size=5, unique_by=repr),
    max_size=4,
)


@often
@given(columns)
def test_what_was_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, made: dict[str, list[Value]]
) -> None:
    path = tmp_path_factory.mktemp("saved") / "prototypes.safetensors"
    saved = {name: prototypes_of(them) for name, them in made.items()}
    save_prototypes(saved, path)
    loaded = load_prototypes(path)
    assert {name: one.names for name, one in loaded.items()} == {
        name: one.names for name, one in saved.items()
    }
    for name, one in loaded.items():
        assert [type(value) for value in one.names] == [type(value) for value in made[name]]
        np.testing.assert_array_equal(one.means, saved[name].means)


def test_a_column_without_a_mean_is_not_saved(tmp_path: Path) -> None:
    save_prototypes({CATEGORY: Prototypes(), "brand": prototypes_of(["a"])}, tmp_path / "file")
    assert list(load_prototypes(tmp_path / "file")) == ["brand"]


def test_a_file_of_an_earlier_release_has_categories_alone(tmp_path: Path) -> None:
    path, means = tmp_path / "old.safetensors", unit_vectors(2)
    save_file({"means": means}, path, metadata={"names": json.dumps(["A", "A > B"])})
    loaded = load_prototypes(path)
    assert list(loaded) == [CATEGORY]
    assert loaded[CATEGORY].names == ("A", "A > B")
    np.testing.assert_array_equal(loaded[CATEGORY].means, means)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"names": "no JSON"},
        {"names": "3"},
        {"names": "null"},
        {"names": '{"brand": ["a", "b"]}'},
        {"names": '{"means": 7}'},
        {"names": '["too", "many", "names"]'},
        {"names": '{"means": ["too few"]}'},
    ],
    ids=repr,
)
def test_names_that_fit_no_means_are_damage(
    tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    path = tmp_path / "file"
    save_file({"means": unit_vectors(2)}, path, metadata=metadata)
    with pytest.raises(IndexDamaged, match="run 'indexer build'"):
        load_prototypes(path)


@pytest.mark.parametrize("data", [b"", b"garbage", b"\xff" * 50, b"\0" * 64], ids=len)
def test_another_file_is_damage(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(IndexDamaged, match="file is unreadable"):
        load_prototypes(tmp_path / "file")


def test_a_file_that_is_cut_off_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "file"
    save_prototypes({CATEGORY: prototypes_of(["A", "B"])}, path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(IndexDamaged):
        load_prototypes(path)


def test_of_several_views_the_best_one_counts_for_each_value() -> None:
    prototypes, views = prototypes_of(["A", "B", "C"]), unit_vectors(4, seed=5)
    assert prototypes.means is not None
    one_by_one = np.stack([prototypes.cosines(view[None]) for view in views])
    np.testing.assert_allclose(prototypes.cosines(views), one_by_one.max(axis=0), atol=1e-6)


def test_nothing_is_like_no_means() -> None:
    assert Prototypes().cosines(unit_vectors(2)).shape == (0,)
    assert Prototypes().rows == {}
    assert prototypes_of(["A", True]).rows == {"A": 0, True: 1}
