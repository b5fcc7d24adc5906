"""A version under later changes answers like an index that was built from what is there now."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from search.arrays import Floats, Ids, unit_rows
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet
from search.vectors.live import LiveVectors

DIM = 8


def vectors_of(seed: int, count: int) -> Floats:
    random = np.random.default_rng(seed)
    return unit_rows(random.standard_normal((count, DIM)).astype(np.float32))


def base_of(ids: Ids, seed: int = 0) -> FaissIndex:
    return FaissIndex.build([(ids, vectors_of(seed, len(ids)))])


CHANGES = st.lists(
    st.tuples(
        st.lists(st.integers(1, 40), max_size=6, unique=True),
        st.lists(st.integers(1, 60), max_size=6, unique=True),
        st.integers(1, 2**30),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(changes=CHANGES, allowed=st.none() | st.sets(st.integers(1, 60)), k=st.integers(1, 70))
def test_changes_on_top_answer_like_an_index_built_anew(
    changes: list[tuple[list[int], list[int], int]], allowed: set[int] | None, k: int
) -> None:
    ids = np.arange(1, 31)
    live = LiveVectors.over(base_of(ids), ids[:0])
    now = dict(zip(ids.tolist(), vectors_of(0, 30), strict=True))
    for gone, fresh, seed in changes:
        hidden = [one for one in gone if one not in fresh]
        new = vectors_of(seed, len(fresh))
        live = live.changed(np.array(hidden, np.int64), np.array(fresh, np.int64), new)
        now = {one: row for one, row in now.items() if one not in hidden}
        now |= dict(zip(fresh, new, strict=True))
    assert len(live) == len(now)

    queries = vectors_of(99, 3)
    choice = None if allowed is None else IdSet(np.array(sorted(allowed), np.int64))
    found = live.search(queries, k, choice)
    there = [one for one in now if allowed is None or one in allowed]
    assert found.ids.shape == (3, min(k, len(there)))
    for row, query in enumerate(queries):
        expected: list[Any] = sorted((float(query @ now[one]) for one in there), reverse=True)
        assert np.allclose(found.scores[row], expected[:k], atol=1e-6)
        assert len(set(found.ids[row].tolist())) == found.ids.shape[1]
        for one, score in zip(found.ids[row].tolist(), found.scores[row], strict=True):
            assert abs(float(query @ now[one]) - score) < 1e-6


def test_what_the_catalog_has_no_more_is_not_found() -> None:
    live = LiveVectors.over(base_of(np.arange(1, 11)), np.arange(1, 3))
    assert sorted(live.search(vectors_of(1, 1), 10).ids[0].tolist()) == list(range(3, 11))


def test_the_vectors_of_images_are_those_of_now() -> None:
    live = LiveVectors.over(base_of(np.arange(1, 11)), np.arange(0))
    new = vectors_of(5, 1)
    live = live.changed(np.array([4]), np.array([7]), new)
    found = live.vectors(np.array([4, 5, 7, 99]))
    expected = np.stack([vectors_of(0, 10)[4], new[0]])
    assert np.allclose(np.sort(found, axis=0), np.sort(expected, axis=0))


def test_a_set_that_is_searched_often_is_narrowed_once() -> None:
    live = LiveVectors.over(base_of(np.arange(1, 11)), np.arange(1, 2))
    allowed = IdSet(np.arange(1, 6))
    for _ in range(3):
        assert sorted(live.search(vectors_of(1, 1), 10, allowed).ids[0].tolist()) == [2, 3, 4, 5]
