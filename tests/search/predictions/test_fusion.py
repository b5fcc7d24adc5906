"""Shares are probabilities, and more that speaks for a value never makes it less likely."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.predictions.evidence import KINDS, Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Prototypes
from tests.search.predictions.conftest import evidences, fusions, often, prototypes_of, unit_vectors


@often
@given(evidences(), fusions)
def test_shares_are_probabilities(evidence: Evidence, fusion: Fusion) -> None:
    shares = fusion.shares(evidence)
    assert list(map(repr, shares)) == list(map(repr, evidence.names))
    assert all(0 <= p <= 1 for p in shares.values())
    if shares:
        assert sum(shares.values()) == pytest.approx(1)


@often
@given(evidences(), fusions, st.integers(0, KINDS - 1), st.floats(0, 2), st.data())
def test_what_speaks_for_a_value_makes_it_likelier(
    evidence: Evidence, fusion: Fusion, kind: int, more: float, data: st.DataObject
) -> None:
    if not evidence.names:
        return
    at = data.draw(st.integers(0, len(evidence.names) - 1))
    table = evidence.table.copy()
    table[at, kind] += more
    name = evidence.names[at]
    before = fusion.shares(evidence)[name]
    assert fusion.shares(Evidence(evidence.names, table))[name] >= before - 1e-9


@often
@given(evidences(), fusions)
def test_far_is_less_than_a_threshold_for_all_values_together(
    evidence: Evidence, fusion: Fusion
) -> None:
    if not evidence.names:
        assert fusion.is_far(evidence)
        return
    logits = evidence.table @ np.array([fusion.mean, fusion.nearest, fusion.votes])
    total = float(np.logaddexp.reduce(logits))
    assert replace(fusion, far=total + 1e-3).is_far(evidence)
    assert not replace(fusion, far=total - 1e-3).is_far(evidence)


def test_a_value_whose_mean_is_not_known_can_win_by_its_neighbours() -> None:
    found = [("new", 0.9), ("new", 0.88), ("A", 0.2), ("B", 0.1)]
    shares = Fusion().shares(Evidence.of(unit_vectors(1), found, prototypes_of(["A", "B"])))
    assert max(shares, key=lambda name: shares[name]) == "new"
    assert shares["new"] > 0.9


def test_a_value_that_nobody_votes_for_can_win_by_its_mean() -> None:
    vector = unit_vectors(1)
    prototypes = Prototypes(("A", "B"), np.concatenate([vector, -vector]))
    shares = Fusion().shares(Evidence.of(vector, [("B", 0.2), (None, 0.19)], prototypes))
    assert shares["A"] > 0.9


def test_truth_values_have_shares_too() -> None:
    shares = Fusion().shares(Evidence.of(unit_vectors(1), [(False, 0.9)], prototypes_of([True])))
    assert set(shares) == {False, True}
    assert shares[False] > shares[True]


@pytest.mark.parametrize(
    "stored", [{}, {"mean": 1}, dict.fromkeys(("mean", "nearest", "votes", "far"), "much")]
)
def test_weights_that_are_none_are_not_read(stored: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        Fusion.read(stored)
