"""A filter means what it says, whatever its values hold; what means nothing is refused where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.catalog.filters.expressions import (
    COLUMNS,
    All,
    Between,
    Expression,
    Field,
    Not,
    OneOf,
    Under,
)
from search.catalog.filters.grammar import LONGEST, MOST_VALUES, parse
from search.errors import BadFilter

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)
WORDS = TEXT.map(str.strip).filter(bool)


def only(text: str) -> Expression:
    (expression,) = parse([text]).expressions
    return expression


def quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("brand:acme", OneOf(Field("brand"), ("acme",))),
        ("BRAND: zen , acme,acme ", OneOf(Field("brand"), ("acme", "zen"))),
        ("url:https://shop.example/1", OneOf(Field("url"), ("https://shop.example/1",))),
        ("price:10..199", Between(Field("price"), 10.0, 199.0)),
        ("price:..50", Between(Field("price"), None, 50.0)),
        ("price:10..", Between(Field("price"), 10.0, None)),
        ("price:3.2", OneOf(Field("price"), (3.2,))),
        ("degrees: -5.5 .. -.5", Between(Field("degrees"), -5.5, -0.5)),
        ("in_stock:true", OneOf(Field("in_stock"), (True,))),
        ("category:Fruit>Apple, Nuts", Under(("Fruit > Apple", "Nuts"))),
        ("-brand:acme", Not(OneOf(Field("brand"), ("acme",)))),
        ("Größe in cm:5", OneOf(Field("Größe in cm"), ("5",))),
        ('size:5"', OneOf(Field("size"), ('5"',))),
        ('"a:b":"c,d..""e"""', OneOf(Field("a:b"), ('c,d.."e"',))),
        ('"-x":1', OneOf(Field("-x"), ("1",))),
    ],
)
def test_a_filter_means_what_it_says(text: str, meaning: Expression) -> None:
    assert only(text) == meaning


def test_every_filter_must_pass_and_none_is_no_condition() -> None:
    assert parse([]) == All()
    assert parse(["brand:a", "price:1"]) == All((only("brand:a"), only("price:1")))


@given(name=WORDS.filter(lambda name: name.lower() not in COLUMNS), values=st.sets(WORDS))
def test_any_name_and_any_values_can_be_written_in_quotes(name: str, values: set[str]) -> None:
    wanted = values or {"x"}
    text = f"{quoted(name)}:{','.join(map(quoted, wanted))}"
    if len(text) <= LONGEST:
        assert only(text) == OneOf(Field(name), tuple(sorted(wanted)))


@given(text=st.text(st.sampled_from('ab:,".- >0\n'), max_size=12) | st.text(max_size=12))
def test_any_text_is_a_filter_or_is_refused_at_a_place_in_it(text: str) -> None:
    try:
        parse([text])
    except BadFilter as problem:
        assert 0 <= problem.position <= len(text)
        assert f"expected {problem.expected}" in str(problem)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 0, "the name of a column or attribute"),
        ("-", 1, "the name of a column or attribute"),
        (":x", 0, "the name of a column or attribute"),
        ("brand", 5, "':' and a value"),
        ("brand:", 6, "a value"),
        ("brand:a,", 8, "a value"),
        ("brand:a,,b", 8, "a value"),
        ('brand:"a', 8, "a closing quote"),
        ('brand:"a"b', 9, "',' or the end of the filter"),
        ("brand:a..b", 7, "',' or the end of the filter"),
        ("brand:1..2", 7, "a value of brand; only numbers have ranges"),
        ("price:..", 8, "a number"),
        ("price:10..x", 10, "a number"),
        ("price:cheap..", 6, "a number"),
        ("price: 10..5", 11, "a number that is not below the first one"),
        ("price:1..5,7", 10, "the end of the filter"),
        ("price:cheap", 6, "a number"),
        ("price:1e3", 6, "a number"),
        ("in_stock: yes", 10, "true or false"),
        ("category:>", 9, "a category, like Fruit > Apple"),
        ("brand:a\0", 7, "text that a database can hold"),
        ("brand:" + "a" * LONGEST, LONGEST, "at most 2,000 characters"),
        ("brand:" + "a," * MOST_VALUES + "a", 6 + 2 * MOST_VALUES, "at most 200 values"),
    ],
)
def test_what_means_nothing_is_refused_at_its_place(
    text: str, position: int, expected: str
) -> None:
    with pytest.raises(BadFilter) as refused:
        parse([text])
    assert refused.value.position == position
    assert refused.value.expected.startswith(expected)
    assert refused.value.text == text


def test_the_values_of_all_filters_are_counted_together() -> None:
    with pytest.raises(BadFilter, match="at most 200 values"):
        parse(["price:1..2"] * (MOST_VALUES + 1))
