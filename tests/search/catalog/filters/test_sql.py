"""SQL keeps exactly the products that a plain reading of the filter keeps."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, select

from search.catalog.catalog import Catalog
from search.catalog.filters.expressions import (
    All,
    Between,
    Expression,
    Field,
    Not,
    OneOf,
    Under,
)
from search.catalog.filters.grammar import parse
from search.catalog.filters.sql import condition
from search.catalog.tables import products
from tests.search.catalog.filters.conftest import CATEGORIES, FACTS, NAMES, VALUES, Facts, Store

BOUNDS = st.sampled_from([None, -1.5, 0.0, 0.35, 3.0, 5.0])
ATTRIBUTES = st.sampled_from([*NAMES, "unknown"]).map(Field)
TEXTS = st.sampled_from([str(value) for value in VALUES] + ["true", "false", str(10**20)])

LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(OneOf, st.just(Field("brand")), st.tuples(st.sampled_from(["", "acme", "x"]))),
    st.builds(OneOf, st.just(Field("price")), st.tuples(st.sampled_from([0.0, 3.0, 4.0]))),
    st.builds(OneOf, st.just(Field("in_stock")), st.tuples(st.booleans())),
    st.builds(OneOf, ATTRIBUTES, st.tuples(TEXTS) | st.tuples(TEXTS, TEXTS)),
    st.builds(Between, ATTRIBUTES | st.just(Field("price")), BOUNDS, st.just(3.0)),
    st.builds(Between, ATTRIBUTES | st.just(Field("price")), st.just(0.35), BOUNDS),
    st.builds(Under, st.tuples(st.sampled_from([*CATEGORIES[1:], "Fruit > A", "%"]))),
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: inner.map(Not) | st.lists(inner, max_size=3).map(lambda all_: All(tuple(all_))),
    max_leaves=4,
)


def written(value: Any) -> str:
    """A value as a filter names it: numbers without exponents, 3.0 as 3."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return json.dumps(value)
    return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", value):
        return None
    return float(value)


def passes(facts: Facts, expression: Expression) -> bool:
    match expression:
        case OneOf(field, values) if field.is_attribute:
            return field.name in facts["attributes"] and (
                written(facts["attributes"][field.name]) in values
            )
        case OneOf(field, values):
            return facts[field.name] in values
        case Between(field, low, high):
            there = facts["attributes"] if field.is_attribute else facts
            found = number(there.get(field.name))
            return found is not None and (
                (low is None or low <= found) and (high is None or found <= high)
            )
        case Under(paths):
            return any(f"{facts['category']} > ".startswith(f"{path} > ") for path in paths)
        case Not(inner):
            return not passes(facts, inner)
        case All(inners):
            return all(passes(facts, inner) for inner in inners)


def kept(catalog: Catalog, expression: Expression) -> set[str]:
    with catalog.engine.connect() as connection:
        query = select(products.c.product_id).where(condition(expression))
        return set(connection.scalars(query))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(given_=st.lists(FACTS, max_size=12), wanted=st.lists(EXPRESSIONS, min_size=8, max_size=8))
def test_sql_keeps_what_the_expression_says(
    new_catalog: Callable[[], Catalog], store: Store, given_: list[Facts], wanted: list[Expression]
) -> None:
    facts = {f"p{number}": one for number, one in enumerate(given_)}
    with closing(new_catalog()) as catalog:
        store(catalog, facts, 1)
        for expression in wanted:
            assert kept(catalog, expression) == {
                name for name, one in facts.items() if passes(one, expression)
            }


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x:3", ["3", 3, 3.0]),
        ("x:3.0", ["3.0"]),
        ("x:1", [1]),
        ("x:true", ["true", True]),
        ("x:abc", ["abc"]),
        ("x:0.3..0.5", ["0.35", ".5", 0.35]),
        ("x:7..", ["007", 2**60 + 1, 1e20]),
        (f"x:{2**60 + 1}", [2**60 + 1]),
        (f"x:{10**20}", [1e20]),
        ("x:0.0000001", [1e-7]),
    ],
)
def test_an_attribute_matches_as_text_number_or_truth(
    catalog: Catalog, store: Store, text: str, values: list[object]
) -> None:
    base: Facts = {"brand": "", "category": "", "deleted": False, "widths": []}
    every = {json.dumps(value): {**base, "attributes": {"x": value}} for value in VALUES}
    store(catalog, every, 1)
    assert kept(catalog, parse([text])) == set(map(json.dumps, values))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(expression=EXPRESSIONS)
def test_every_value_is_a_bound_parameter_in_both_databases(expression: Expression) -> None:
    for driver in ("sqlite://", "postgresql://"):
        dialect = make_url(driver).get_dialect()()
        statement = str(condition(expression).compile(dialect=dialect))
        assert "pieces" not in statement
        assert "acme" not in statement
