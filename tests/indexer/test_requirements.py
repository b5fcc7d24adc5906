"""Bars for metrics: which ones can be written, and when they are met."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.requirements import METRICS, Checked, Requirement, parse_requirement

NAMES = ("recall@1", "recall@5", "recall@10", "map", "category", "category@2", "precision",
         "recall", "f1", "rejected@1")  # fmt: skip
COMPARISONS = (">=", ">", "<=", "<")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(NAMES), st.sampled_from(COMPARISONS), st.integers(0, 1000))
def test_what_is_written_is_what_is_required(name: str, comparison: str, thousandths: int) -> None:
    bar = thousandths / 1000
    wanted = Requirement(name, comparison, bar)
    assert parse_requirement(f"{name}{comparison}{bar}") == wanted
    assert parse_requirement(f"  {name}  {comparison} {bar} ") == wanted
    assert parse_requirement(str(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "bar"), [("map>=.5", 0.5), ("map>=1", 1), ("map>=0", 0), ("map>=1.0", 1)]
)
def test_a_share_may_be_short(text: str, bar: float) -> None:
    assert parse_requirement(text).bar == bar


@pytest.mark.parametrize(
    "text",
    [
        *("recall@2>=0.5", "recall@100>=0.5", "mrr>=0.5", "accuracy>=0.5", "RECALL@1>=0.5"),
        *("category@0>=0.5", "category@>=0.5", "category@x>=0.5"),
        *("map>=1.01", "map>=80", "map>=-0.1", "map>=80%", "map>=nan", "map>=inf", "map>=1e-1"),
        *("map", "map>=", ">=0.5", "map=0.5", "map==0.5", "map=>0.5", "map>=0.5 f1>=0.5", ""),
    ],
)
def test_anything_else_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is no requirement") as refused:
        parse_requirement(text)
    assert str(refused.value).startswith(f"'{text}' ")
    assert METRICS in str(refused.value)


@pytest.mark.parametrize(
    ("comparison", "met"), [(">=", (False, True, True)), (">", (False, False, True)),
                            ("<=", (True, True, False)), ("<", (True, False, False))]
)  # fmt: skip
def test_the_comparison_decides_what_is_enough(comparison: str, met: tuple[bool, ...]) -> None:
    bar = Requirement("map", comparison, 0.5)
    assert tuple(bar.check(value).is_met for value in (0.4, 0.5, 0.6)) == met


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_what_was_not_measured_is_never_enough(comparison: str) -> None:
    bar = Requirement("f1", comparison, 0.5)
    assert bar.check(None) == Checked(f"f1{comparison}0.5", None, False)
