"""``indexer compare``: what it counts, checked against answers worked out by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from indexer.asking import Failure
from indexer.build import BuildReport
from indexer.comparing.figures import Comparison, Outcome, summarize
from indexer.photos import Photo
from search.answers import Answer, IndexState, Query, Took
from search.answers import Result as Row
from search.catalog.records import Product
from search.predictions.taxonomy import CategoryShare

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]
Rows = Callable[[Path, list[dict[str, Any]]], Path]


def an_answer(products: str, category: str = "") -> Answer:
    """One whose results are the products a, b, … in this order."""
    rows = [
        Row(one, 0.5, 1, "", Product(one, "", "", "", "", None, "", None, "", {}))
        for one in products
    ]
    categories = [CategoryShare(category, 1.0)] if category else []
    state = IndexState(1, 1, "m", "2026-01-02")
    query = Query(None, (1, 1), (0, 0, 1, 1))
    return Answer(query, categories, [], "ok", {}, rows, {}, state, Took(0, 0, 0, 0), "r")


def an_outcome(a: str, b: str, right: str = "", k: int = 3) -> Outcome:
    return Outcome.of(Photo(f"{a}-{b}", right, ""), [an_answer(a), an_answer(b)], k)


def compared(*outcomes: Outcome, failed: tuple[Failure, ...] = ()) -> Comparison:
    return summarize((3, 4), ("m", "n"), 3, outcomes, list(failed))


class TestOutcome:
    def test_of_the_same_answers_overlaps_whole_and_moves_nothing(self) -> None:
        same = an_outcome("abcd", "abcd", right="b")
        assert (same.overlap, same.moves, same.ranks) == (1.0, (0, 0, 0), (2, 2))
        assert same.first == ("a", "a")

    def test_counts_only_the_first_k(self) -> None:
        other = an_outcome("abcd", "cbxa", right="d")
        assert other.overlap == pytest.approx(2 / 3)
        assert other.moves == (0, 2), "b and c; a is fourth in the other"
        assert other.ranks == (4, None)

    def test_of_fewer_products_than_k_can_overlap_whole(self) -> None:
        assert an_outcome("ab", "ba").overlap == 1.0

    def test_without_a_known_product_has_no_ranks(self) -> None:
        assert an_outcome("abc", "abc").ranks is None

    @pytest.mark.parametrize(
        ("predicted", "right"),
        [("A > B", True), ("A > B > C", True), ("A > Bee", False), ("A", False), ("", False)],
    )
    def test_a_category_is_right_on_the_spot_or_below(self, predicted: str, right: bool) -> None:
        answers = [an_answer("a", predicted), an_answer("a", "A > B")]
        outcome = Outcome.of(Photo("x", "", "A > B"), answers, 3)
        assert outcome.categories == (right, True)


class TestSummary:
    def test_has_the_metrics_of_each_side_over_the_photos_of_a_known_product(self) -> None:
        found = compared(
            an_outcome("abcdefghijk", "bacdefghijk", right="a"),
            an_outcome("abcdefghijk", "kbcdefghija", right="k"),
            an_outcome("abc", "abc", right="z"),
            an_outcome("abc", "abc"),
        )
        assert (found.photos, found.with_product, found.with_category) == (4, 3, 0)
        assert (found.a.version, found.a.model, found.b.version) == (3, "m", 4)
        assert (found.a.recall_at_1, found.b.recall_at_1) == (0.3333, 0.3333)
        assert (found.a.recall_at_5, found.b.recall_at_5) == (0.3333, 0.6667)
        assert (found.a.recall_at_10, found.b.recall_at_10) == (0.3333, 0.6667)
        assert (found.a.mrr, found.b.mrr) == (round((1 + 1 / 11) / 3, 4), 0.5)
        assert (found.better, found.worse, found.same) == (1, 1, 1)
        assert found.a.category is None

    def test_means_overlap_over_photos_and_moves_over_products(self) -> None:
        found = compared(an_outcome("abc", "cba"), an_outcome("abc", "xyz"))
        assert (found.overlap, found.moved) == (0.5, round(4 / 3, 4))

    def test_shows_the_five_that_differ_most_and_none_that_do_not(self) -> None:
        same, far, near = (an_outcome("abc", other) for other in ("abc", "xyz", "acb"))
        assert compared(same, near, far, same).furthest == [far, near]
        assert compared(*[far] * 9).furthest == [far] * 5
        assert compared(same).furthest == []

    def test_of_photos_that_say_nothing_has_no_metrics(self) -> None:
        found = compared(an_outcome("abc", "abc"))
        assert {found.a.recall_at_1, found.a.mrr, found.b.category} == {None}


class TestCommand:
    @pytest.fixture
    def two(self, shop: Path, index: Path, build: Build, tiny_model: str) -> Path:
        """An index with a version of the default model and one of a small random network."""
        build(shop, index)
        build(shop, index, model=tiny_model)
        return index

    @pytest.fixture
    def queries(self, shop: Path, write_rows: Rows) -> Path:
        """The shop's own pictures as photos, one that is missing, one of an unknown product."""
        rows = [
            {"image": f"images/{n}.png", "product_id": f"p{n}", "category": "Things"}
            for n in range(6)
        ]
        rows += [
            {"image": "images/gone.png", "product_id": "p0", "category": ""},
            {"image": "images/0.png", "product_id": "unknown", "category": ""},
        ]
        return write_rows(shop.parent / "queries.csv", rows)

    def test_json_holds_every_figure(self, cli: Cli, two: Path, queries: Path) -> None:
        result = cli("compare", 1, 2, "--queries", queries, "--index", two, "--k", 2, "--json")
        found = json.loads(result.stdout)
        assert (found["k"], found["photos"], found["with_product"]) == (2, 7, 6)
        for side, model in (("a", "efficientnet_lite0+plain"), ("b", "timm:test_efficientnet/")):
            assert found[side]["model"].startswith(model)
            assert found[side]["recall_at_1"] == found[side]["mrr"] == 1.0, "they are indexed"
            assert found[side]["category"] == 1.0
        assert (found["better"], found["worse"], found["same"]) == (0, 0, 6)
        assert 0.5 <= found["overlap"] <= 1
        (failure,) = found["failed"]
        assert failure["image"].endswith("images/gone.png")
        assert "cannot be read" in failure["reason"]

    def test_says_it_for_people(self, cli: Cli, two: Path, queries: Path) -> None:
        result = cli("compare", 1, 2, "--queries", queries, "--index", two)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("Versions 1 and 2 on 7 photos:\n")
        lines = [line.split() for line in result.stdout.splitlines()]
        assert ["Recall@1", "100.0%", "100.0%", "6"] in lines
        assert ["1", "left", "out:"] in lines
        assert "images/gone.png: " in result.stdout

    def test_of_a_version_that_is_not_there_names_those_that_are(
        self, cli: Cli, two: Path, queries: Path
    ) -> None:
        result = cli("compare", 1, 7, "--queries", queries, "--index", two)
        assert result.exit_code == 1
        assert "has no version 7; choose one of 1, 2." in result.stderr

    def test_with_no_usable_photo_says_why(
        self, cli: Cli, two: Path, shop: Path, write_rows: Rows
    ) -> None:
        path = write_rows(shop.parent / "q.csv", [{"image": "gone.png"}])
        result = cli("compare", 1, 2, "--queries", path, "--index", two)
        assert result.exit_code == 1
        assert f"{path}: there is no photo that can be asked about (" in result.stderr
        assert "gone.png" in result.stderr

    def test_of_a_missing_file_and_of_none_are_told_apart(self, cli: Cli, two: Path) -> None:
        result = cli("compare", 1, 2, "--queries", "gone.csv", "--index", two)
        assert result.exit_code == 1
        assert "gone.csv: there is no such file" in result.stderr
        assert cli("compare", 1, 2, "--index", two).exit_code == 2
