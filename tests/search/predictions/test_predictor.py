"""A version's predictions of a picture: categories, the level to rely on, and what columns show."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.catalog.records import Product, Scalar
from search.predictions.calibration import Calibration
from search.predictions.columns import value_of
from search.predictions.fusion import Fusion
from search.predictions.predictor import Predictor, ValueShare
from search.predictions.prototypes import CATEGORY
from tests.search.predictions.conftest import often, prototypes_of, unit_vectors

NAMES = ["A > B", "A > C", "D", "E > F", "E > G", "H > I"]


def product(number: int = 0, category: str = "", brand: str = "", **attributes: Scalar) -> Product:
    return Product(f"p{number}", "", "", category, brand, None, "", None, "", attributes)


nearest = st.lists(
    st.tuples(
        st.builds(
            product,
            st.integers(0, 99),
            st.sampled_from(["", *NAMES, "new > one"]),
            st.sampled_from(["", "acme"]),
            organic=st.booleans(),
            pieces=st.integers(0, 9),
        ),
        st.floats(-1, 1),
    ),
    max_size=12,
)
TOLD = Calibration(attributes={"brand": Fusion(), "organic": Fusion(), "pieces": Fusion()})


@often
@given(nearest, st.lists(st.sampled_from(NAMES), unique=True), st.floats(-100, 60))
def test_an_answer_is_made_of_probabilities_best_first(
    found: list[tuple[Product, float]], known: list[str], far: float
) -> None:
    predictor = Predictor(
        replace(TOLD, category=Fusion(far=far)), {CATEGORY: prototypes_of(sorted(known))}
    )
    shown = predictor.predict(unit_vectors(2), found)
    p = [one.p for one in shown.categories]
    assert p == sorted(p, reverse=True)
    assert sum(p) <= 1 + 1e-3
    assert len(p) <= 5
    assert len({one.path for one in shown.categories}) == len(p)
    assert (shown.category.status == "abstained") == (not shown.category.levels)
    for values in shown.attributes.values():
        assert 0 < len(values) <= 3
        assert all(0 <= one.p <= 1 for one in values)
    assert "pieces" not in shown.attributes  # numbers, which no picture tells


def test_a_picture_that_is_far_from_everything_shows_no_category() -> None:
    found = [(product(1, "A > B"), 0.9), (product(2, "A > B"), 0.8)]
    near, far = (
        Predictor(Calibration(category=Fusion(far=limit))).predict(unit_vectors(1), found)
        for limit in (-100.0, 100.0)
    )
    assert (near.category.status, near.category.levels[-1].path) == ("ok", "A > B")
    assert (far.category.status, far.category.levels) == ("abstained", ())
    assert far.categories == near.categories  # what is likeliest of all is still given


def test_with_no_product_nothing_is_said() -> None:
    shown = Predictor(TOLD).predict(unit_vectors(1), [])
    assert (shown.categories, shown.category.status, shown.attributes) == ([], "abstained", {})


def test_a_new_category_is_told_from_its_products_before_its_mean_is_known() -> None:
    predictor = Predictor(Calibration(), {CATEGORY: prototypes_of(["A > B", "A > C"])})
    found = [(product(at, "New > One"), 0.9 - at / 100) for at in range(3)]
    shown = predictor.predict(unit_vectors(1), found)
    assert shown.categories[0].path == "New > One"
    assert (shown.category.status, shown.category.levels[-1].path) == ("ok", "New > One")


def test_only_columns_that_pictures_tell_are_predicted() -> None:
    found = [(product(1, "A", "acme", organic=True), 0.9), (product(2, "A", "zen"), 0.1)]
    predictor = Predictor(Calibration(attributes={"organic": Fusion(), "brand": Fusion()}))
    shown = predictor.predict(unit_vectors(1), found).attributes
    assert shown["organic"] == [ValueShare(True, 1.0)]
    assert [one.value for one in shown["brand"]] == ["acme", "zen"]
    assert Predictor().predict(unit_vectors(1), found).attributes == {}


@pytest.mark.parametrize(
    ("value", "told"),
    [("red", "red"), ("", None), (True, True), (False, False), (3, None), (0, None), (1.5, None)],
)
def test_texts_and_truth_values_can_be_told_and_numbers_not(value: Any, told: Any) -> None:
    found = value_of(product(organic=value), "organic")
    assert (type(found), found) == (type(told), told)


def test_a_column_that_a_product_has_not_has_no_value() -> None:
    assert value_of(product(), "organic") is None
    assert value_of(product(), "brand") is None
    assert value_of(product(), CATEGORY) is None
    assert value_of(product(category="A", brand="b"), CATEGORY) == "A"
    assert value_of(product(category="A", brand="b"), "brand") == "b"
