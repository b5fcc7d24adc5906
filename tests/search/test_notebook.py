"""Answers in a notebook: every text is text, every picture that can be read is shown."""

import base64
import io
import json
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import Answer, SearchEngine

Draw = Callable[..., Image.Image]
TITLE = 'Cup <script>alert("1")</script> for $5 & $6'


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, draw: Draw, converted: Path
) -> Iterator[SearchEngine]:
    folder = tmp_path_factory.mktemp("notebook")
    index = folder / "index"
    index.mkdir()
    (index / "cache").symlink_to(converted)
    for number in range(8):
        draw(number).save(folder / f"{number}.png")
    rows = [
        {"product_id": f"p{number}", "image": f"{number}.png", "title": TITLE, "price": 3.5,
         "currency": "EUR"}
        for number in range(8)
    ]  # fmt: skip
    (folder / "catalog.jsonl").write_text("\n".join(map(json.dumps, rows)))
    build(folder / "catalog.jsonl", index, BuildOptions(), Steps(Console(quiet=True)))
    with closing(SearchEngine.open(index)) as opened:
        yield opened


@pytest.fixture
def answer(engine: SearchEngine, draw: Draw) -> Answer:
    return engine.similar(draw(3), k=7)


def pictures(html: str) -> list[Image.Image]:
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in found]


def test_a_strip_shows_the_query_and_each_result_with_its_score(answer: Answer) -> None:
    html = answer._repr_html_()
    assert len(pictures(html)) == 1 + 7
    assert max(max(one.size) for one in pictures(html)) <= 240
    assert f"{answer.results[0].score:.3f}" in html
    assert "3.50 EUR" in html
    assert len(html) < 8 * 20_000


def test_texts_of_a_catalog_are_no_markup(answer: Answer) -> None:
    html = answer._repr_html_()
    assert "<script" not in html
    assert "Cup &lt;script&gt;" in html
    odd = 'https://a.example/b.jpg?"onerror="alert(1)'
    html = replace(answer, results=[replace(answer.results[0], image=odd)])._repr_html_()
    assert 'src="https://a.example/b.jpg?&quot;onerror=&quot;alert(1)"' in html


def test_an_answer_about_a_product_has_no_picture_of_its_own(engine: SearchEngine) -> None:
    assert len(pictures(engine.similar(product_id="p2", k=3)._repr_html_())) == 3


def test_a_figure_has_the_query_and_each_result(answer: Answer, tmp_path: Path) -> None:
    figure = answer.plot()
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == "asked"
    assert len([one for one in titles if one]) == 1 + 7
    assert f"{answer.results[0].score:.3f}" in titles[1]
    figure.savefig(tmp_path / "answer.png")  # a $ begins no formula
    with Image.open(tmp_path / "answer.png") as drawn:
        assert drawn.width > 600


def test_pictures_that_cannot_be_read_leave_their_place_empty(answer: Answer) -> None:
    gone = replace(answer.results[0], image="no-such-file.png")
    lost = replace(answer, results=[gone])
    lost.show_with(answer._pictures)
    assert len(pictures(lost._repr_html_())) == 1
    assert len(lost.plot().axes) == 2


def test_an_answer_that_was_stored_shows_its_texts_alone(answer: Answer) -> None:
    again = pickle.loads(pickle.dumps(answer))  # noqa: S301 - our own
    assert again == answer
    assert pictures(again._repr_html_()) == []
    assert "Cup" in again.plot().axes[1].get_title()
