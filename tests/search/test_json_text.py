"""JSON of strangers is what the parser says, unless it is nested deeply."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.json_text import DEEPEST, parsed

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\aé'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[{"\\'), inner),
)


@given(ANYTHING, st.booleans())
def test_what_was_written_is_read_whatever_its_strings_hold(value: Any, plain: bool) -> None:
    assert parsed(json.dumps(value, ensure_ascii=plain)) == value
    many = [value, "[" * 2 * DEEPEST, '"{\\' * 2 * DEEPEST]
    assert parsed(json.dumps(many, ensure_ascii=plain)) == many


@given(st.text(alphabet='[]{}"\\:,1 '))
def test_what_is_no_json_is_a_value_error_or_read_as_the_parser_does(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            parsed(text)
    else:
        assert parsed(text) == found


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_it_may_be_as_deep_as_that_and_no_deeper(opening: str) -> None:
    levels = opening.count("[") + opening.count("{")
    closing = "".join({"[": "]", "{": "}"}[one] for one in reversed(opening) if one in "[{")
    fits = DEEPEST // levels
    assert parsed(opening * fits + "1" + closing * fits) is not None
    for times in (fits + 1, 100_000):
        with pytest.raises(ValueError, match="more than 100 levels"):
            parsed(opening * times + "1" + closing * times)
    with pytest.raises(ValueError, match="more than 100 levels"):
        parsed(opening * 100_000)
