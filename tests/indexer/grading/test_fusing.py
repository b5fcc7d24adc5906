"""The weights of evidence make the true values as likely as can be, and none is below 0."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evaluating.metrics import Values
from indexer.grading.fusing import Told, fit_fusion, softmax
from search.predictions.evidence import KINDS, Evidence
from search.predictions.fusion import Fusion

often = settings(max_examples=40, deadline=None, derandomize=True)
PRIOR = 0.02


def drawn(count: int, weights: Sequence[float], seed: int = 0, values: int = 5) -> list[Told]:
    """Pictures whose true values were drawn with these weights."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        names = tuple("ABCDEFGH"[: random.integers(2, values + 1)])
        table = random.uniform([-1, -1, -4], [1, 1, 0], (len(names), KINDS)).astype(np.float32)
        p = softmax((table @ np.array(weights))[None])[0]
        made.append(Told(Evidence(names, table), str(random.choice(names, p=p))))
    return made


def weights_of(fusion: Fusion) -> Values:
    return np.array([fusion.mean, fusion.nearest, fusion.votes])


def likelihood(told: Sequence[Told], weights: Values) -> float:
    """The logarithm of the posterior."""
    total = -PRIOR / 2 * float(((weights - weights_of(Fusion())) ** 2).sum())
    for one in told:
        if one.place is not None:
            p = softmax((one.evidence.table @ weights)[None].astype(np.float64))[0]
            total += float(np.log(p[one.place]))
    return total


@pytest.mark.parametrize("true", [(4.0, 8.0, 0.5), (1.0, 20.0, 0.0), (12.0, 0.0, 2.0)])
def test_known_weights_are_found(true: tuple[float, ...]) -> None:
    found = weights_of(fit_fusion(drawn(2000, true)))
    np.testing.assert_allclose(found, true, rtol=0.2, atol=0.4)


@often
@given(
    st.integers(0, 999),
    st.integers(1, 60),
    st.tuples(st.floats(-15, 15), st.floats(-15, 15), st.floats(-3, 3)),
)
def test_no_other_weights_are_likelier(
    seed: int, count: int, true: tuple[float, float, float]
) -> None:
    """Also where evidence speaks against what it stands for: its weight is 0 then."""
    told = drawn(count, true, seed)
    found = weights_of(fit_fusion(told))
    assert (found >= 0).all()
    best = likelihood(told, found)
    for kind in range(KINDS):
        for move in (-0.05, 0.05):
            moved = found.copy()
            moved[kind] = max(moved[kind] + move, 0)
            assert likelihood(told, moved) <= best + 1e-3


def test_far_is_where_a_hundredth_of_the_pictures_are() -> None:
    told = drawn(1000, (4.0, 8.0, 0.5))
    fusion = fit_fusion(told)
    assert sum(fusion.is_far(one.evidence) for one in told) == pytest.approx(10, abs=1)


def test_pictures_whose_value_is_not_in_question_teach_nothing() -> None:
    told = drawn(60, (4.0, 8.0, 0.5))
    unknown = [Told(one.evidence, "unknown") for one in drawn(60, (0.0, 0.0, 0.0), 1)]
    assert fit_fusion([*told, *unknown]) == fit_fusion(told)
    assert fit_fusion(unknown) == fit_fusion([]) == Fusion()


def test_very_few_pictures_hardly_move_the_default() -> None:
    sure = Evidence(("A", "B"), np.array([[0.9, 0.9, 0.0], [-0.9, -0.9, -4.0]], np.float32))
    found = weights_of(fit_fusion([Told(sure, "A")]))
    np.testing.assert_allclose(found, weights_of(Fusion()), atol=0.5)


def test_rows_of_logits_become_shares() -> None:
    shares = softmax(np.array([[0.0, 0.0, -np.inf], [1000.0, 0.0, 0.0]]))
    assert shares.tolist() == [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
