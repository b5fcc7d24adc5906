"""Which index is built: within memory, sure enough, soon enough, and then the quickest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from indexer.indexing.choosing import choose, patience
from indexer.indexing.records import Effort, Limits, Trial

LIMITS = Limits(target_recall=0.98, max_memory=1000)


def a_trial(codes: str, ms: float = 1, recall: float = 0.99, memory: int = 500) -> Trial:
    best = Effort(16, 2, recall, ms)
    return Trial(codes, 100, 10, 900.0, 1.0, (best,), best, ms, 60.0, memory)


some_trials = st.lists(
    st.builds(
        a_trial,
        st.integers().map(str),
        st.floats(0.1, 10),
        st.floats(0.5, 1),
        st.integers(1, 3000),
    ),
    min_size=1,
    unique_by=lambda one: one.codes,
)


@given(trials=some_trials, seconds=st.sampled_from([inf, 59.0]))
def test_each_trial_is_kept_and_each_that_is_not_taken_says_why(
    trials: list[Trial], seconds: float
) -> None:
    chosen = choose(trials, LIMITS, seconds)
    assert sorted(one.codes for one in chosen) == sorted(one.codes for one in trials)
    assert not chosen[0].verdict
    assert all(one.verdict for one in chosen[1:])


@given(trials=some_trials)
def test_what_keeps_to_the_limits_is_preferred_and_then_what_is_quickest(
    trials: list[Trial],
) -> None:
    good = [one for one in trials if one.best.recall >= 0.98 and one.expected_memory <= 1000]
    best = choose(trials, LIMITS, inf)[0]
    if good:
        assert best.expected_ms <= 1.1 * min(one.expected_ms for one in good)
        assert best.best.recall >= 0.98
    least = min(one.expected_memory for one in trials)
    assert best.expected_memory <= max(1000, least)


def test_of_two_that_are_as_quick_the_smaller_one_is_taken() -> None:
    large, small = a_trial("large", ms=1.0), replace(a_trial("small", 1.05), bytes_per_image=600)
    assert choose([large, small], LIMITS, inf)[0].codes == "small"


def test_where_versions_follow_each_other_soon_what_is_built_soon_is_taken() -> None:
    slow, soon = a_trial("graph"), replace(a_trial("lists", ms=3), expected_seconds=5.0)
    assert choose([slow, soon], LIMITS, 30.0)[0].codes == "lists"
    assert choose([slow, soon], LIMITS, inf)[0].codes == "graph"
    assert "60 s to build" in choose([slow, soon], LIMITS, 30.0)[1].verdict


def test_patience_is_a_tenth_of_the_usual_time_between_versions() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    hours = [0, 1, 2, 30]
    published = [now - timedelta(hours=one) for one in hours]
    assert patience(published) == 360
    assert patience(published[:2]) == patience([]) == inf
