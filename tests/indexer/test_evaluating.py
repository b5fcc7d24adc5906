"""``indexer evaluate``: what it counts, checked against answers worked out by hand."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from indexer.asking import Failure, is_within
from indexer.build import BuildReport
from indexer.evaluating.figures import summarize
from indexer.evaluating.judging import Found, Judged, with_ancestors
from indexer.evaluating.records import CategoryFigures, Confusion, Evaluation, Metric
from indexer.requirements import Checked, parse_requirement
from search.answers import IndexState

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]
Rows = Callable[[Path, list[dict[str, Any]]], Path]

METRICS = ["recall@1", "recall@5", "recall@10", "map", "category"]
MACRO = ["precision", "recall", "f1"]


def a_photo(rank: int | None = 1, category: str = "", predicted: str = "", **more: Any) -> Judged:
    """One of a known product, found at this rank."""
    precision = 1 / rank if rank else 0.0
    known: dict[str, Any] = {"image": "x.jpg", "by": "product", "precision": precision}
    return Judged(**known | {"category": category, "predicted": predicted, "rank": rank,
                             "first": ()} | more)  # fmt: skip


def evaluated(*photos: Judged, failed: tuple[Failure, ...] = (), bars: str = "") -> Evaluation:
    requirements = [parse_requirement(one) for one in bars.split()]
    return summarize(IndexState(1, 1, "m", "2026-01-02"), photos, list(failed), requirements)


def shares(evaluation: Evaluation) -> dict[str, float | None]:
    return {name: one.value if one else None for name, one in evaluation.metrics.items()}


class TestFigures:
    def test_recall_and_map_are_over_the_photos_that_can_be_right(self) -> None:
        nothing = a_photo(None, by=None, precision=None)
        found = evaluated(a_photo(1), a_photo(5), a_photo(6), a_photo(None), nothing)
        assert (found.photos, found.by_product, found.by_category, found.by_nothing) == (5, 4, 0, 1)
        wanted = {"recall@1": 0.25, "recall@5": 0.5, "recall@10": 0.75}
        assert wanted.items() <= shares(found).items()
        assert shares(found)["map"] == pytest.approx((1 + 1 / 5 + 1 / 6 + 0) / 4)
        recall = found.metrics["recall@1"]
        assert recall is not None
        assert recall.photos == 4
        assert 0 <= recall.low < recall.value < recall.high <= 1

    def test_what_no_photo_measures_is_none(self) -> None:
        assert shares(evaluated(a_photo())) == {
            **dict.fromkeys(("recall@1", "recall@5", "recall@10", "map"), 1.0),
            **dict.fromkeys(["category", *MACRO]),
        }
        alone = shares(evaluated(a_photo(None, "A", "A", by=None, precision=None)))
        assert alone["recall@1"] is None
        assert alone["map"] is None
        assert alone["category"] == alone["category@1"] == alone["f1"] == 1.0

    def test_a_category_is_right_on_the_spot_or_below_and_at_each_level_that_agrees(self) -> None:
        found = evaluated(
            a_photo(category="A > B", predicted="A > B > C"),
            a_photo(category="A > B", predicted="A > Bee"),
            a_photo(category="A > B", predicted="X > B"),
            a_photo(category="A > B > C", predicted="A > B"),
            a_photo(category="A", predicted=""),
            a_photo(category="", predicted="A"),
        )
        assert shares(found)["category"] == pytest.approx(1 / 5)
        assert shares(found)["category@1"] == pytest.approx(3 / 5)
        assert shares(found)["category@2"] == pytest.approx(2 / 4), "a level needs those above"
        assert shares(found)["category@3"] == 0
        assert "category@4" not in found.metrics

    def test_each_category_counts_its_photos_and_predictions_as_deep_as_its_own(self) -> None:
        found = evaluated(
            a_photo(1, category="A", predicted="A > deep"),
            a_photo(2, category="A", predicted="B"),
            a_photo(3, category="B", predicted="B"),
            a_photo(None, category="C", predicted="", by=None, precision=None),
        )
        a, b, c = found.categories
        assert a == CategoryFigures("A", 2, a.recall_at_1, 1.0, 0.5, 2 / 3)
        assert isinstance(a.recall_at_1, Metric)
        assert (a.recall_at_1.value, a.recall_at_1.photos) == (0.5, 2)
        assert b == CategoryFigures("B", 1, Metric(0, 0, 0, 1), 0.5, 1.0, 2 / 3)
        assert c == CategoryFigures("C", 1, None, 0.0, 0.0, 0.0)
        means = shares(found)
        assert means["precision"] == pytest.approx((1 + 0.5 + 0) / 3)
        assert means["recall"] == pytest.approx((0.5 + 1 + 0) / 3)
        assert means["f1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)

    def test_confusions_come_by_number_then_by_name(self) -> None:
        found = evaluated(
            a_photo(category="A", predicted="B"),
            a_photo(category="A", predicted="B > deep"),
            a_photo(category="A", predicted="A > deep"),
            a_photo(category="C", predicted="A"),
            a_photo(category="B", predicted=""),
        )
        wanted = [Confusion("A", "B", 2), Confusion("B", "", 1), Confusion("C", "A", 1)]
        assert found.confused == wanted

    def test_the_worst_are_those_never_found_and_then_the_deepest(self) -> None:
        sure = (Found("p", "", 0.9, "", False),)
        wanted = [
            a_photo(None, image="sure", first=sure),
            a_photo(None, image="a"),
            a_photo(None, image="b"),
            a_photo(9, image="deep"),
            a_photo(2, image="near"),
        ]
        others = [a_photo(1), a_photo(None, by=None, precision=None)]
        assert evaluated(*reversed(wanted), *others).worst == wanted
        assert len(evaluated(*100 * wanted).worst) == 24

    def test_bars_are_checked_against_the_metrics_of_their_names(self) -> None:
        found = evaluated(a_photo(1), a_photo(2), bars="recall@1>=0.5 map>0.9 f1>=0 category@7<1")
        assert found.requirements == [
            Checked("recall@1>=0.5", 0.5, True),
            Checked("map>0.9", 0.75, False),
            Checked("f1>=0.0", None, False),
            Checked("category@7<1.0", None, False),
        ]

    def test_photos_left_out_are_named_and_count_nowhere(self) -> None:
        left_out = Failure("gone.jpg", "cannot be read")
        found = evaluated(a_photo(), failed=(left_out,))
        assert replace(found, failed=[]) == evaluated(a_photo())
        assert found.failed == [left_out]


@pytest.mark.parametrize(
    ("category", "other", "within"),
    [("A", "A", True), ("A > B", "A", True), ("AB", "A", False), ("A", "A > B", False),
     ("", "A", False)],
)  # fmt: skip
def test_a_category_lies_within_itself_and_those_above(
    category: str, other: str, within: bool
) -> None:
    assert is_within(category, other) is within


def test_products_count_for_each_category_above_theirs() -> None:
    found = with_ancestors({"A > B": 2, "A > B > C": 1, "A": 4, "": 5})
    assert found == {"A": 7, "A > B": 3, "A > B > C": 1, "": 5}


class TestCommand:
    @pytest.fixture
    def built(self, shop: Path, index: Path, build: Build) -> Path:
        build(shop, index)
        return index

    @pytest.fixture
    def write(self, shop: Path, write_rows: Rows) -> Callable[..., Path]:
        """``write([(0, "p0", "Things")])``: (picture, product, category) as a file of photos."""

        def save(photos: list[tuple[object, str, str]]) -> Path:
            rows = [
                {"image": f"images/{image}.png", "product_id": product, "category": category}
                for image, product, category in photos
            ]
            return write_rows(shop.parent / "photos.csv", rows)

        return save

    @pytest.fixture
    def photos(self, write: Callable[..., Path]) -> Path:
        """The shop's own pictures by product, by category and by nothing, and one that is gone."""
        own: list[tuple[object, str, str]] = [
            (number, f"p{number}", f"Things > Kind {number % 3}") for number in range(6)
        ]
        others = [(0, "", "Things"), (1, "gone", "Things"), (2, "gone", ""), ("gone", "p0", "")]
        return write(own + others)

    def test_json_holds_every_figure(self, cli: Cli, built: Path, photos: Path) -> None:
        result = cli("evaluate", "--queries", photos, "--index", built, "--json")
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        assert list(found) == [
            *("index", "asked", "photos", "by_product", "by_category", "by_nothing", "metrics"),
            *("categories", "confused", "worst", "failed", "requirements"),
        ]
        assert found["index"]["version"] == 1
        assert [found[name] for name in ("photos", "by_product", "by_category", "by_nothing")] == [
            *(9, 6, 2, 1)
        ]
        assert list(found["metrics"]) == [*METRICS, "category@1", "category@2", *MACRO]
        for name in ("recall@1", "recall@5", "recall@10", "map"):
            metric = {"value": 1.0, "low": 1.0, "high": 1.0, "photos": 8}
            assert found["metrics"][name] == metric, "the photos are the products' own"
        assert found["metrics"]["category@1"]["value"] == 1.0
        assert [one["category"] for one in found["categories"]] == [
            "Things", "Things > Kind 0", "Things > Kind 1", "Things > Kind 2"
        ]  # fmt: skip
        assert (found["worst"], found["requirements"]) == ([], [])

    def test_a_photo_that_cannot_be_read_is_listed_and_left_out(
        self, cli: Cli, built: Path, photos: Path
    ) -> None:
        found = json.loads(cli("evaluate", "--queries", photos, "--index", built, "--json").stdout)
        (failure,) = found["failed"]
        assert failure["image"].endswith("images/gone.png")
        assert "cannot be read" in failure["reason"]
        said = cli("evaluate", "--queries", photos, "--index", built).stdout
        assert "1 left out:" in said
        assert "images/gone.png: " in said

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_a_photo_whose_name_is_no_unicode_is_left_out_too(
        self, cli: Cli, built: Path, shop: Path, options: tuple[str, ...]
    ) -> None:
        photos = shop.parent / "photos.jsonl"
        names = (r"bad\ud800.png", "images/0.png")
        lines = [f'{{"image": "{one}", "product_id": "p0"}}\n' for one in names]
        photos.write_text("".join(lines))
        result = cli("evaluate", "--queries", photos, "--index", built, *options)
        assert result.exit_code == 0, result.output
        assert "row 1" in result.stdout

    def test_says_it_for_people(self, cli: Cli, built: Path, photos: Path) -> None:
        result = cli("evaluate", "--queries", photos, "--index", built)
        assert result.exit_code == 0, result.output
        assert re.match(r"Version 1 \(efficientnet_lite0\S*\) on 9 photos:\n", result.stdout)
        assert "6 by their product, 2 by their category, 1 by neither" in result.stdout
        lines = [line.split() for line in result.stdout.splitlines()]
        assert ["recall@1", "100.0%", "100.0%", "–", "100.0%", "8"] in lines
        assert "Each category, the weakest first" in result.stdout

    def test_a_result_of_another_product_is_wrong_and_one_of_the_category_right(
        self, cli: Cli, built: Path, write: Callable[..., Path]
    ) -> None:
        photos = write([(0, "p1", ""), (0, "unknown", "Things > Kind 0")])
        found = json.loads(cli("evaluate", "--queries", photos, "--index", built, "--json").stdout)
        assert found["metrics"]["recall@1"]["value"] == 0.5
        (worst,) = found["worst"]
        assert (worst["by"], worst["first"][0]["product_id"]) == ("product", "p0")
        assert 2 <= worst["rank"] <= 6
        assert worst["precision"] == pytest.approx(1 / worst["rank"])
        assert [one["is_right"] for one in worst["first"]] == [
            one["product_id"] == "p1" for one in worst["first"]
        ]
        assert Path(worst["first"][0]["image"]).is_file()

    def test_a_report_is_a_page_with_the_worst_photos_as_pictures(
        self, cli: Cli, built: Path, write: Callable[..., Path], tmp_path: Path
    ) -> None:
        photos = write([(0, "p1", "Things > Kind 1"), (1, "p1", "Things > Kind 1")])
        page = tmp_path / "page.html"
        result = cli("evaluate", "--queries", photos, "--index", built, "--report", page)
        assert result.exit_code == 0, result.output
        html = page.read_text()
        assert html.startswith("<!doctype html>")
        assert "Recall@1" in html
        assert "The worst photos" in html
        assert 'src="data:image/jpeg;base64,' in html

    def test_a_report_that_has_no_place_is_refused_before_the_work(
        self, cli: Cli, built: Path, photos: Path, tmp_path: Path
    ) -> None:
        for place in (tmp_path, tmp_path / "no" / "page.html"):
            result = cli("evaluate", "--queries", photos, "--index", built, "--report", place)
            assert result.exit_code == 1
            assert len(result.stderr.splitlines()) == 1

    def test_a_bar_that_is_met_changes_nothing(self, cli: Cli, built: Path, photos: Path) -> None:
        bars = ("--require", "recall@1>=1", "--require", "map > 0.5")
        result = cli("evaluate", "--queries", photos, "--index", built, *bars, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["requirements"] == [
            {"requirement": "recall@1>=1.0", "value": 1.0, "is_met": True},
            {"requirement": "map>0.5", "value": 1.0, "is_met": True},
        ]

    def test_a_missed_bar_is_named_after_the_answer_with_exit_code_3(
        self, cli: Cli, built: Path, photos: Path, tmp_path: Path
    ) -> None:
        bars = ("recall@1>=0.9", "recall@5<1", "category@9>=0.1")
        options = [part for bar in bars for part in ("--require", bar)]
        page = tmp_path / "page.html"
        result = cli(
            *("evaluate", "--queries", photos, "--index", built, *options, "--report", page),
            "--json",
        )
        assert result.exit_code == 3
        assert json.loads(result.stdout)["photos"] == 9
        assert "recall@5<1.0 is missed: it is 1." in result.stderr
        assert "category@9>=0.1 is missed: no photo measures it." in result.stderr
        assert "recall@1" not in result.stderr
        assert page.read_text().count(">missed<") == 2

    @pytest.mark.parametrize("bar", ["recall@3>=0.5", "accuracy>=0.5", "recall@1>=50", "recall@1"])
    def test_a_bar_that_is_none_is_a_wrong_use_of_the_command(
        self, cli: Cli, built: Path, photos: Path, bar: str
    ) -> None:
        result = cli("evaluate", "--queries", photos, "--index", built, "--require", bar)
        assert result.exit_code == 2
        assert f"'{bar}' is no requirement" in result.stderr
        assert "recall@10" in result.stderr

    def test_a_missing_file_is_one_sentence(self, cli: Cli, built: Path) -> None:
        result = cli("evaluate", "--queries", "gone.csv", "--index", built)
        assert result.exit_code == 1
        assert result.stderr == "gone.csv: there is no such file or folder; check the path.\n"
        assert result.stdout == ""
        assert cli("evaluate", "--index", built).exit_code == 2

    def test_an_index_that_is_not_there_is_one_sentence(
        self, cli: Cli, photos: Path, tmp_path: Path
    ) -> None:
        result = cli("evaluate", "--queries", photos, "--index", tmp_path / "none")
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1

    def test_photos_that_say_nothing_cannot_be_judged(
        self, cli: Cli, built: Path, write: Callable[..., Path]
    ) -> None:
        result = cli("evaluate", "--queries", write([(0, "gone", "")]), "--index", built)
        assert result.exit_code == 1
        assert "no photo names a product of the catalog or a category" in result.stderr

    def test_with_no_usable_photo_says_why(
        self, cli: Cli, built: Path, write: Callable[..., Path]
    ) -> None:
        photos = write([("gone", "p0", "")])
        result = cli("evaluate", "--queries", photos, "--index", built)
        assert result.exit_code == 1
        assert f"{photos}: there is no photo that can be asked about (" in result.stderr
        assert "gone.png" in result.stderr

    def test_a_file_that_is_empty_or_of_another_kind_is_one_sentence(
        self, cli: Cli, built: Path, tmp_path: Path
    ) -> None:
        for name in ("empty.csv", "photos.txt"):
            (tmp_path / name).write_text("")
            result = cli("evaluate", "--queries", tmp_path / name, "--index", built)
            assert result.exit_code == 1
            assert name in result.stderr
            assert len(result.stderr.splitlines()) == 1
