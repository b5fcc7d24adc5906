"""``indexer evaluate --feedback``: what people judged is asked again, and judged as they did."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update
from typer.testing import Result

from indexer.build import BuildReport
from indexer.evaluating.feedback import grouped
from search import Answer, SearchEngine
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.tables import feedback
from search.feedback.queries import JudgedQueries
from search.versions import IndexFolder

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> Path:
    build(shop, index)
    return index


@pytest.fixture
def engine(built: Path) -> Iterator[SearchEngine]:
    with closing(SearchEngine.open(built)) as made:
        yield made


@pytest.fixture
def ask(engine: SearchEngine, shop: Path) -> Callable[[int], Answer]:
    """``ask(3)``: the answer to the picture of p3."""
    return lambda number: engine.similar(shop.parent / "images" / f"{number}.png")


@pytest.fixture
def evaluated(cli: Cli, built: Path) -> Callable[..., Any]:
    """``evaluated("--require", …)``: what the command prints as JSON."""

    def run(*options: object) -> Any:
        result = cli("evaluate", "--feedback", "--index", built, "--json", *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def value(found: Any, name: str) -> Any:
    return found["metrics"][name] and found["metrics"][name]["value"]


def products(answer: Answer) -> list[str]:
    return [one.product_id for one in answer.results]


def test_recall_is_of_what_people_called_the_same_product(
    engine: SearchEngine, ask: Callable[[int], Answer], evaluated: Callable[..., Any]
) -> None:
    first, third = ask(0), ask(1)
    engine.feedback(first.request_id, product_id="p0", verdict="same")
    engine.feedback(third.request_id, product_id=products(third)[2], verdict="same")
    engine.feedback(third.request_id, product_id=products(third)[1], verdict="similar")
    found = evaluated()
    assert (found["asked"], found["photos"], found["by_product"]) == ("queries", 2, 2)
    assert (value(found, "recall@1"), value(found, "recall@5")) == (0.5, 1.0)
    assert value(found, "map") == pytest.approx((1 + 1 / 3) / 2)
    assert found["metrics"]["recall@1"]["photos"] == 2
    (worst,) = found["worst"]
    assert (worst["image"], worst["rank"]) == (f"request {third.request_id}", 3)


def test_one_of_several_same_products_is_enough(
    engine: SearchEngine, ask: Callable[[int], Answer], evaluated: Callable[..., Any]
) -> None:
    answer = ask(2)
    for place in (1, 3):
        engine.feedback(answer.request_id, product_id=products(answer)[place], verdict="same")
    found = evaluated()
    assert found["photos"] == 1
    assert (value(found, "recall@1"), value(found, "recall@5")) == (0.0, 1.0)
    assert value(found, "map") == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_a_first_result_that_people_called_wrong_is_a_rejection(
    engine: SearchEngine, ask: Callable[[int], Answer], evaluated: Callable[..., Any]
) -> None:
    rejected, later, good, unjudged = ask(0), ask(1), ask(2), ask(3)
    engine.feedback(rejected.request_id, product_id="p0", verdict="wrong")
    engine.feedback(later.request_id, product_id=products(later)[1], verdict="wrong")
    engine.feedback(good.request_id, product_id="p2", verdict="same")
    engine.feedback(unjudged.request_id, category="Things")
    found = evaluated()
    assert value(found, "rejected@1") == pytest.approx(1 / 3)
    assert found["metrics"]["rejected@1"]["photos"] == 3
    engine.delete("p0")
    assert value(evaluated(), "rejected@1") == 0, "another result comes first now"


def test_a_product_that_was_asked_for_is_not_counted_as_found(
    engine: SearchEngine, evaluated: Callable[..., Any], shop: Path
) -> None:
    answer = engine.similar(product_id="p2")
    assert products(answer)[0] == "p2"
    engine.feedback(answer.request_id, product_id="p2", verdict="same")
    assert evaluated()["by_product"] == 0
    engine.feedback(answer.request_id, product_id=products(answer)[1], verdict="same")
    engine.feedback(answer.request_id, product_id=products(answer)[2], verdict="wrong")
    found = evaluated()
    assert (found["photos"], found["by_product"], value(found, "recall@1")) == (1, 1, 1.0)
    assert value(found, "rejected@1") == 0


def test_the_category_is_the_one_that_people_named(
    engine: SearchEngine, ask: Callable[[int], Answer], evaluated: Callable[..., Any]
) -> None:
    answers = [ask(number) for number in range(3)]
    assert answers[0].categories[0].path == "Things > Kind 0"
    engine.feedback(answers[0].request_id, category="Things > Kind 0")
    engine.feedback(answers[1].request_id, category="Things > Kind 2")
    found = evaluated()
    assert value(found, "category") == 0.5
    assert (value(found, "category@1"), value(found, "category@2")) == (1.0, 0.5)
    assert value(found, "recall@1") is None
    assert "rejected@1" not in found["metrics"]


def test_what_is_gone_from_the_catalog_cannot_be_found(
    engine: SearchEngine, ask: Callable[[int], Answer], evaluated: Callable[..., Any]
) -> None:
    engine.feedback(ask(0).request_id, product_id="p0", verdict="same")
    engine.feedback(ask(1).request_id, product_id="p1", verdict="same")
    engine.delete("p1")
    found = evaluated()
    assert (found["by_product"], found["by_nothing"], value(found, "recall@1")) == (1, 1, 1.0)


def test_feedback_on_answers_of_another_model_is_left_out(
    engine: SearchEngine,
    ask: Callable[[int], Answer],
    built: Path,
    evaluated: Callable[..., Any],
    cli: Cli,
) -> None:
    old, new = ask(0).request_id, ask(1).request_id
    engine.feedback(old, product_id="p0", verdict="same")
    change(built, old)
    assert cli("evaluate", "--feedback", "--index", built).exit_code == 1
    engine.feedback(new, product_id="p1", verdict="same")
    found = evaluated()
    assert found["photos"] == 1
    (failure,) = found["failed"]
    assert failure["image"] == f"request {old}"
    assert "another model" in failure["reason"]


def change(index: Path, request_id: str) -> None:
    """Let another backbone have answered a request."""
    own = feedback.c.request_id == request_id
    with (
        closing(Catalog.open(sqlite_url(IndexFolder(index).catalog))) as catalog,
        catalog.engine.begin() as connection,
    ):
        connection.execute(update(feedback).where(own).values(backbone="f" * 16))


def test_a_request_is_one_query_and_a_product_has_all_its_views() -> None:
    views = np.eye(4, dtype=np.float32)
    given = JudgedQueries(
        features=views[[0, 0, 1, 2, 3]],
        request_ids=["r", "r", "r", "s", "s"],
        asked=["", "", "", "p9", "p9"],
        product_ids=["p1", "", "p1", "p1", "p2"],
        verdicts=["same", "", "wrong", "wrong", "similar"],
        categories=["", "Things", "", "", ""],
    )
    found = list(grouped(given))
    assert [(one.request_id, one.asked, one.category) for one in found] == [
        ("r", "", "Things"),
        ("r", "", ""),
        ("s", "p9", ""),
    ]
    assert [one.verdicts for one in found] == [
        {"p1": "same"},
        {"p1": "wrong"},
        {"p1": "wrong", "p2": "similar"},
    ]
    assert [len(one.features) for one in found] == [2, 1, 2]


def test_says_it_for_people_and_as_a_page(
    engine: SearchEngine, ask: Callable[[int], Answer], cli: Cli, built: Path, tmp_path: Path
) -> None:
    answer = engine.similar(product_id="p3")
    engine.feedback(answer.request_id, product_id=products(answer)[2], verdict="same")
    engine.feedback(ask(1).request_id, product_id="p1", verdict="wrong")
    page = tmp_path / "page.html"
    result = cli("evaluate", "--feedback", "--index", built, "--report", page)
    assert result.exit_code == 0, result.output
    assert " on 2 queries that people judged:" in result.stdout
    assert "for 1 they found the same product" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["95", "%", "interval", "queries"] in lines
    assert any(line[:2] == ["rejected@1", "50.0%"] for line in lines)
    html = page.read_text()
    assert "2\nqueries that people judged" in html
    assert "Rejected@1" in html
    assert "The worst queries" in html
    assert 'src="data:image/jpeg;base64,' in html, "the product that was asked for has a picture"


def test_bars_are_checked_and_a_missed_one_ends_with_exit_code_3(
    engine: SearchEngine, ask: Callable[[int], Answer], cli: Cli, built: Path
) -> None:
    engine.feedback(ask(1).request_id, product_id="p1", verdict="wrong")
    command = ("evaluate", "--feedback", "--index", built, "--require")
    assert cli(*command, "rejected@1<=1").exit_code == 0
    result = cli(*command, "rejected@1<=0.05")
    assert result.exit_code == 3
    assert "rejected@1<=0.05 is missed: it is 1." in result.stderr


def test_without_any_feedback_there_is_one_sentence(cli: Cli, built: Path) -> None:
    result = cli("evaluate", "--feedback", "--index", built)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "POST /feedback" in result.stderr


def test_a_file_or_feedback_is_asked_and_not_both(cli: Cli, built: Path) -> None:
    for options in ((), ("--feedback", "--queries", "photos.csv")):
        result = cli("evaluate", "--index", built, *options)
        assert result.exit_code == 2
        assert "exactly one of --queries and --feedback" in result.stderr
