"""A GPU gives what the CPU gives."""

import numpy as np
import pytest

from search.arrays import unit_rows
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_exact import ExactSearch
from search.vectors.faiss_gpu import GpuCopy, fits, has_gpu
from search.vectors.part import Part

needs_gpu = pytest.mark.skipif(not has_gpu(), reason="needs a GPU and FAISS built for it")


def test_without_a_gpu_nothing_fits_on_one() -> None:
    assert has_gpu() or not fits(1, 1)


@needs_gpu
@pytest.mark.parametrize("queries", [1, 200])
def test_the_nearest_are_those_of_the_cpu(queries: int) -> None:
    import faiss

    random = np.random.default_rng(0)
    vectors = unit_rows(random.standard_normal((20_000, 256), np.float32))
    asked = unit_rows(random.standard_normal((queries, 256), np.float32))
    index = faiss.IndexFlatIP(256)
    index.add(vectors)
    part = Part(np.arange(len(vectors)), len(vectors), faiss.IDSelectorAll())
    expected, places = ExactSearch(index).nearest(asked, 10, part)
    scores, found = GpuCopy(index).nearest(asked, 10)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert (found == places).mean() >= 0.99


@needs_gpu
def test_lists_that_were_learned_there_are_searched() -> None:
    vectors = unit_rows(np.random.default_rng(0).standard_normal((20_000, 64), np.float32))
    builder = ApproximateBuilder("IVF64,RaBitQ2", vectors)
    builder.add(np.arange(len(vectors)), vectors)
    builder.tune(32, 8)
    assert (builder.index().search(vectors[:100], 1).ids[:, 0] == np.arange(100)).mean() >= 0.95
