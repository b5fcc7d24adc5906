"""A requirement is understood, or the message says how to write one."""

import pytest

from indexer.requirements import METRICS, parse_requirement


@pytest.mark.parametrize(
    ("text", "value", "is_met"),
    [
        ("recall@1>=0.8", 0.8, True),
        ("recall@1 >= 0.8", 0.79, False),
        ("recall@10>0.8", 0.8, False),
        ("map<=.5", 0.5, True),
        ("category@2<1", 1.0, False),
        ("category>=0", None, False),
    ],
)
def test_a_bar_is_met_or_missed(text: str, value: float | None, is_met: bool) -> None:
    assert parse_requirement(text).check(value).is_met is is_met


@pytest.mark.parametrize(
    "text", ["", "recall@1", "recall@2>=0.5", "recall@1>=80", "f2>=0.1", "category@0>0.1", "map=1"]
)
def test_anything_else_is_answered_with_what_is_known(text: str) -> None:
    with pytest.raises(ValueError, match="write it like") as caught:
        parse_requirement(text)
    assert METRICS in str(caught.value)
