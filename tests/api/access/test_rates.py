"""No key gets more than its rate, in one process or several, and what it is told comes true."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from api.access.rates import Rates

SECOND = 10**9

PER_MINUTE = st.sampled_from([1, 2, 7, 60, 1000])
PAUSES = st.lists(
    st.one_of(st.just(0), st.integers(0, 2 * SECOND), st.integers(0, 200 * SECOND)), max_size=200
)


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
    rates = Rates()
    passed = [now for now in asked_at(pauses) if rates.take(5, n, now).wait is None]
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            span = (passed[last] - start) / (60 * SECOND)
            assert last - first + 1 <= n + n * span + 1e-6
    rates.close()


@given(PER_MINUTE, PAUSES)
def test_the_first_n_pass_at_once_and_what_remains_is_true(n: int, pauses: list[int]) -> None:
    rates = Rates()
    now = 10**12
    for now in asked_at(pauses):
        standing = rates.take(5, n, now)
    fresh = rates.take(6, n, now)
    assert (fresh.wait, fresh.remaining) == (None, n - 1)
    for left in reversed(range(min(n - 1, 50))):
        after = rates.take(6, n, now)
        assert after.wait is None
        assert after.remaining == left + max(0, n - 1 - 50)
    if pauses:
        still = [rates.take(5, n, now).wait is None for _ in range(min(standing.remaining, 50))]
        assert all(still)
    rates.close()


@given(PER_MINUTE, PAUSES)
def test_who_waits_as_long_as_told_is_let_in(n: int, pauses: list[int]) -> None:
    rates = Rates()
    times = asked_at(pauses) or [10**12]
    for now in times:
        standing = rates.take(5, n, now)
    while standing.wait is None:
        standing = rates.take(5, n, times[-1])
    assert standing.remaining == 0
    assert rates.take(5, n, times[-1] + standing.wait * SECOND).wait is None
    full = rates.take(5, n, times[-1] + (standing.wait + 61) * SECOND)
    assert full.remaining == n - 1
    rates.close()


@given(PER_MINUTE, PAUSES, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_processes_that_share_a_folder_count_together(
    n: int, pauses: list[int], chance: object
) -> None:
    alone = Rates()
    with TemporaryDirectory() as folder:
        several = [Rates(Path(folder)) for _ in range(3)]
        for now in asked_at(pauses):
            one = chance.choice(several)  # type: ignore[attr-defined]
            assert one.take(9, n, now) == alone.take(9, n, now)
        for one in (*several, alone):
            one.close()


def test_keys_do_not_share_their_rate() -> None:
    rates = Rates()
    assert [rates.take(1, 1, 10**12).wait, rates.take(2, 1, 10**12).wait] == [None, None]
    assert rates.take(1, 1, 10**12).wait == 60
    rates.close()
