"""What a manifest says of probabilities is read as it was written, or it is damage."""

import json
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import IndexDamaged
from search.predictions.calibration import Calibration
from search.predictions.fusion import Fusion
from search.predictions.matching import Matching
from tests.search.predictions.conftest import fusions, often

number = st.floats(-1e6, 1e6)
share = st.floats(0, 1)
matchings = st.builds(
    Matching,
    st.tuples(number, number, number),
    st.tuples(number, number, number, number),
    share,
    share,
    st.dictionaries(st.text(max_size=9), number, max_size=3),
)
calibrations = st.builds(
    Calibration,
    st.none() | matchings,
    st.text(max_size=20),
    fusions,
    st.lists(st.floats(0.1, 10), max_size=4).map(tuple),
    st.dictionaries(st.text(max_size=9), fusions, max_size=3),
)
GOOD = json.loads(
    json.dumps(
        asdict(
            Calibration(
                Matching((1.0, 2.0, 3.0), (1.0, 2.0, 3.0, 4.0), 0.5, 0.1, {"A": 1.0}),
                "",
                Fusion(),
                (1.0, 0.8),
                {"brand": Fusion()},
            )
        )
    )
)
OTHERS = [None, "text", -1, 0, [], {}, [1, 2], {"a": 1}, float("nan"), 10**400]


@often
@given(calibrations)
def test_what_was_written_is_read(calibration: Calibration) -> None:
    stored = json.loads(json.dumps(asdict(calibration)))
    assert Calibration.read(stored) == calibration


def test_a_version_of_an_earlier_release_knows_no_p_same_and_still_predicts() -> None:
    read = Calibration.read(None)
    assert read.matching is None
    assert "earlier release" in read.reason
    assert (read.category, read.temperatures, read.attributes) == (Fusion(), (), {})


def places(stored: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON."""
    inside = stored.items() if isinstance(stored, dict) else enumerate(stored)
    found = []
    for key, value in inside:
        found.append((*above, key))
        if isinstance(value, dict | list):
            found += places(value, (*above, key))
    return found


def asked(calibration: Calibration) -> None:
    """Everything that a query asks of it."""
    for rank in (1, 2):
        if calibration.matching:
            p = calibration.matching.p_same(rank, 0.5, 0.1, "A")
            assert 0 <= p <= 1
            calibration.matching.match(p)
    assert all(one > 0 for one in calibration.temperatures)


@pytest.mark.parametrize("place", places(GOOD), ids=str)
def test_a_value_that_is_none_is_damage_or_can_still_be_used(place: tuple[Any, ...]) -> None:
    for other in OTHERS:
        stored = deepcopy(GOOD)
        holder = stored
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = other
        try:
            asked(Calibration.read(stored))
        except IndexDamaged as error:
            assert "run 'indexer build'" in str(error)


@pytest.mark.parametrize("name", GOOD)
def test_a_part_that_is_missing_is_damage(name: str) -> None:
    with pytest.raises(IndexDamaged, match="calibration is unreadable"):
        Calibration.read({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("temperatures", [0.0]),
        ("temperatures", [1.0, -2.0]),
        ("temperatures", [float("nan")]),
        ("matching", GOOD["matching"] | {"first": [1.0, 2.0]}),
        ("matching", GOOD["matching"] | {"later": [1.0, 2.0, 3.0]}),
        ("matching", GOOD["matching"] | {"first": [1.0, 2.0, float("nan")]}),
        ("category", {"mean": float("nan"), "nearest": 1, "votes": 1, "far": 1}),
        ("attributes", ["brand"]),
    ],
    ids=str,
)
def test_numbers_that_no_query_could_use_are_damage(name: str, wrong: Any) -> None:
    with pytest.raises(IndexDamaged):
        Calibration.read(GOOD | {name: wrong})
