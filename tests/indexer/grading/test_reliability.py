"""Probabilities that hold look like chance, and those that do not look worse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evaluating.metrics import Values
from indexer.grading.reliability import BINS, reliability

often = settings(max_examples=25, deadline=None, derandomize=True)


def drawn(count: int, seed: int = 0) -> tuple[Values, Values]:
    """Probabilities that are exactly right."""
    random = np.random.default_rng(seed)
    p = random.random(count)
    return p, (random.random(count) < p).astype(np.float64)


@often
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80))
def test_every_query_is_in_a_bin(them: list[tuple[float, bool]]) -> None:
    p = np.array([one for one, _ in them])
    right = np.array([float(one) for _, one in them])
    found = reliability(p, right)
    assert found.queries == len(them)
    assert sum(one.queries for one in found.bins) == len(them)
    assert len(found.bins) <= BINS
    assert 0 <= found.error <= 1
    assert 0 <= found.by_chance < 0.6
    said = [one.p for one in found.bins]
    assert said == sorted(said)
    assert sum(one.p * one.queries for one in found.bins) == pytest.approx(p.sum(), abs=0.01)
    assert sum(one.right * one.queries for one in found.bins) == pytest.approx(
        right.sum(), abs=0.01
    )
    distance = sum(abs(one.p - one.right) * one.queries for one in found.bins) / len(them)
    assert found.error == pytest.approx(distance, abs=2e-4)


@pytest.mark.parametrize("count", [50, 400, 5000])
def test_perfect_probabilities_err_as_chance_does(count: int) -> None:
    found = [reliability(*drawn(count, seed)) for seed in range(10)]
    mean = np.mean([one.error for one in found])
    assert mean == pytest.approx(np.mean([one.by_chance for one in found]), rel=0.25)


def test_more_queries_leave_less_to_chance() -> None:
    few, many = (reliability(*drawn(count)).by_chance for count in (50, 5000))
    assert many < few / 3


def test_too_sure_and_not_sure_enough_are_errors() -> None:
    p, right = drawn(3000)
    perfect = reliability(p, right)
    for power in (4.0, 0.2):
        wrong = reliability(p**power / (p**power + (1 - p) ** power), right)
        assert wrong.error > 4 * wrong.by_chance
        assert wrong.error > 4 * perfect.error


def test_what_is_always_certain_and_right_has_no_error() -> None:
    found = reliability(np.array([1.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]))
    assert (found.error, found.by_chance) == (0, 0)
