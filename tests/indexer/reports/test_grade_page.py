"""The page of a grade shows every figure, and what merchants wrote as text."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from indexer.evaluating.records import Metric
from indexer.grading.reading import GradedVersion
from indexer.grading.records import Bin, CategoryGrade, Grade, Reliability, ScoreCounts
from indexer.reports.grade import write_grade_report
from indexer.reports.grade_charts import reliability_chart, score_chart

NASTY = "<script>alert(1)</script><img src=https://evil.example/x.png onerror='x()'> & \"q\""

PageOf = Callable[..., Any]


@pytest.fixture
def page_of(tmp_path: Path, read_page: Callable[[str], Any]) -> PageOf:
    def write(grade: Grade, model: str = "m+tuned") -> Any:
        version = GradedVersion(4, model, "2026-01-02T03:04:05+00:00", 81, 2640, 12, grade)
        path = tmp_path / "grade.html"
        write_grade_report(path, version)
        return read_page(path.read_text(encoding="utf-8"))

    return write


def texts(svg: str) -> list[str]:
    """The texts of an SVG, which must be XML of its own."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn here
    assert root.tag.endswith("svg")
    return [one.text or "" for one in root.iter() if one.tag.endswith("text")]


class TestPage:
    def test_shows_every_figure(self, page_of: PageOf, a_grade: Grade) -> None:
        page = page_of(a_grade)
        assert page.elements.count("svg") == 3, "scores, p_same, category"
        for text in (
            *("Grade of version 4", "built 2026-01-02", "2,640 images", "562 held out"),
            *("Recall@1", "70.6%", "67.6% – 73.6% · 562 photos", "category@2", "98.1%"),
            *("Photos taken along with the catalog's", "99.85%", "Fruit > Pear", "p_same 0.62"),
            *("Calibration error 3.1% on 672 photos", "votes of the neighbours"),
            *("✓ predicted", "✗ left out", "chance 34.0%"),
        ):
            assert text in page.text, text

    def test_shows_whatever_merchants_write_as_text(self, page_of: PageOf, a_grade: Grade) -> None:
        metrics: dict[str, Metric | None] = {
            NASTY: Metric(0.5, 0.4, 0.6, 9),
            "category": Metric(0.5, 0.4, 0.6, 9),
        }
        attributes = [replace(one, name=NASTY) for one in a_grade.attributes]
        nasty = replace(
            a_grade, notes=[NASTY], queries={NASTY: 3}, categories=[CategoryGrade(NASTY, metrics)],
            attributes=attributes,
        )  # fmt: skip
        page = page_of(nasty, NASTY)
        assert "img" not in page.elements
        assert page.text.count(NASTY) == 7, "model, notes, queries, category, its metric, columns"

    @pytest.mark.parametrize("count", [0, 1, 25, 26, 300])
    def test_has_a_bar_for_each_category_however_many(
        self, page_of: PageOf, a_grade: Grade, count: int
    ) -> None:
        metrics: dict[str, Metric | None] = {"recall@1": Metric(0.5, 0.4, 0.6, 9)}
        many = [CategoryGrade(f"Kind {number:03}", metrics) for number in range(count)]
        page = page_of(replace(a_grade, categories=many))
        assert len(set(re.findall(r"Kind \d{3}", page.text))) == count
        assert ("the worst first" in page.text) == (count > 0)
        assert page.elements.count("details") == (count > 25)

    def test_leaves_out_or_says_what_was_not_measured(
        self, page_of: PageOf, a_grade: Grade
    ) -> None:
        bare = replace(
            a_grade, queries={}, metrics={"recall@1": None}, twins={}, categories=[], exact=None,
            match=None, prediction=None, attributes=[], notes=[],
            scores=ScoreCounts([0.0, 1.0], [0], [0], [0]),
        )  # fmt: skip
        page = page_of(bare)
        assert "svg" not in page.elements
        for text in ("not measured", "was not compared", "No p_same was fitted"):
            assert text in page.text, text
        for text in ("worst first", "Attributes", "along with", "Calibration"):
            assert text not in page.text, text

    def test_of_categories_without_any_figure_names_them(
        self, page_of: PageOf, a_grade: Grade
    ) -> None:
        page = page_of(replace(a_grade, categories=[CategoryGrade("Alone", {"recall@1": None})]))
        assert "Alone" in page.text


class TestScoreChart:
    def test_names_each_kind_with_its_count(self, a_grade: Grade) -> None:
        svg = score_chart(a_grade.scores)
        assert svg is not None
        assert {"right (397)", "wrong (165)", "product not in the catalog (110)"} <= {*texts(svg)}

    def test_leaves_out_a_kind_that_there_is_none_of(self, a_grade: Grade) -> None:
        svg = score_chart(replace(a_grade.scores, absent=[0] * 8))
        assert svg is not None
        assert not any("not in the catalog" in text for text in texts(svg))

    def test_of_nothing_is_none(self) -> None:
        assert score_chart(ScoreCounts([0.0, 1.0], [0], [0], [0])) is None


class TestReliabilityChart:
    def test_shows_the_counts_of_the_bins_the_diagonal_and_the_limits(self) -> None:
        bins = [Bin(0.2, 0.25, 31), Bin(0.9, 0.85, 107)]
        svg = reliability_chart(Reliability(0.05, 0.04, 138, bins), "p", {"low": 0.1, "high": 0.8})
        assert {"31", "107", "perfect", "measured", "low", "high", "p", "photos"} <= {*texts(svg)}
        assert "currentColor" in svg

    @pytest.mark.parametrize(
        "bins", [[], [Bin(1.0, 1.0, 1)], [Bin(0.0, 0.0, 5), Bin(0.5, 0.0, 0), Bin(1.0, 1.0, 9)]]
    )
    def test_of_few_bins_can_be_drawn(self, bins: list[Bin]) -> None:
        svg = reliability_chart(Reliability(0.0, 0.0, 5, bins), "p", {})
        assert "perfect" in texts(svg)
        assert not re.search(r"\b(nan|inf)\b", svg)
