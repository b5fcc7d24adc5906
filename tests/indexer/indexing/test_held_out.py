"""The recall of what an index found, by the exact neighbours."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.indexing.held_out import NEAREST, HeldOut
from search.arrays import unit_rows


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 60),
    chunk=st.integers(1, 60),
    right=st.integers(0, NEAREST),
)
def test_recall_is_the_share_of_the_nearest_that_were_found(
    seed: int, count: int, chunk: int, right: int
) -> None:
    random = np.random.default_rng(seed)
    gallery = unit_rows(random.standard_normal((count, 16)).astype(np.float32))
    queries = unit_rows(random.standard_normal((5, 16)).astype(np.float32))
    held = HeldOut(np.arange(5), queries)
    for start in range(0, count, chunk):
        held.see(gallery[start : start + chunk])
    nearest = min(NEAREST, count)
    best = -np.sort(-(queries @ gallery.T), axis=1)[:, :nearest]
    right = min(right, nearest)
    found = best.copy()
    found[:, right:] = -1  # the others are far away
    assert abs(held.recall(found) - right / nearest) < 1e-6


def test_of_equals_any_is_right() -> None:
    same = np.tile(np.eye(4, dtype=np.float32)[:1], (30, 1))
    held = HeldOut(np.arange(1), same[:1])
    held.see(same)
    assert held.recall(np.ones((1, NEAREST), np.float32)) == 1
