"""Every photo of a file is asked of every engine, or it is said why not."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer.asking import Failure, ask_each, predicted_category
from indexer.build import BuildReport
from indexer.photos import Photo
from indexer.progress import Steps
from search.answers import Answer, IndexState, Query, Took
from search.engine import SearchEngine
from search.errors import CatalogFileError
from search.fetching.fetcher import Fetcher
from search.predictions.taxonomy import CategoryShare

Build = Callable[..., BuildReport]
Rows = Callable[[Path, list[dict[str, Any]]], Path]
Asked = tuple[list[tuple[Photo, list[Answer]]], list[Failure]]
Ask = Callable[..., Asked]


@pytest.fixture
def engine(shop: Path, index: Path, build: Build) -> Iterator[SearchEngine]:
    build(shop, index)
    with closing(SearchEngine.open(index)) as engine:
        yield engine


@pytest.fixture
def ask(engine: SearchEngine) -> Ask:
    """``ask(file, engines=1, allow=())``: each photo with its answers, and what failed."""

    def run(file: Path, engines: int = 1, allow: tuple[str, ...] = ()) -> Asked:
        with Steps(Console(file=io.StringIO())) as steps, Fetcher(allow=allow) as fetcher:
            return ask_each(engines * [engine], file, fetcher, lambda *pair: pair, steps)

    return run


def test_each_photo_gets_an_answer_of_each_engine_in_order(
    shop: Path, write_rows: Rows, ask: Ask
) -> None:
    rows = [{"image": f"images/{one}.png|images/0.png", "product_id": f"p{one}"} for one in (3, 2)]
    asked, failed = ask(write_rows(shop.parent / "q.csv", rows), engines=2)
    assert failed == []
    assert [(Path(photo.source).name, photo.product_id) for photo, _ in asked] == [
        ("3.png", "p3"), ("0.png", "p3"), ("2.png", "p2"), ("0.png", "p2")
    ]  # fmt: skip
    firsts = [[answer.results[0].product_id for answer in answers] for _, answers in asked]
    assert firsts == [["p3"] * 2, ["p0"] * 2, ["p2"] * 2, ["p0"] * 2]
    assert {len(answer.results) for _, answers in asked for answer in answers} == {6}


def test_a_product_that_the_catalog_does_not_hold_is_not_known(
    shop: Path, write_rows: Rows, ask: Ask
) -> None:
    rows = [
        {"image": "images/0.png", "product_id": one, "category": "A"} for one in ("p0", "gone", "")
    ]
    asked, _ = ask(write_rows(shop.parent / "q.csv", rows))
    assert [(photo.product_id, photo.category) for photo, _ in asked] == [
        ("p0", "A"), ("", "A"), ("", "A")
    ]  # fmt: skip


def test_what_cannot_be_asked_about_is_named_and_left_out(shop: Path, ask: Ask) -> None:
    (shop.parent / "images" / "text.png").write_text("not a picture")
    file = shop.parent / "q.jsonl"
    images = ("images/gone.png", "images/text.png", "images/1.png")
    lines = ['{"image": 3}', *(f'{{"image": "{one}"}}' for one in images)]
    file.write_text("\n".join(lines))
    asked, failed = ask(file)
    assert [Path(photo.source).name for photo, _ in asked] == ["1.png"]
    assert [Path(one.image).name for one in failed] == ["row 1", "gone.png", "text.png"]
    assert all(one.reason for one in failed)


def test_photos_from_the_web_are_fetched_where_that_is_allowed(
    shop: Path, write_rows: Rows, ask: Ask, site: Any
) -> None:
    site.pages["/a.png"] = (shop.parent / "images" / "4.png").read_bytes()
    rows = [{"image": f"{site.url}/{name}.png"} for name in ("a", "gone")]
    rows.append({"image": "images/0.png"})
    file = write_rows(shop.parent / "q.csv", rows)
    asked, failed = ask(file, allow=("127.0.0.1",))
    assert [answer.results[0].product_id for _, (answer,) in asked] == ["p4", "p0"]
    assert [one.image for one in failed] == [f"{site.url}/gone.png"]
    site.asked.clear()
    asked, failed = ask(file)
    assert len(failed) == 2
    assert not site.asked, "nothing that was not allowed is asked for"


def test_a_file_without_any_photo_that_can_be_asked_about_is_refused(
    shop: Path, write_rows: Rows, ask: Ask
) -> None:
    file = write_rows(shop.parent / "q.csv", [{"image": "", "product_id": "p0"}])
    with pytest.raises(
        CatalogFileError, match=r"q\.csv: there is no photo .*\(row \d: there is no"
    ):
        ask(file)
    file.write_text("image\n")
    with pytest.raises(CatalogFileError, match=r"no photo that can be asked about\.$"):
        ask(file)


def test_the_predicted_category_is_the_one_with_the_most_votes() -> None:
    def an_answer(*paths: str) -> Answer:
        shares = [CategoryShare(path, 0.5) for path in paths]
        state, took = IndexState(1, 1, "m", "2026-01-02"), Took(0, 0, 0, 0)
        query = Query(None, (1, 1), (0, 0, 1, 1))
        return Answer(query, shares, [], "ok", {}, [], {}, state, took, "r")

    assert predicted_category(an_answer("A > B", "A")) == "A > B"
    assert predicted_category(an_answer()) == ""
