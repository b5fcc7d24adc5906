"""An answer goes down the taxonomy for as long as it is surer than not, and says where it ends."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.predictions.taxonomy import ABSTAINED, CategoryShare, ancestors, by_level, descend
from tests.search.predictions.conftest import leaves, often

temperatures = st.lists(st.floats(0.4, 3), max_size=4)


def parent(path: str) -> str:
    return path.rpartition(" > ")[0]


@often
@given(leaves())
def test_a_path_has_the_sum_of_what_is_below_it(paths: dict[str, float]) -> None:
    levels = by_level(paths, ())
    assert sum(levels[0].values()) == pytest.approx(1)
    for upper, lower in itertools.pairwise(levels):
        below: defaultdict[str, float] = defaultdict(float)
        for path, p in lower.items():
            below[parent(path)] += p
        for path, p in upper.items():
            assert below[path] + paths.get(path, 0.0) == pytest.approx(p)


@often
@given(leaves(), temperatures)
def test_a_temperature_keeps_the_order_and_the_sum_of_a_level(
    paths: dict[str, float], given_: list[float]
) -> None:
    for plain, tempered in zip(by_level(paths, ()), by_level(paths, given_), strict=True):
        assert set(plain) == set(tempered)
        assert sum(tempered.values()) == pytest.approx(sum(plain.values()))
        ranked = sorted(plain, key=lambda path: plain[path])
        for less, more in itertools.pairwise(ranked):
            assert tempered[less] <= tempered[more] * (1 + 1e-9)


@often
@given(leaves(), temperatures)
def test_the_levels_lead_down_with_falling_probabilities_surer_than_not(
    paths: dict[str, float], given_: list[float]
) -> None:
    answer = descend(paths, given_)
    assert all(0.5 <= one.p <= 1 for one in answer.levels)
    for upper, lower in zip(answer.levels, answer.levels[1:], strict=False):
        assert parent(lower.path) == upper.path
        assert lower.p <= upper.p
    if not answer.levels:
        assert answer == ABSTAINED
    else:
        assert not parent(answer.levels[0].path)
        is_whole = answer.levels[-1].path in paths
        assert answer.status == ("ok" if is_whole else "backed_off")


@often
@given(leaves())
def test_it_goes_as_deep_as_it_can(paths: dict[str, float]) -> None:
    answer = descend(paths, ())
    said = answer.levels[-1].path if answer.levels else ""
    levels = by_level(paths, ())
    if len(levels) > len(answer.levels):
        below = levels[len(answer.levels)]
        assert all(p < 0.5 for path, p in below.items() if parent(path) == said)


def test_what_is_sure_is_said_whole() -> None:
    answer = descend({"Fruit > Apple": 0.8, "Fruit > Pear": 0.1, "Tool > Saw": 0.1}, ())
    assert answer.status == "ok"
    assert answer.levels == (CategoryShare("Fruit", 0.9), CategoryShare("Fruit > Apple", 0.8))


def test_between_two_leaves_their_parent_is_said() -> None:
    answer = descend({"Fruit > Apple": 0.45, "Fruit > Pear": 0.45, "Tool > Saw": 0.1}, ())
    assert (answer.status, [one.path for one in answer.levels]) == ("backed_off", ["Fruit"])


def test_between_roots_nothing_is_said() -> None:
    assert descend({"Fruit > Apple": 0.4, "Tool > Saw": 0.3, "Toy": 0.3}, ()) == ABSTAINED
    assert descend({}, ()) == ABSTAINED


def test_a_root_whose_name_begins_another_is_not_its_parent() -> None:
    answer = descend({"Fruit": 0.6, "Fruit juice > Apple": 0.4}, ())
    assert answer.levels == (CategoryShare("Fruit", 0.6),)


def test_the_levels_of_a_path() -> None:
    assert ancestors("A > B > C") == ("A", "A > B", "A > B > C")
    assert ancestors("A") == ("A",)
