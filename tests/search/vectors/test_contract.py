"""What every vector index must do, held against a plain NumPy search."""

import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.arrays import Floats, Ids, unit_rows
from search.vectors import Neighbours, VectorIndex
from search.vectors.ids import IdSet

DIM = 12
BIG = 2**40

Build = Callable[[Iterable[tuple[Ids, Floats]]], VectorIndex]


def unit_vectors(count: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return unit_rows(random.normal(size=(count, DIM)).astype(np.float32))


def spread_ids(count: int, seed: int = 0) -> Ids:
    """Distinct, in no order, and beyond what float32 or int32 can hold."""
    ids = BIG + 3 * np.arange(count, dtype=np.int64)
    return np.random.default_rng(seed).permutation(ids)


def built(engine: Build, ids: Ids, vectors: Floats, chunk: int = 7) -> VectorIndex:
    cuts = range(chunk, len(ids), chunk)
    return engine(zip(np.split(ids, cuts), np.split(vectors, cuts), strict=True))


def check(
    index: VectorIndex,
    ids: Ids,
    vectors: Floats,
    queries: Floats,
    k: int,
    allowed: IdSet | None = None,
) -> None:
    """The k best by NumPy, whatever the order among equals."""
    found = index.search(queries, k, allowed)
    if allowed is not None:
        kept = np.isin(ids, allowed.ids)
        ids, vectors = ids[kept], vectors[kept]
    wanted = min(k, len(ids))
    assert found.ids.shape == found.scores.shape == (len(queries), wanted)
    assert (found.ids.dtype, found.scores.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
    cosines = queries @ vectors.T
    by_id = [dict(zip(ids.tolist(), row.tolist(), strict=True)) for row in cosines]
    for scores, names, truth in zip(found.scores, found.ids.tolist(), by_id, strict=True):
        assert len(set(names)) == wanted
        np.testing.assert_allclose(scores, [truth[name] for name in names], atol=1e-5)
        best = sorted(truth.values(), reverse=True)[:wanted]
        np.testing.assert_allclose(scores, best, atol=1e-5)


@pytest.mark.parametrize("k", [1, 5, 60])
@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_the_nearest_are_those_of_a_plain_search(engine: Build, k: int, chunk: int) -> None:
    ids, vectors = spread_ids(60), unit_vectors(60)
    index = built(engine, ids, vectors, chunk)
    assert len(index) == 60
    check(index, ids, vectors, unit_vectors(9, seed=1), k)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(k=st.integers(1, 130), seed=st.integers(0, 2**32 - 1))
def test_ties_may_come_in_any_order_but_none_is_lost(engine: Build, k: int, seed: int) -> None:
    """Each of eight vectors is there fifteen times, about."""
    signs = np.random.default_rng(0).choice([-1, 1], (120, 3))
    vectors = unit_rows(np.repeat(signs, DIM // 3, axis=1).astype(np.float32))
    ids = spread_ids(len(vectors))
    queries = np.random.default_rng(seed).choice(vectors, 3)
    check(built(engine, ids, vectors, chunk=50), ids, vectors, queries, k)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.99, 1.0]),
    unknown=st.integers(0, 3),
    queries=st.integers(0, 12),
    k=st.integers(1, 130),
    seed=st.integers(0, 2**32 - 1),
)
def test_only_the_allowed_are_searched_and_none_of_them_is_missed(
    engine: Build, share: float, unknown: int, queries: int, k: int, seed: int
) -> None:
    ids, vectors = spread_ids(120), unit_vectors(120)
    random = np.random.default_rng(seed)
    some = random.choice(ids, int(share * len(ids)), replace=False)
    allowed = IdSet(np.concatenate([some, random.integers(0, BIG, unknown)]))
    index = built(engine, ids, vectors, chunk=50)
    for _ in range(2):  # what was kept for the set gives the same
        check(index, ids, vectors, unit_vectors(queries, seed=1), k, allowed)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01, 0.001])
def test_a_score_does_not_depend_on_what_it_is_compared_with(engine: Build, share: float) -> None:
    ids, vectors = spread_ids(5_000), unit_vectors(5_000)
    index = built(engine, ids, vectors, chunk=3000)
    queries = unit_vectors(20, seed=1)
    allowed = IdSet(ids[: int(share * len(ids))])
    together = index.search(queries, 10, allowed)
    check(index, ids, vectors, queries, 10, allowed)
    for at, query in enumerate(queries):
        alone = index.search(query[None], 10, allowed)
        check(index, ids, vectors, query[None], 10, allowed)
        np.testing.assert_allclose(alone.scores[0], together.scores[at], rtol=0, atol=1e-6)


def test_many_threads_get_the_answers_that_one_gets(engine: Build) -> None:
    ids, vectors = spread_ids(3000), unit_vectors(3000)
    index = built(engine, ids, vectors, chunk=1000)
    queries = unit_vectors(200, seed=1)
    sets = [None, *(IdSet(ids[:count]) for count in (1, 30, 300, 1500, 3000))]

    def ask(turn: int) -> Neighbours:
        return index.search(queries[turn, None], 10, sets[turn % len(sets)])

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(len(queries))))
    for turn, one in enumerate(found):
        assert np.array_equal(one.ids, ask(turn).ids)
        assert np.array_equal(one.scores, ask(turn).scores)


def test_nothing_is_kept_of_a_set_that_is_gone(engine: Build) -> None:
    ids, vectors = spread_ids(30), unit_vectors(30)
    index = built(engine, ids, vectors)
    allowed = IdSet(ids[:20])
    index.search(vectors[:1], 5, allowed)
    gone = weakref.ref(allowed)
    del allowed
    assert gone() is None
    check(index, ids, vectors, vectors[:1], 5, IdSet(ids[20:]))


def test_it_names_the_ids_that_it_holds(engine: Build) -> None:
    ids = spread_ids(30)
    assert set(built(engine, ids, unit_vectors(30)).ids.tolist()) == set(ids.tolist())


def test_an_index_of_nothing_finds_nothing(engine: Build) -> None:
    index = engine([(spread_ids(0), unit_vectors(0))])
    assert len(index) == 0
    for allowed in (None, IdSet(spread_ids(3))):
        assert index.search(unit_vectors(2), 5, allowed).ids.shape == (2, 0)
    assert index.vectors(spread_ids(3)).shape == (0, DIM)


def test_an_indexed_vector_finds_itself_first(engine: Build) -> None:
    ids, vectors = spread_ids(200), unit_vectors(200)
    found = built(engine, ids, vectors).search(vectors, 1)
    assert np.array_equal(found.ids[:, 0], ids)
    np.testing.assert_allclose(found.scores, 1, atol=1e-5)


def test_more_than_there_are_gives_all_of_them(engine: Build) -> None:
    ids, vectors = spread_ids(5), unit_vectors(5)
    found = built(engine, ids, vectors).search(vectors[:2], 1000)
    assert found.ids.shape == (2, 5)
    assert set(found.ids[0].tolist()) == set(ids.tolist())


def test_no_queries_give_no_neighbours(engine: Build) -> None:
    index = built(engine, spread_ids(5), unit_vectors(5))
    assert index.search(unit_vectors(0), 3).ids.shape == (0, 3)


def test_queries_need_not_be_contiguous(engine: Build) -> None:
    ids, vectors = spread_ids(20), unit_vectors(20)
    check(built(engine, ids, vectors), ids, vectors, vectors[::3], 4)
    check(built(engine, ids, vectors), ids, vectors, np.asfortranarray(vectors), 4)


def test_vectors_come_in_the_order_asked_for_and_missing_ones_are_left_out(
    engine: Build,
) -> None:
    ids, vectors = spread_ids(30), unit_vectors(30)
    index = built(engine, ids, vectors)
    wanted = np.array([ids[4], 1, ids[2], BIG + 1, ids[29]], np.int64)
    np.testing.assert_allclose(index.vectors(wanted), vectors[[4, 2, 29]], atol=1e-6)
    for none in (np.array([1, 2], np.int64), np.array([], np.int64)):
        empty = index.vectors(none)
        assert (empty.shape, empty.dtype) == ((0, DIM), np.dtype(np.float32))
