"""What every vector index must do, held against a plain NumPy search."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.arrays import Floats, Ids, unit_rows
from search.errors import IndexDamaged
from search.vectors import VectorIndex
from search.vectors.faiss_index import FaissIndex

EVERY: list[type[VectorIndex]] = [FaissIndex]
DIM = 12
BIG = 2**40

pytestmark = pytest.mark.parametrize("engine", EVERY)


def unit_vectors(count: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return unit_rows(random.normal(size=(count, DIM)).astype(np.float32))


def spread_ids(count: int, seed: int = 0) -> Ids:
    """Distinct, in no order, and beyond what float32 or int32 can hold."""
    ids = BIG + 3 * np.arange(count, dtype=np.int64)
    return np.random.default_rng(seed).permutation(ids)


def built(engine: type[VectorIndex], ids: Ids, vectors: Floats, chunk: int = 7) -> VectorIndex:
    cuts = range(chunk, len(ids), chunk)
    return engine.build(zip(np.split(ids, cuts), np.split(vectors, cuts), strict=True))


def check(index: VectorIndex, ids: Ids, vectors: Floats, queries: Floats, k: int) -> None:
    """The k best by NumPy, whatever the order among equals."""
    found = index.search(queries, k)
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
def test_the_nearest_are_those_of_a_plain_search(
    engine: type[VectorIndex], k: int, chunk: int
) -> None:
    ids, vectors = spread_ids(60), unit_vectors(60)
    index = built(engine, ids, vectors, chunk)
    assert len(index) == 60
    check(index, ids, vectors, unit_vectors(9, seed=1), k)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    signs=st.lists(st.lists(st.sampled_from([-1, 1]), min_size=DIM, max_size=DIM), min_size=1),
    k=st.integers(1, 12),
)
def test_ties_may_come_in_any_order_but_none_is_lost(
    engine: type[VectorIndex], signs: Sequence[Sequence[int]], k: int
) -> None:
    vectors = unit_rows(np.array(signs, np.float32))
    ids = spread_ids(len(vectors))
    check(built(engine, ids, vectors), ids, vectors, vectors[:3], k)


def test_an_indexed_vector_finds_itself_first(engine: type[VectorIndex]) -> None:
    ids, vectors = spread_ids(200), unit_vectors(200)
    found = built(engine, ids, vectors).search(vectors, 1)
    assert np.array_equal(found.ids[:, 0], ids)
    np.testing.assert_allclose(found.scores, 1, atol=1e-5)


def test_more_than_there_are_gives_all_of_them(engine: type[VectorIndex]) -> None:
    ids, vectors = spread_ids(5), unit_vectors(5)
    found = built(engine, ids, vectors).search(vectors[:2], 1000)
    assert found.ids.shape == (2, 5)
    assert set(found.ids[0].tolist()) == set(ids.tolist())


def test_no_queries_give_no_neighbours(engine: type[VectorIndex]) -> None:
    index = built(engine, spread_ids(5), unit_vectors(5))
    assert index.search(unit_vectors(0), 3).ids.shape == (0, 3)


def test_queries_need_not_be_contiguous(engine: type[VectorIndex]) -> None:
    ids, vectors = spread_ids(20), unit_vectors(20)
    check(built(engine, ids, vectors), ids, vectors, vectors[::3], 4)
    check(built(engine, ids, vectors), ids, vectors, np.asfortranarray(vectors), 4)


def test_vectors_come_in_the_order_asked_for_and_missing_ones_are_left_out(
    engine: type[VectorIndex],
) -> None:
    ids, vectors = spread_ids(30), unit_vectors(30)
    index = built(engine, ids, vectors)
    wanted = np.array([ids[4], 1, ids[2], BIG + 1, ids[29]], np.int64)
    np.testing.assert_allclose(index.vectors(wanted), vectors[[4, 2, 29]], atol=1e-6)
    for none in (np.array([1, 2], np.int64), np.array([], np.int64)):
        empty = index.vectors(none)
        assert (empty.shape, empty.dtype) == ((0, DIM), np.dtype(np.float32))


def test_a_saved_index_answers_the_same_after_loading(
    engine: type[VectorIndex], tmp_path: Path
) -> None:
    ids, vectors = spread_ids(60), unit_vectors(60)
    index = built(engine, ids, vectors)
    index.save(tmp_path / "index")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    back = engine.load(tmp_path / "index")
    assert len(back) == 60
    queries = unit_vectors(9, seed=1)
    assert np.array_equal(back.search(queries, 5).ids, index.search(queries, 5).ids)
    assert np.array_equal(back.search(queries, 5).scores, index.search(queries, 5).scores)
    assert np.array_equal(back.vectors(ids), index.vectors(ids))
    check(back, ids, vectors, queries, 5)


@pytest.mark.parametrize("kept", [0, 1, 20, 100, 0.5, -1])
def test_a_file_cut_short_is_damaged(
    engine: type[VectorIndex], tmp_path: Path, kept: float
) -> None:
    path = tmp_path / "index"
    built(engine, spread_ids(60), unit_vectors(60)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)


@pytest.mark.parametrize("data", [b"", b"no index", bytes(5000), b"\xff" * 5000])
def test_another_file_or_none_is_damaged(
    engine: type[VectorIndex], tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "index"
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)


@pytest.mark.parametrize("count", [1, 60, 3000], ids=["buffered", "small", "large"])
def test_a_full_disk_is_an_ordinary_error(
    engine: type[VectorIndex], tmp_path: Path, count: int
) -> None:
    path = tmp_path / "index"
    path.symlink_to("/dev/full")
    index = built(engine, spread_ids(count), unit_vectors(count), chunk=1000)
    with pytest.raises(OSError, match="No space left"):
        index.save(path)


def test_a_faiss_index_of_another_kind_is_damaged(
    engine: type[VectorIndex], tmp_path: Path
) -> None:
    import faiss

    path = tmp_path / "index"
    faiss.write_index(faiss.IndexFlatIP(DIM), str(path))  # no ids
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)
