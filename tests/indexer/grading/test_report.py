"""``indexer report``: what it prints, writes and refuses."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

from indexer.evaluating.records import Metric
from indexer.grading.reading import GradedVersion
from indexer.grading.records import AttributeGrade, CategoryGrade, Grade, ScoreCounts, Standard
from indexer.grading.tables import parts

Cli = Callable[..., Result]
VersionWith = Callable[[Grade], GradedVersion]


def printed(version: GradedVersion) -> list[str]:
    """Lines without the spaces that columns are filled with."""
    console = Console(file=io.StringIO(), width=100)
    for part in parts(version):
        console.print(part, soft_wrap=True)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


class TestTables:
    def test_show_each_figure_with_its_interval(
        self, a_grade: Grade, version_with: VersionWith
    ) -> None:
        lines = printed(version_with(a_grade))
        for line in (
            "Version 4 (m+tuned): 81 products, 2,640 images",
            "recall@1 70.6% 67.6% – 73.6% 562",
            "recall@1 98.1% 96.3% – 99.9% 240",
            "Of the exact ten nearest images the index finds 99.85%.",
            "A first result is called the same product from p_same 0.62 on, and none below 0.11.",
            "both, as answers show it 85.5% 82.5% – 88.5% 562",
            "colour 78.0% 75.0% – 81.0% 310 34.0% yes",
            "organic 71.0% 68.0% – 74.0% 310 70.0% no",
        ):
            assert line in lines, line

    def test_say_how_it_was_measured(self, a_grade: Grade, version_with: VersionWith) -> None:
        text = "\n".join(printed(version_with(a_grade)))
        assert "562 held out of products that stay, 110 of products that were taken out;" in text
        assert "view" not in text, "no changed views were asked"
        assert "Measured at revision 12" in text
        assert "Photos taken in one go were held out together." in text
        now = replace(a_grade, revision=15)
        assert "revision" not in "\n".join(printed(version_with(now)))

    @pytest.mark.parametrize(
        ("standard", "heading"),
        [
            ("product", "Photos of new series"),
            ("view", "Changed pictures"),
            ("category", "Products that were taken out"),
        ],
    )
    def test_say_what_the_metrics_are_of(
        self, a_grade: Grade, version_with: VersionWith, standard: Standard, heading: str
    ) -> None:
        lines = printed(version_with(replace(a_grade, standard=standard)))
        assert heading in lines

    def test_show_a_column_that_few_photos_have(
        self, a_grade: Grade, version_with: VersionWith
    ) -> None:
        rare = AttributeGrade("rare", None, 0.0, is_kept=False)
        assert "rare – – no" in printed(version_with(replace(a_grade, attributes=[rare])))

    def test_put_the_worst_category_first(self, a_grade: Grade, version_with: VersionWith) -> None:
        lines = printed(version_with(a_grade))
        start = lines.index("Each category, the worst first")
        firsts = [line.split(" ")[2] for line in lines[start + 2 : start + 6]]
        assert firsts == ["Pear", "Apple", "Milk", "Yoghurt"]
        assert lines[start + 1] == "category photos recall@1 95 % interval predicted 95 % interval"
        assert lines[start + 5] == "Dairy > Yoghurt 12 – 90.0% 81.0% – 99.0%"

    def test_show_ten_of_300_categories(self, a_grade: Grade, version_with: VersionWith) -> None:
        metrics: dict[str, Metric | None] = {"recall@1": Metric(0.5, 0.4, 0.6, 9)}
        many = [CategoryGrade(f"[bold]Kind {number:03}", metrics) for number in range(300)]
        lines = printed(version_with(replace(a_grade, categories=many)))
        assert sum("[bold]Kind" in line for line in lines) == 10
        assert "The worst 10 of 300 categories (--html and --json show all)" in lines

    def test_say_what_was_not_measured(self, a_grade: Grade, version_with: VersionWith) -> None:
        bare = replace(
            a_grade, queries={}, metrics={"recall@1": None}, twins={"recall@1": None},
            categories=[], exact=None, match=None, prediction=None, attributes=[], notes=[],
            scores=ScoreCounts([0.0, 1.0], [0], [0], [0]),
        )  # fmt: skip
        text = "\n".join(printed(version_with(bare)))
        for part in ("Photos asked: none", "recall@1 –", "The index was not compared",
                     "No p_same was fitted", "predicted category is right was not"):  # fmt: skip
            assert part in text, part
        for heading in ("along with", "worst first", "Attributes"):
            assert heading not in text


class TestCommand:
    def test_shows_the_live_version(self, cli: Cli, graded_index: Path) -> None:
        result = cli("report", "--index", graded_index)
        assert result.exit_code == 0
        assert result.stdout.startswith("Version 2 (m+tuned): 81 products, 2,640 images\n")

    def test_json_is_the_whole_grade(self, cli: Cli, graded_index: Path, a_grade: Grade) -> None:
        found = json.loads(cli("report", "--index", graded_index, "--json").stdout)
        assert list(found) == ["version", "model", "built_at", "products", "images", "revision",
                               "grade", "index", "regions"]  # fmt: skip
        assert found["version"] == 2
        assert found["grade"] == asdict(a_grade)

    def test_writes_a_page_beside_what_it_prints(
        self, cli: Cli, graded_index: Path, tmp_path: Path
    ) -> None:
        page = tmp_path / "grade.html"
        assert "recall@1" in cli("report", "--index", graded_index, "--html", page).stdout
        assert "<h1>Grade of version 2</h1>" in page.read_text()

    def test_of_a_version_of_an_earlier_release_says_what_to_do(
        self, cli: Cli, graded_index: Path, tmp_path: Path
    ) -> None:
        page = tmp_path / "grade.html"
        result = cli("report", "--index", graded_index, "--version", 1, "--html", page)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == (
            "Version 1 was built before grades were measured; run 'indexer build' to make a new "
            "version.\n"
        )
        assert not page.exists()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--version", "9"], "has no version 9; choose one of 1, 2."),
            (["--html", "."], "this is a folder"),
            (["--html", "no/grade.html"], "there is no such file or folder"),
        ],
    )
    def test_what_cannot_be_done_is_one_sentence(
        self, cli: Cli, graded_index: Path, arguments: list[str], said: str
    ) -> None:
        result = cli("report", "--index", graded_index, *arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        (line,) = result.stderr.splitlines()
        assert said in line

    def test_of_no_index_says_how_to_make_one(self, cli: Cli, tmp_path: Path) -> None:
        result = cli("report", "--index", tmp_path / "no")
        assert result.exit_code == 1
        assert "make one with 'indexer build" in result.stderr
