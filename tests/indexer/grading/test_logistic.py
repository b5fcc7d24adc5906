"""The regression finds the weights that data were drawn with, and the best ones by its prior."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evaluating.metrics import Values
from indexer.grading.logistic import fit

often = settings(max_examples=40, deadline=None, derandomize=True)


def drawn(count: int, true: Values, seed: int = 0) -> tuple[Values, Values]:
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(count, len(true)))
    inputs[:, 0] = 1
    return inputs, (random.random(count) < 1 / (1 + np.exp(-inputs @ true))).astype(np.float64)


def slope(inputs: Values, right: Values, weights: Values, ridge: Values, found: Values) -> Values:
    """The gradient of the log posterior."""
    p = 1 / (1 + np.exp(-inputs @ found))
    return np.asarray(inputs.T @ (weights * (right - p)) - ridge * found)


def test_known_weights_are_found() -> None:
    true = np.array([-1.0, 2.0, 0.0, -3.0])
    inputs, right = drawn(20_000, true)
    found = fit(inputs, right, np.ones(len(right)), np.full(4, 1e-6))
    np.testing.assert_allclose(found, true, atol=0.15)


@often
@given(
    st.integers(0, 999),
    st.integers(1, 60),
    st.lists(st.floats(0.01, 10), min_size=1, max_size=4),
    st.floats(0.1, 30),
)
def test_nothing_is_likelier(seed: int, count: int, ridges: list[float], scale: float) -> None:
    random = np.random.default_rng(seed)
    inputs, right = drawn(count, random.normal(size=len(ridges)) * 5, seed)
    inputs *= scale
    weights, ridge = random.random(count), np.array(ridges)
    found = fit(inputs, right, weights, ridge)
    np.testing.assert_allclose(slope(inputs, right, weights, ridge, found), 0, atol=1e-4)


@often
@given(st.integers(0, 999), st.floats(0.01, 5))
def test_it_is_the_fit_of_scikit_learn(seed: int, ridge: float) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is missing")
    random = np.random.default_rng(seed)
    inputs, right = drawn(80, np.array([0.5, -2.0, 1.0]), seed)
    right[:2] = 0, 1  # it wants both
    weights = random.random(80)
    model = linear_model.LogisticRegression(
        C=1 / ridge, fit_intercept=False, solver="newton-cholesky", tol=1e-9
    )
    model.fit(inputs, right, sample_weight=weights)
    found = fit(inputs, right, weights, np.full(3, ridge))
    np.testing.assert_allclose(found, model.coef_[0], atol=1e-3)


def test_a_strong_prior_draws_to_nothing() -> None:
    inputs, right = drawn(100, np.array([1.0, 4.0]))
    free = fit(inputs, right, np.ones(100), np.array([0.01, 0.01]))
    strong = fit(inputs, right, np.ones(100), np.array([0.01, 1e6]))
    assert free[1] > 1
    assert abs(strong[1]) < 1e-3


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_where_all_are_alike_it_stays_finite(right: float) -> None:
    found = fit(np.ones((50, 1)), np.full(50, right), np.ones(50), np.array([0.01]))
    assert np.isfinite(found).all()
    assert (found[0] > 3) == (right == 1.0)


def test_without_data_the_prior_decides() -> None:
    found = fit(np.empty((0, 3)), np.empty(0), np.empty(0), np.ones(3))
    assert found.tolist() == [0, 0, 0]
