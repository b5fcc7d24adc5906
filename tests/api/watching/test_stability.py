"""The population stability index, and how large it is by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.watching.stability import SHIFTED, Counts, chance_level, stability_index

UNIFORM = np.full(10, 0.1)


def counts(*values: int) -> Counts:
    return np.array(values, np.int64)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """Two samples of 1 and more queries over the same 2 to 40 bins."""
    bins = draw(st.integers(2, 40))
    sample = st.lists(st.integers(0, 200), min_size=bins, max_size=bins).filter(any)
    return counts(*draw(sample)), counts(*draw(sample))


def sample(seed: int, shares: np.ndarray, size: int) -> Counts:
    return np.random.default_rng(seed).multinomial(size, shares)


def is_warned(expected: Counts, recent: Counts) -> bool:
    index = stability_index(expected, recent)
    return index > SHIFTED and index > chance_level(expected, recent)


@given(pairs())
def test_it_is_never_negative_always_finite_and_the_same_both_ways(
    pair: tuple[Counts, Counts],
) -> None:
    there, back = stability_index(*pair), stability_index(*pair[::-1])
    assert 0 <= there < np.inf
    assert there == pytest.approx(back)


@given(pairs(), st.integers(1, 9))
def test_it_is_0_for_equal_shares_whatever_the_sizes(
    pair: tuple[Counts, Counts], times: int
) -> None:
    assert stability_index(pair[0], times * pair[0]) == pytest.approx(0, abs=1e-12)


@given(pairs())
def test_the_order_of_the_bins_does_not_matter(pair: tuple[Counts, Counts]) -> None:
    turned = stability_index(pair[0][::-1], pair[1][::-1])
    assert turned == pytest.approx(stability_index(*pair))


def test_it_is_the_published_sum_where_no_bin_is_rare() -> None:
    expected, recent = counts(100_000, 300_000, 600_000), counts(200_000, 300_000, 500_000)
    by_hand = 0.1 * np.log(2) + 0.1 * np.log(6 / 5)
    assert stability_index(expected, recent) == pytest.approx(by_hand, abs=1e-4)


def test_an_empty_bin_adds_a_bounded_amount() -> None:
    assert 0.25 < stability_index(counts(50, 50, 0), counts(0, 50, 50)) < 10


def test_an_empty_sample_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="empty"):
        stability_index(counts(0, 0), counts(1, 2))


def test_the_chance_level_shrinks_as_more_is_counted() -> None:
    levels = [chance_level(counts(*[n] * 10), counts(*[n] * 10)) for n in (10, 30, 100, 1000)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > SHIFTED > levels[-1]


def test_the_chance_level_is_that_of_chi_squared_where_that_holds() -> None:
    critical = 21.666  # 99 % of chi-squared with 9 degrees of freedom
    found = chance_level(counts(*[100] * 10), counts(*[50] * 10))
    assert found == pytest.approx(critical * (1 / 1000 + 1 / 500), rel=0.15)


@pytest.mark.parametrize("bins", [10, 80])
def test_one_and_the_same_distribution_is_warned_of_in_less_than_2_of_100(bins: int) -> None:
    shares = np.random.default_rng(bins).dirichlet(np.ones(bins))  # with rare bins
    warned = [
        is_warned(sample(seed, shares, 72), sample(seed + 10_000, shares, 100))
        for seed in range(600)  # 1 of 100 is warned of by design
    ]
    assert np.mean(warned) < 0.02


@pytest.mark.parametrize(("held_out", "recent"), [(72, 100), (300, 1000)])
def test_a_shifted_distribution_is_warned_of(held_out: int, recent: int) -> None:
    low = np.array([0.5, 0.2, 0.1, 0.05, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02])
    warned = [
        is_warned(sample(seed, UNIFORM, held_out), sample(seed + 10_000, low, recent))
        for seed in range(100)
    ]
    assert np.mean(warned) > 0.98
