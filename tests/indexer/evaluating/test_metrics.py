"""Metrics equal what a plain loop counts, and their intervals say how sure they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from indexer.evaluating.metrics import (
    average_precision,
    bootstrap,
    class_scores,
    confusion,
    macro_scores,
    nearest,
    paired_gain,
    recall_at,
)

quick = settings(max_examples=40, deadline=None, derandomize=True)
labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@quick
@given(st.lists(st.integers(1, 20) | st.just(np.inf), min_size=1), st.integers(1, 10))
def test_recall_counts_the_queries_whose_first_right_result_is_early_enough(
    ranks: list[float], k: int
) -> None:
    expected = sum(rank <= k for rank in ranks) / len(ranks)
    assert recall_at(np.array(ranks, np.float64), k).mean() == pytest.approx(expected)


@quick
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 5))
def test_average_precision_is_the_mean_of_the_precisions_at_right_results(
    marks: list[bool], more: int
) -> None:
    ranks = [rank for rank, is_right in enumerate(marks, start=1) if is_right]
    right = len(ranks) + more
    if not right:
        return
    total = sum(sum(marks[:rank]) / rank for rank in ranks)
    assert average_precision(ranks, right, len(marks)) == pytest.approx(
        total / min(right, len(marks))
    )


@quick
@given(labels)
def test_scores_equal_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs, np.int64).T
    scores = class_scores(true, predicted, 5)
    options = {"labels": range(5), "average": None, "zero_division": 0}
    np.testing.assert_allclose(scores.precision, precision_score(true, predicted, **options))
    np.testing.assert_allclose(scores.recall, recall_score(true, predicted, **options))
    np.testing.assert_allclose(scores.f1, f1_score(true, predicted, **options))
    there = np.unique(true)
    macro = macro_scores(true, predicted)
    assert macro.f1.value == pytest.approx(scores.f1[there].mean())
    assert macro.recall.low <= macro.recall.high
    counts = confusion(true, predicted, 5)
    assert counts.sum() == len(true)
    assert np.trace(counts) == (true == predicted).sum()


@quick
@given(st.integers(1, 400), st.integers(1, 300), st.integers(0, 99))
def test_the_nearest_is_that_of_the_whole_matrix(queries: int, gallery: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    asked = random.normal(size=(queries, 8)).astype(np.float32)
    rows = random.normal(size=(gallery, 8)).astype(np.float32)
    found = nearest(asked, rows)
    best = (asked @ rows.T).max(axis=1)
    np.testing.assert_allclose((asked * rows[found]).sum(axis=1), best, rtol=1e-4, atol=1e-5)


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    held = [
        found.low <= 0.7 <= found.high
        for found in (bootstrap((random.random(200) < 0.7).astype(float)) for _ in range(200))
    ]
    assert 0.88 <= np.mean(held) <= 0.99


def test_a_paired_gain_is_surer_than_two_intervals() -> None:
    random = np.random.default_rng(0)
    before = (random.random(300) < 0.6).astype(float)
    after = np.maximum(before, random.random(300) < 0.1)
    gain = paired_gain(before, after)
    assert gain.low > 0
    assert bootstrap(before).high > bootstrap(after).low


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).random(50)
    assert bootstrap(values) == bootstrap(values) != bootstrap(values, seed=1)
