"""The best products of questions, whatever the chunks in which a catalog comes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.grading.best import DEPTH, Best


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    images=st.integers(1, 700),
    each=st.sampled_from([1, 3, 50]),
    chunk=st.sampled_from([1, 40, 1000]),
    questions=st.integers(0, 4),
)
def test_they_are_those_of_all_scores_together(
    seed: int, images: int, each: int, chunk: int, questions: int
) -> None:
    random = np.random.default_rng(seed)
    scores = random.standard_normal((questions, images), np.float32)
    ids = np.arange(1, images + 1)
    products = random.integers(0, max(1, images // each), images)
    best = Best.none(questions)
    step = chunk if images > 60 or chunk > 1 else 1
    for start in range(0, images, max(step, images // 20)):
        part = slice(start, start + max(step, images // 20))
        best = best.joined(scores[:, part], ids[part], products[part])
    for row, them, whose, found in zip(scores, best.products, best.scores, best.ids, strict=True):
        expected = {one: row[products == one].max() for one in products.tolist()}
        wanted = sorted(expected.values(), reverse=True)[:DEPTH]
        kept = np.isfinite(whose)
        assert len(set(them[kept].tolist())) == kept.sum() == len(wanted)
        np.testing.assert_allclose(np.sort(whose[kept])[::-1], wanted)
        assert [products[one - 1] for one in found[kept]] == them[kept].tolist()
