"""No key gets more than its rate, in one process or several, and what it is told comes true."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from api.access.counters import Counters, Now, Standing

SECOND = 10**9

PER_MINUTE = st.sampled_from([1, 2, 7, 60, 1000])
PAUSES = st.lists(
    st.one_of(st.just(0), st.integers(0, 2 * SECOND), st.integers(0, 200 * SECOND)), max_size=200
)


def take(counters: Counters, number: int, per_minute: int, nanoseconds: int) -> Standing:
    now = Now(nanoseconds, date(2026, 1, 1), 100)
    (standing,) = counters.take(number, per_minute, None, now)
    return standing


def asked_at(pauses: list[int]) -> list[int]:
    now, times = 10**12, []
    for pause in pauses:
        now += pause
        times.append(now)
    return times


@given(PER_MINUTE, PAUSES)
def test_in_any_time_span_no_more_than_the_burst_and_the_rate_pass(
    n: int, pauses: list[int]
) -> None:
    counters = Counters()
    passed = [now for now in asked_at(pauses) if take(counters, 5, n, now).wait is None]
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            span = (passed[last] - start) / (60 * SECOND)
            assert last - first + 1 <= n + n * span + 1e-6
    counters.close()


@given(PER_MINUTE, PAUSES)
def test_the_first_n_pass_at_once_and_what_remains_is_true(n: int, pauses: list[int]) -> None:
    counters = Counters()
    now = 10**12
    for now in asked_at(pauses):
        standing = take(counters, 5, n, now)
    fresh = take(counters, 6, n, now)
    assert (fresh.wait, fresh.remaining) == (None, n - 1)
    for left in reversed(range(min(n - 1, 50))):
        after = take(counters, 6, n, now)
        assert after.wait is None
        assert after.remaining == left + max(0, n - 1 - 50)
    if pauses:
        still = [take(counters, 5, n, now).wait is None for _ in range(min(standing.remaining, 50))]
        assert all(still)
    counters.close()


@given(PER_MINUTE, PAUSES)
def test_who_waits_as_long_as_told_is_let_in(n: int, pauses: list[int]) -> None:
    counters = Counters()
    times = asked_at(pauses) or [10**12]
    for now in times:
        standing = take(counters, 5, n, now)
    while standing.wait is None:
        standing = take(counters, 5, n, times[-1])
    assert standing.remaining == 0
    assert take(counters, 5, n, times[-1] + standing.wait * SECOND).wait is None
    full = take(counters, 5, n, times[-1] + (standing.wait + 61) * SECOND)
    assert full.remaining == n - 1
    counters.close()


@given(PER_MINUTE, PAUSES, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_processes_that_share_a_folder_count_together(
    n: int, pauses: list[int], chance: object
) -> None:
    alone = Counters()
    with TemporaryDirectory() as folder:
        several = [Counters(Path(folder)) for _ in range(3)]
        for now in asked_at(pauses):
            one = chance.choice(several)  # type: ignore[attr-defined]
            assert take(one, 9, n, now) == take(alone, 9, n, now)
        for one in (*several, alone):
            one.close()


def test_keys_do_not_share_their_rate() -> None:
    counters = Counters()
    assert [take(counters, 1, 1, 10**12).wait, take(counters, 2, 1, 10**12).wait] == [None, None]
    assert take(counters, 1, 1, 10**12).wait == 60
    counters.close()


DAY = date(2026, 1, 1)


@given(
    per_day=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=60),
)
@settings(max_examples=50)
def test_on_each_day_just_the_quota_passes_in_all_processes(
    per_day: int, steps: list[tuple[int, int]]
) -> None:
    passed = [0, 0, 0]
    with TemporaryDirectory() as folder:
        several = [Counters(Path(folder)) for _ in range(3)]
        for process, days in sorted(steps, key=lambda step: step[1]):
            now = Now(0, DAY + timedelta(days), 100)
            (standing,) = several[process].take(7, None, per_day, now)
            if standing.wait is None:
                passed[days] += 1
                assert standing.remaining == per_day - passed[days]
            else:
                assert (standing.remaining, standing.wait) == (0, 100)
                assert passed[days] == per_day
        for one in several:
            one.close()
    for days, count in enumerate(passed):
        assert count == min(per_day, sum(day == days for _, day in steps))


def test_what_others_counted_counts_and_an_older_count_does_not() -> None:
    counters = Counters()
    today, tomorrow = (Now(0, DAY + timedelta(days), 100) for days in (0, 1))
    counters.raise_to({7: 3}, DAY)
    assert counters.take(7, None, 5, today)[0].remaining == 1
    counters.raise_to({7: 2}, DAY)
    counters.raise_to({7: 9}, DAY - timedelta(1))
    assert counters.take(7, None, 5, today)[0].remaining == 0
    assert counters.take(7, None, 5, tomorrow)[0].remaining == 4
    counters.raise_to({7: 9}, DAY)
    assert counters.take(7, None, 5, tomorrow)[0].remaining == 3
    counters.close()


def test_who_is_refused_by_one_limit_uses_up_nothing_of_the_other() -> None:
    counters = Counters()
    now = Now(10**12, DAY, 100)
    later = now._replace(nanoseconds=10**12 + 61 * SECOND)
    assert [one.remaining for one in counters.take(7, 1, 2, now)] == [1, 0]
    (slow,) = counters.take(7, 1, 2, now)
    assert (slow.window, slow.wait) == (60, 60)
    assert [one.remaining for one in counters.take(7, 1, 2, later)] == [0, 0]
    (used_up,) = counters.take(7, 1, 2, later._replace(nanoseconds=10**13))
    assert (used_up.window, used_up.wait) == (86_400, 100)
    counters.close()


def test_a_day_ends_at_midnight_in_utc() -> None:
    now = Now.read()
    assert 1 <= now.left <= 86_400
