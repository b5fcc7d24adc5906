"""What people read of an answer: in plain words, with probabilities, within 80 columns."""

from dataclasses import replace
from io import StringIO

from rich.console import Console
from rich.text import Text

from indexer.tables.answers import parts
from search.answers import Answer, IndexState, Query, Result, Took
from search.catalog.records import Product
from search.colours import Colour
from search.predictions.matching import Match
from search.predictions.predictor import ValueShare
from search.predictions.taxonomy import CategoryShare


def result(product_id: str, p_same: float | None, match: Match | None) -> Result:
    title = "Royal Gala, sweet and red, in a net of one kilogram"
    product = Product(
        product_id, title, "", "Fruit > Apple", "Ember", 3.2, "EUR", True, "", {"color": "red"}
    )
    return Result(product_id, 0.83, 17, "g01.jpg", product, p_same, match)


ANSWER = Answer(
    query=Query("i", (10, 10), (0, 0, 10, 10), colors=[Colour("red", "#c12f22", 1.0)]),
    categories=[CategoryShare("Fruit > Apple", 0.93), CategoryShare("Fruit > Pear", 0.05)],
    category=[CategoryShare("Fruit", 0.999), CategoryShare("Fruit > Apple", 0.93)],
    category_status="ok",
    attributes={
        "color": [ValueShare("red", 0.8), ValueShare("green", 0.002)],
        "organic": [ValueShare(True, 0.6)],
    },
    results=[result("g01", 0.71, "same"), result("g02", 0.2, "similar")],
    facets={},
    index=IndexState(1, 1, "m", "2026-01-31T12:00:00+00:00"),
    took_ms=Took(0, 0, 0, 0),
    request_id="r",
)


def shown(answer: Answer) -> list[str]:
    console = Console(file=StringIO(), width=80, highlight=False)
    for part in parts(answer, "photo.jpg", "Nothing is left."):
        console.print(part, soft_wrap=isinstance(part, Text))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def category(answer: Answer) -> str:
    return shown(answer)[1].removeprefix("  category  ")


def test_the_heading_has_probabilities_and_nothing_is_certain() -> None:
    assert shown(ANSWER)[:6] == [
        "photo.jpg",
        "  category  Fruit > Apple (93%)",
        "  color     red (80%), green (<1%)",
        "  organic   true (60%)",
        "  colours   red (100%)",
        "",
    ]
    sure = replace(ANSWER, category=[CategoryShare("Fruit", 1.0)])
    assert category(sure) == "Fruit (>99%)"


def test_a_part_of_a_path_is_said_with_what_it_may_be() -> None:
    unsure = replace(
        ANSWER,
        category_status="backed_off",
        category=[CategoryShare("Fruit", 0.81)],
        categories=[
            CategoryShare("Fruit > Apple", 0.43),
            CategoryShare("Fruity > Juice", 0.4),
            CategoryShare("Fruit > Pear", 0.17),
        ],
    )
    assert category(unsure) == "not sure: Fruit (81%), perhaps Apple (43%) or Pear (17%)"


def test_a_picture_that_is_like_nothing_is_said_to_be() -> None:
    nothing = replace(
        ANSWER, category_status="abstained", category=[], results=[result("g01", 0.02, "none")]
    )
    assert category(nothing) == "looks like nothing in the catalog"
    *_, said, more = shown(nothing)
    assert said.startswith("No result is sure enough to be called the product in the picture")
    assert "is it with 2%): the catalog may not have it." in more
    unsure = replace(nothing, categories=[CategoryShare("Hat", 0.24), CategoryShare("Bag", 0.2)])
    assert category(unsure) == "not sure, perhaps Hat (24%) or Bag (20%)"
    unlabelled = replace(nothing, categories=[])
    assert category(unlabelled) == "unknown: no product near it has one"


def test_each_row_has_its_match_and_probability_in_80_columns() -> None:
    lines = shown(ANSWER)
    at = next(number for number, line in enumerate(lines) if "p_same" in line)
    assert lines[at].split() == [
        *("score", "match", "p_same", "product", "title", "category", "price"),
    ]
    assert lines[at + 1].split()[:5] == ["1", "0.830", "same", "71%", "g01"]
    assert lines[at + 1].endswith("Apple     3.20 EUR")
    assert not any("No result" in line for line in lines)


def test_without_a_calibration_there_is_neither() -> None:
    lines = shown(replace(ANSWER, results=[result("g01", None, None)]))
    assert not any(name in line for line in lines for name in ("match", "p_same", "None"))
    assert any(line.split()[:3] == ["1", "0.830", "g01"] for line in lines)


def test_an_empty_answer_says_what_to_do_instead_of_a_table() -> None:
    lines = shown(replace(ANSWER, results=[]))
    assert lines[-1] == "Nothing is left."
    assert not any("score" in line for line in lines)
