"""Charts are SVG that can stand in a page."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from indexer.reports.charts import heat_map, line_chart
from indexer.reports.confusions import confusion_chart
from search.arrays import Ids

NASTY = "<script>alert('$5 & \"6\"')</script>"


def texts(svg: str) -> list[str]:
    """The texts of an SVG, which must be XML of its own."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn here
    assert root.tag.endswith("svg")
    return [one.text or "" for one in root.iter() if one.tag.endswith("text")]


def ids(*values: int) -> Ids:
    return np.array(values, np.int64)


class TestLineChart:
    def test_is_svg_with_named_lines_in_the_colour_of_the_page(self) -> None:
        svg = line_chart([1, 2, 3], {"one": [0.1, 0.2, 0.3], "other": [3, 2, 1]}, "share")
        assert svg.startswith("<svg")
        assert {"epoch", "share", "one", "other"} <= {*texts(svg)}
        assert "currentColor" in svg
        assert "#010203" not in svg

    @pytest.mark.parametrize("gap", [None, math.nan, math.inf, -math.inf])
    def test_leaves_a_gap_where_nothing_finite_was_measured(self, gap: float | None) -> None:
        svg = line_chart([1, 2, 3, 4], {"loss": [1.0, gap, 2.0, gap]})
        assert texts(svg)
        assert not re.search(r"\b(nan|inf)\b", svg)

    def test_of_gaps_alone_is_empty(self) -> None:
        assert "epoch" in texts(line_chart([1, 2], {"loss": [None, math.nan]}))

    def test_names_no_line_that_was_never_measured(self) -> None:
        chart = line_chart([1, 2], {"one": [2.0, 1.0], "none": [None, None], "other": [1.0, None]})
        assert {"one", "other"} <= {*texts(chart)}
        assert "none" not in texts(chart)

    def test_of_one_epoch_can_be_drawn(self) -> None:
        assert "epoch" in texts(line_chart([1], {"loss": [0.5]}))

    def test_is_the_same_again(self) -> None:
        one, other = (line_chart([1, 2], {"loss": [2.0, 1.0]}) for _ in range(2))
        assert one == other


class TestHeatMap:
    def test_shows_counts_and_names(self) -> None:
        found = texts(heat_map(np.array([[7, 0], [3, 12]]), ["A", "B"], ["A", "B"]))
        assert [found.count(one) for one in ("7", "3", "12", "0")] == [1, 1, 1, 0]
        assert (found.count("A"), found.count("B")) == (2, 2)

    def test_escapes_names_and_reads_no_mathematics_in_them(self) -> None:
        svg = heat_map(np.array([[1]]), [NASTY], [NASTY])
        assert "<script" not in svg
        assert "</script" not in svg
        assert len(texts(svg)) == 5
        price = "$5 and $10"
        assert texts(heat_map(np.array([[1]]), [price], [price])).count(price) == 2

    def test_names_in_any_script_need_no_font(self) -> None:
        assert "花瓶" in texts(heat_map(np.array([[1]]), ["花瓶"], ["花瓶"]))

    def test_keeps_the_end_of_a_long_name(self) -> None:
        svg = heat_map(np.array([[1]]), [f"{'x' * 50}the end"], ["B"])
        (name,) = (one for one in texts(svg) if one.startswith("…"))
        assert len(name) == 32
        assert name.endswith("the end")

    def test_of_no_count_at_all_can_be_drawn(self) -> None:
        assert texts(heat_map(np.zeros((2, 2), np.int64), ["A", "B"], ["A", "B"]))


class TestConfusionChart:
    def test_shows_every_class_when_they_are_few(self) -> None:
        found = texts(confusion_chart(ids(0, 0, 1), ids(0, 1, 1), ["A", "B", "C"], 3))
        assert [found.count(one) for one in ("A", "B", "C", "(other)")] == [2, 2, 2, 0]

    def test_shows_those_with_the_most_errors_when_they_are_many(self) -> None:
        true, predicted = ids(0, 0, 1, 2, 2, 3), ids(0, 0, 2, 1, 1, 2)
        found = texts(confusion_chart(true, predicted, ["A", "B", "C", "D"], 2))
        assert [found.count(one) for one in ("A", "B", "C", "D")] == [0, 2, 2, 0]

    def test_counts_what_is_none_of_the_classes_shown_in_a_last_column(self) -> None:
        chart = confusion_chart(ids(0, 0, 0, 0), ids(-1, -1, -1, 0), ["A", "B"], 2)
        found = texts(chart)
        assert (found.count("(other)"), found.count("3"), found.count("1")) == (1, 1, 1)
