"""A graph that was renumbered is the same graph."""

import faiss
import numpy as np
import pytest

from search.arrays import unit_rows
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_order import _walk


@pytest.mark.parametrize("count", [1, 2, 50, 6000])
def test_the_same_is_found_as_before_with_the_same_scores(count: int) -> None:
    random = np.random.default_rng(0)
    vectors = unit_rows(random.standard_normal((count, 40), np.float32))
    ids = random.permutation(count).astype(np.int64) * 5
    builder = ApproximateBuilder("HNSW8,SQ8", np.tile(vectors, (3, 1)))
    builder.add(ids, vectors)
    builder.tune(64, 4)
    queries = unit_rows(random.standard_normal((30, 40), np.float32))
    before = builder.index().search(queries, 5)
    after = builder.finished()
    found = after.search(queries, 5)
    assert np.array_equal(found.ids, before.ids)
    np.testing.assert_allclose(found.scores, before.scores, atol=1e-6)
    np.testing.assert_allclose(after.vectors(ids), vectors, atol=1e-3)


def test_a_walk_names_each_node_once_and_begins_where_searches_do() -> None:
    vectors = np.random.default_rng(0).standard_normal((5000, 8), np.float32)
    graph = faiss.IndexHNSWFlat(8, 4)
    graph.add(vectors)
    order = _walk(graph.hnsw, len(vectors))
    assert sorted(order.tolist()) == list(range(5000))
    assert order[0] == graph.hnsw.entry_point
