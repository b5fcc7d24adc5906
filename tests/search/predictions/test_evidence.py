"""Every value that comes into question has its row: what its mean and its neighbours say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.predictions.evidence import KINDS, Evidence
from search.predictions.prototypes import Prototypes, Value
from tests.search.predictions.conftest import neighbours, often, prototypes_of, unit_vectors, values

Neighbour = tuple[Value | None, float]

known = st.lists(values, unique_by=repr, max_size=6)


def row_of(evidence: Evidence, name: Value) -> list[float]:
    at = [repr(one) for one in evidence.names].index(repr(name))
    return [float(one) for one in evidence.table[at]]


@often
@given(neighbours, known)
def test_whatever_was_found_every_value_has_finite_numbers(
    found: list[Neighbour], names: list[Value]
) -> None:
    evidence = Evidence.of(unit_vectors(2), found, prototypes_of(names))
    assert evidence.table.shape == (len(evidence.names), KINDS)
    assert evidence.table.dtype == np.float32
    assert np.isfinite(evidence.table).all()
    assert len(set(map(repr, evidence.names))) == len(evidence.names)
    there = {value for value, _ in found if value is not None and value != ""}
    assert set(evidence.names) == there | set(names)


@often
@given(neighbours)
def test_products_without_the_value_do_not_vote(found: list[Neighbour]) -> None:
    rest = [one for one in found if one[0] not in (None, "")]
    low = min((score for _, score in found), default=0.0)
    evidence = Evidence.of(unit_vectors(1), found, Prototypes())
    without = Evidence.of(unit_vectors(1), rest, Prototypes())
    assert evidence.names == without.names
    np.testing.assert_array_equal(evidence.table, without.table)
    assert None not in evidence.names
    assert "" not in evidence.names
    assert all(row_of(evidence, name)[1] >= low - 1e-6 for name in evidence.names)


@often
@given(neighbours, known)
def test_the_votes_are_shares(found: list[Neighbour], names: list[Value]) -> None:
    evidence = Evidence.of(unit_vectors(1), found, prototypes_of(names))
    floor = float(np.exp(Evidence.of(unit_vectors(1), [], prototypes_of(["A"])).table[0, 2]))
    shares = np.exp(evidence.table[:, 2].astype(np.float64)) - floor
    assert (shares > -1e-6).all()
    voted = any(score > 0.01 and value not in (None, "") for value, score in found)
    if voted:
        assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_a_value_counts_its_nearest_neighbour_and_its_mean() -> None:
    vectors, prototypes = unit_vectors(1), prototypes_of(["A", "B"])
    evidence = Evidence.of(vectors, [("A", 0.9), ("A", 0.95), ("B", 0.5)], prototypes)
    cosines = prototypes.cosines(vectors).tolist()
    assert row_of(evidence, "A")[:2] == pytest.approx([cosines[0], 0.95])
    assert row_of(evidence, "B")[:2] == pytest.approx([cosines[1], 0.5])
    assert row_of(evidence, "A")[2] > row_of(evidence, "B")[2]


def test_a_new_value_has_its_nearest_neighbour_for_a_mean() -> None:
    evidence = Evidence.of(unit_vectors(1), [("new", 0.8), ("A", 0.3)], prototypes_of(["A"]))
    assert row_of(evidence, "new")[:2] == pytest.approx([0.8, 0.8])


def test_a_value_that_no_neighbour_has_is_no_nearer_than_the_farthest() -> None:
    evidence = Evidence.of(unit_vectors(1), [("A", 0.8), (None, 0.2)], prototypes_of(["A", "B"]))
    assert row_of(evidence, "B")[1] == pytest.approx(0.2)
    assert row_of(evidence, "B")[2] < row_of(evidence, "A")[2]


def test_of_very_many_values_the_nearest_means_come_into_question() -> None:
    names = [f"v{number:03}" for number in range(200)]
    prototypes, vectors = prototypes_of(names), unit_vectors(1, seed=9)
    evidence = Evidence.of(vectors, [("v000", 0.1)], prototypes)
    cosines = prototypes.cosines(vectors)
    nearest = {names[at] for at in np.argsort(-cosines)[:20]}
    assert set(evidence.names) == nearest | {"v000"}


def test_a_truth_value_is_a_value() -> None:
    evidence = Evidence.of(unit_vectors(1), [(False, 0.9), (True, 0.4)], Prototypes())
    assert set(evidence.names) == {False, True}
    assert row_of(evidence, False)[2] > row_of(evidence, True)[2]
