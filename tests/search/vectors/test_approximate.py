"""What is approximated: close to a plain search, however much a filter leaves; and its file."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from search.arrays import Floats, Ids, unit_rows
from search.errors import IndexDamaged
from search.vectors.faiss_approximate import ApproximateSearch
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet

CODES = ["HNSW16,SQ8", "IVF64,RaBitQ2", "IVF64,RaBitQ"]
COUNT, DIM = 8_000, 64

pytestmark = pytest.mark.parametrize("codes", CODES)


def clustered(count: int, seed: int) -> Floats:
    """Mixtures of a few directions, as products are."""
    directions = np.random.default_rng(0).standard_normal((200, DIM), np.float32)
    random = np.random.default_rng([1, seed])
    picks = random.integers(len(directions), size=(2, count))
    noise = random.standard_normal((count, DIM), np.float32)
    return unit_rows(directions[picks[0]] + directions[picks[1]] + 0.5 * noise)


def ids_of(count: int) -> Ids:
    return np.random.default_rng(2).permutation(count).astype(np.int64) * 3 + 2**40


@cache
def built(codes: str, effort: int | None = None, depth: int = 8) -> FaissIndex:
    vectors, ids = clustered(COUNT, 0), ids_of(COUNT)
    builder = ApproximateBuilder(codes, vectors[:4000])
    for start in range(0, COUNT, 3000):
        builder.add(ids[start : start + 3000], vectors[start : start + 3000])
    builder.tune(effort or (160 if "HNSW" in codes else 16), depth)
    return builder.finished()


def recall(index: FaissIndex, queries: Floats, k: int, allowed: IdSet | None = None) -> float:
    """The share of the nearest by NumPy that a search, query by query, finds."""
    vectors, ids = clustered(COUNT, 0), ids_of(COUNT)
    if allowed is not None:
        kept = np.isin(ids, allowed.ids)
        vectors, ids = vectors[kept], ids[kept]
    best = np.argsort(-(queries @ vectors.T), axis=1)[:, :k]
    found = [index.search(query[None], k, allowed).ids[0] for query in queries]
    return float(
        np.mean([np.isin(ids[at], one).mean() for at, one in zip(best, found, strict=True)])
    )


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.2, 0.1, 0.01, 0.001])
def test_a_filter_does_not_cost_recall(codes: str, share: float) -> None:
    index, queries = built(codes), clustered(60, seed=9)
    some = np.random.default_rng(3).choice(ids_of(COUNT), int(share * COUNT), replace=False)
    allowed = IdSet(some)
    assert recall(index, queries, 5, allowed) >= recall(index, queries, 5) - 0.01


@pytest.mark.parametrize("k", [1, 100, 1000, COUNT + 5])
def test_any_number_of_results_is_found(codes: str, k: int) -> None:
    index, queries = built(codes, effort=10), clustered(10, seed=8)
    found = index.search(queries, k)
    assert found.ids.shape == found.scores.shape == (10, min(k, COUNT))
    assert (np.diff(found.scores, axis=1) <= 0).all()
    assert all(len(set(row)) == len(row) for row in found.ids.tolist())
    assert np.isin(found.ids, ids_of(COUNT)).all()


def test_what_is_indexed_finds_itself_with_a_score_of_1(codes: str) -> None:
    ids, vectors = ids_of(COUNT)[:200], clustered(COUNT, 0)[:200]
    found = built(codes).search(vectors, 1)
    assert (found.ids[:, 0] == ids).mean() >= 0.99
    assert np.median(found.scores) >= 0.999


def test_scores_are_cosines(codes: str) -> None:
    index, queries = built(codes), clustered(20, seed=5)
    found = index.search(queries, 10)
    vectors = dict(zip(ids_of(COUNT).tolist(), clustered(COUNT, 0), strict=True))
    for query, ids, scores in zip(queries, found.ids.tolist(), found.scores, strict=True):
        np.testing.assert_allclose(scores, [query @ vectors[one] for one in ids], atol=1e-3)


def test_more_effort_finds_more(codes: str) -> None:
    queries = clustered(60, seed=7)
    little, much = (recall(built(codes, effort, depth=1), queries, 10) for effort in (1, 60))
    assert little < much


def test_what_is_added_after_tuning_is_found(codes: str) -> None:
    vectors, ids = clustered(3000, 0), ids_of(COUNT)[:3000]
    builder = ApproximateBuilder(codes, vectors)
    builder.add(ids[:2900], vectors[:2900])
    builder.tune(120 if "HNSW" in codes else 20, depth=4)
    builder.add(ids[2900:], vectors[2900:])
    found = builder.index().search(vectors[2900:], 1)
    assert (found.ids[:, 0] == ids[2900:]).mean() >= 0.98


def test_its_file_is_searched_with_the_tuned_effort(codes: str, tmp_path: Path) -> None:
    index, queries = built(codes), clustered(20, seed=4)
    index.save(tmp_path / "index")
    back = FaissIndex.load(tmp_path / "index")
    for allowed in (None, IdSet(ids_of(COUNT)[:6000]), IdSet(ids_of(COUNT)[:50])):
        before, after = (one.search(queries, 10, allowed) for one in (index, back))
        assert np.array_equal(before.ids, after.ids)
        assert np.array_equal(before.scores, after.scores)
    wanted = ids_of(COUNT)[[5, 3, 5000]]
    np.testing.assert_allclose(back.vectors(wanted), clustered(COUNT, 0)[[5, 3, 5000]], atol=1e-3)
    assert back.vectors(np.array([1], np.int64)).shape == (0, DIM)


@pytest.mark.parametrize("kept", [100, 0.3, 0.9, -17])
def test_a_file_cut_short_is_damaged(codes: str, tmp_path: Path, kept: float) -> None:
    path = tmp_path / "index"
    built(codes).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with pytest.raises(IndexDamaged, match=str(path)):
        FaissIndex.load(path)


def test_an_index_of_unknown_codes_is_not_searched(codes: str) -> None:
    import faiss

    other = faiss.IndexRefineFlat(faiss.IndexLSH(DIM, 8))
    with pytest.raises(AttributeError):
        ApproximateSearch(other)
    assert codes
