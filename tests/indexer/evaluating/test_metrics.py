"""The metrics agree with their definitions, written out naively."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indexer.evaluating import metrics
from indexer.evaluating.metrics import (
    Interval,
    Scores,
    average_precision,
    bootstrap,
    class_scores,
    confusion,
    macro_scores,
    nearest,
    paired_gain,
    recall_at,
)
from search.arrays import Ids

CLASSES = 5
INF = float("inf")

often = settings(max_examples=60, deadline=None, derandomize=True)
seldom = settings(max_examples=15, deadline=None, derandomize=True)

Pairs = list[tuple[int, int]]
pairs = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(-1, CLASSES - 1)), min_size=1, max_size=30
)
"""(true, predicted) labels; -1 is none of the classes."""

shares = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def labels(found: Pairs) -> tuple[Ids, Ids]:
    true, predicted = zip(*found, strict=True)
    return np.array(true, np.int64), np.array(predicted, np.int64)


def naive_scores(found: Pairs, one: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of one class; 0 where there is nothing to divide by."""
    right = sum(pair == (one, one) for pair in found)
    named = sum(predicted == one for _, predicted in found)
    there = sum(true == one for true, _ in found)
    precision = right / named if named else 0.0
    recall = right / there if there else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def rows(scores: Scores) -> list[tuple[float, float, float]]:
    columns = (scores.precision.tolist(), scores.recall.tolist(), scores.f1.tolist())
    return list(zip(*columns, strict=True))


class TestRecall:
    @often
    @given(st.lists(st.one_of(st.integers(1, 20), st.just(INF)), max_size=20), st.integers(1, 12))
    def test_is_the_share_of_queries_found_among_the_first_k(
        self, ranks: list[float], k: int
    ) -> None:
        found = recall_at(np.array(ranks, np.float64), k)
        assert found.tolist() == [1.0 if rank <= k else 0.0 for rank in ranks]

    @often
    @given(st.lists(st.integers(1, 20), min_size=1, max_size=20), st.integers(1, 12))
    def test_never_falls_with_k(self, ranks: list[int], k: int) -> None:
        values = np.array(ranks, np.float64)
        assert (recall_at(values, k) <= recall_at(values, k + 1)).all()


class TestAveragePrecision:
    @often
    @given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 40))
    def test_is_the_mean_of_the_precisions_at_right_results(
        self, marks: list[bool], missed: int
    ) -> None:
        ranks = [rank for rank, is_right in enumerate(marks, start=1) if is_right]
        right = len(ranks) + missed
        assume(right > 0)
        precisions = [sum(marks[:rank]) / rank for rank in ranks]
        wanted = sum(precisions) / min(right, len(marks))
        assert average_precision(ranks, right, len(marks)) == pytest.approx(wanted)

    @often
    @given(st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
    def test_of_an_answer_as_good_as_can_be_is_one(self, right: int, more: int, depth: int) -> None:
        best = list(range(1, min(right, depth) + 1))
        assert average_precision(best, right, depth) == pytest.approx(1.0)
        assert average_precision([one + more + 1 for one in best], right, depth) < 1

    def test_of_nothing_found_is_zero(self) -> None:
        assert average_precision([], 3, 100) == 0.0

    def test_of_one_right_product_is_the_reciprocal_rank(self) -> None:
        assert average_precision([4], 1, 100) == 0.25


class TestBootstrap:
    @seldom
    @given(shares)
    def test_is_of_the_mean_and_stays_within_the_values(self, values: list[float]) -> None:
        found = bootstrap(np.array(values))
        assert found.value == pytest.approx(np.mean(values))
        tiny = 1e-12
        assert min(values) - tiny <= found.low <= found.high <= max(values) + tiny

    def test_agrees_with_resampling_one_by_one(self) -> None:
        values = np.random.default_rng(5).uniform(size=60)
        random = np.random.default_rng(7)
        means = [values[random.integers(0, 60, 60)].mean() for _ in range(4_000)]
        found = bootstrap(values)
        wanted = np.percentile(means, [2.5, 97.5])
        assert (found.low, found.high) == pytest.approx(tuple(wanted), abs=0.01)

    def test_says_the_same_again_and_something_else_with_another_seed(self) -> None:
        values = np.random.default_rng(5).uniform(size=60)
        assert bootstrap(values) == bootstrap(values) != bootstrap(values, seed=1)

    def test_of_equal_values_has_no_width(self) -> None:
        assert bootstrap(np.ones(9)) == Interval(1.0, 1.0, 1.0)

    def test_draws_a_thousand_times_however_few_are_drawn_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More queries than may be drawn at once are drawn in parts, down to one sample each."""
        values = np.random.default_rng(5).uniform(size=60)
        whole = bootstrap(values)
        for most in (1, 60 * 7):
            monkeypatch.setattr(metrics, "_MOST_DRAWN", most)
            assert bootstrap(values) == whole

    def test_narrows_with_the_number_of_queries(self) -> None:
        few, many = (bootstrap(np.tile([0.0, 1.0], n)) for n in (5, 500))
        assert many.high - many.low < few.high - few.low


class TestPairedGain:
    @seldom
    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
    def test_is_the_difference_of_the_means(self, outcomes: list[tuple[float, float]]) -> None:
        a, b = np.array(outcomes).T
        found = paired_gain(a, b)
        assert found.value == pytest.approx(b.mean() - a.mean(), abs=1e-9)
        back = paired_gain(b, a)
        wanted = (-found.value, -found.high, -found.low)
        assert (back.value, back.low, back.high) == pytest.approx(wanted, abs=1e-9)

    def test_sees_a_gain_that_two_intervals_hide(self) -> None:
        a = np.tile([0.0, 1.0], 50)
        b = a.copy()
        b[:20:2] = 1.0
        assert bootstrap(a).high > bootstrap(b).low, "the intervals overlap"
        assert paired_gain(a, b).low > 0


class TestConfusion:
    @often
    @given(pairs)
    def test_counts_each_pair_of_known_classes(self, found: Pairs) -> None:
        counts = confusion(*labels(found), CLASSES)
        assert counts.shape == (CLASSES, CLASSES)
        for true in range(CLASSES):
            for predicted in range(CLASSES):
                assert counts[true, predicted] == found.count((true, predicted))

    def test_does_not_count_a_prediction_that_is_none_of_the_classes(self) -> None:
        assert confusion(np.array([0, 1, 1]), np.array([-1, 2, 1]), 2).tolist() == [[0, 0], [0, 1]]

    def test_of_nothing_is_nothing(self) -> None:
        none = np.empty(0, np.int64)
        assert not confusion(none, none, 3).any()


class TestClassScores:
    @often
    @given(pairs)
    def test_are_those_of_the_definition(self, found: Pairs) -> None:
        scores = rows(class_scores(*labels(found), CLASSES))
        assert len(scores) == CLASSES
        for one, row in enumerate(scores):
            assert row == pytest.approx(naive_scores(found, one))

    def test_of_nothing_are_zero(self) -> None:
        none = np.empty(0, np.int64)
        assert rows(class_scores(none, none, 2)) == [(0, 0, 0), (0, 0, 0)]


class TestMacroScores:
    @often
    @given(pairs)
    def test_are_means_over_the_classes_that_occur(self, found: Pairs) -> None:
        scores = macro_scores(*labels(found))
        each = [naive_scores(found, one) for one in {true for true, _ in found}]
        wanted = np.mean(each, axis=0).tolist()
        measured = [one.value for one in (scores.precision, scores.recall, scores.f1)]
        assert measured == pytest.approx(wanted)
        for one in (scores.precision, scores.recall, scores.f1):
            assert 0 <= one.low <= one.high <= 1

    @often
    @given(pairs, st.permutations(range(CLASSES)))
    def test_do_not_depend_on_what_the_classes_are_called(
        self, found: Pairs, names: list[int]
    ) -> None:
        renamed = [(10 * names[a] + 3, 10 * names[b] + 3 if b >= 0 else -1) for a, b in found]
        one, other = macro_scores(*labels(found)), macro_scores(*labels(renamed))
        for a, b in ((one.precision, other.precision), (one.recall, other.recall)):
            assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high))

    def test_agree_with_resampling_one_by_one(self) -> None:
        random = np.random.default_rng(3)
        true = random.integers(0, 4, 80)
        predicted = np.where(random.uniform(size=80) < 0.6, true, random.integers(-1, 4, 80))
        f1 = []
        for _ in range(1_500):
            drawn = random.integers(0, 80, 80)
            found = list(zip(true[drawn].tolist(), predicted[drawn].tolist(), strict=True))
            occurring = {one for one, _ in found}
            f1.append(np.mean([naive_scores(found, one)[2] for one in occurring]))
        interval = macro_scores(true, predicted).f1
        wanted = np.percentile(f1, [2.5, 97.5])
        assert (interval.low, interval.high) == pytest.approx(tuple(wanted), abs=0.02)

    def test_count_a_predicted_class_that_does_not_occur_as_a_miss(self) -> None:
        scores = macro_scores(np.array([2, 2, 7, 7]), np.array([2, 5, 7, 9]))
        assert scores.precision.value == 1.0
        assert scores.recall.value == 0.5
        assert scores.f1.value == pytest.approx(2 / 3)


class TestNearest:
    @often
    @given(
        arrays(np.int8, st.tuples(st.integers(0, 9), st.just(3)), elements=st.integers(-3, 3)),
        arrays(np.int8, st.tuples(st.integers(1, 9), st.just(3)), elements=st.integers(-3, 3)),
        st.integers(1, 4),
        st.integers(1, 4),
    )
    def test_is_the_first_of_the_largest_products_in_blocks_of_any_size(
        self, queries: Ids, gallery: Ids, some: int, rest: int
    ) -> None:
        a, b = np.asarray(queries, np.float32), np.asarray(gallery, np.float32)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(metrics, "_QUERIES", some)
            patch.setattr(metrics, "_GALLERY", rest)
            found = nearest(a, b)
        products = [[sum(x * y for x, y in zip(q, g, strict=True)) for g in b] for q in a]
        assert found.tolist() == [row.index(max(row)) for row in products]
        assert found.dtype == np.int64
