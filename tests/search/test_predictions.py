"""Neighbours vote for categories, and nearer ones weigh more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.predictions import CategoryShare, predict_categories

VOTES = st.lists(st.tuples(st.sampled_from(["", "A", "A > B", "C"]), st.floats(-1, 1)), max_size=12)


def test_shares_are_of_the_scores_to_the_fourth_power() -> None:
    neighbours = [("Fruit", 0.8), ("Fruit", 0.5), ("Milk", 0.6)]
    fruit, milk = 0.8**4 + 0.5**4, 0.6**4
    assert predict_categories(neighbours) == [
        CategoryShare("Fruit", round(fruit / (fruit + milk), 4)),
        CategoryShare("Milk", round(milk / (fruit + milk), 4)),
    ]


def test_one_near_neighbour_outweighs_two_far_ones() -> None:
    assert predict_categories([("far", 0.5), ("far", 0.5), ("near", 0.9)])[0].path == "near"


def test_products_without_a_category_do_not_vote() -> None:
    assert predict_categories([("", 0.9), ("Fruit", 0.2)]) == [CategoryShare("Fruit", 1.0)]


@pytest.mark.parametrize("neighbours", [[], [("", 0.9)], [("Fruit", 0.0)], [("Fruit", -0.5)]])
def test_with_nothing_to_go_by_nothing_is_predicted(neighbours: list[tuple[str, float]]) -> None:
    assert predict_categories(neighbours) == []


def test_what_points_away_takes_nothing_from_the_others() -> None:
    expected = predict_categories([("Fruit", 0.9)])
    assert predict_categories([("Fruit", 0.9), ("Milk", -0.9)])[0] == expected[0]


def test_equal_votes_come_by_name_and_five_are_enough() -> None:
    found = predict_categories([(name, 0.5) for name in "gfedcba"])
    assert [share.path for share in found] == list("abcde")


def test_a_classifier_shares_out_half_of_what_those_that_it_knows_were_voted() -> None:
    found = predict_categories([("A", 1.0), ("B", 1.0)], {"A": 0.1, "B": 0.9})
    assert found == [CategoryShare("B", 0.7), CategoryShare("A", 0.3)]


def test_a_category_that_the_classifier_does_not_know_keeps_its_votes() -> None:
    neighbours = [("new", 1.0), ("new", 1.0), ("old", 1.0)]
    found = predict_categories(neighbours, {"old": 1.0})
    assert found == predict_categories(neighbours)


@given(VOTES)
def test_shares_are_between_0_and_1_and_fall(neighbours: list[tuple[str, float]]) -> None:
    shares = [share.p for share in predict_categories(iter(neighbours))]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)
    assert not shares or sum(shares) == pytest.approx(1, abs=1e-3)
