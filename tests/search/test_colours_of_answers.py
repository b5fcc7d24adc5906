"""Colours on a real index: measured by the build and by live changes, filtered, counted, shown."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer
from search.catalog.filters.facets import FacetValue
from search.colours import Colour
from search.colours.names import EXAMPLES
from search.errors import BadFilter

SHOP = {"p1": ["red"], "p2": ["blue"], "p3": ["red", "green"], "p4": ["black"]}


def encoded(name: str, side: int = 96) -> bytes:
    """A disc of that colour on light grey."""
    image = Image.new("RGB", (side, side), "#dddddd")
    edge = side // 5
    ImageDraw.Draw(image).ellipse((edge, edge, side - edge, side - edge), fill=EXAMPLES[name])
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def only(name: str) -> list[Colour]:
    return [Colour(name, EXAMPLES[name], 1.0)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    with (folder / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "image"])
        for product, names in SHOP.items():
            for name in names:
                (folder / f"{product}-{name}.png").write_bytes(encoded(name))
            writer.writerow([product, "|".join(f"{product}-{name}.png" for name in names)])
    made = tmp_path_factory.mktemp("index")
    (made / "cache").symlink_to(converted)
    with Steps(Console(file=io.StringIO())) as steps:
        build(folder / "catalog.csv", made, BuildOptions(), steps)
    return made


@pytest.fixture(scope="module")
def engine(index: Path) -> Iterator[SearchEngine]:
    with closing(SearchEngine.open(index)) as made:
        yield made


def found(answer: Answer) -> set[str]:
    return {result.product_id for result in answer.results}


def test_an_answer_says_what_the_query_and_each_result_look_like(engine: SearchEngine) -> None:
    answer = engine.similar(encoded("purple"))
    assert answer.query.colors == only("purple")
    for result in answer.results:
        assert result.colors in [only(name) for name in SHOP[result.product_id]]


def test_a_region_has_colours_of_its_own(engine: SearchEngine) -> None:
    both = Image.new("RGB", (200, 100))
    for place, name in enumerate(("red", "blue")):
        half = Image.open(io.BytesIO(encoded(name, 100)))
        both.paste(half, (100 * place, 0))
    whole = engine.similar(both)
    assert {one.name for one in whole.query.colors} == {"red", "blue"}
    part = engine.similar(image_id=whole.query.image_id, box=(100, 0, 200, 100))
    assert part.query.colors == only("blue")


def test_a_product_has_the_colours_of_its_first_picture(engine: SearchEngine) -> None:
    answer = engine.similar(product_id="p3")
    assert answer.query.colors == only("red")


def test_colours_filter_and_are_counted(engine: SearchEngine) -> None:
    answer = engine.similar(encoded("red"), filter=["color:red"], facets=["color"])
    assert found(answer) == {"p1", "p3"}
    assert answer.facets["color"].values == (FacetValue("red", 2), FacetValue("green", 1))
    assert found(engine.similar(encoded("red"), filter=["-color:red,blue"])) == {"p4"}
    with pytest.raises(BadFilter, match="turquoise"):
        engine.similar(encoded("red"), filter=["color:teal"])


def test_live_changes_are_measured(engine: SearchEngine) -> None:
    assert found(engine.similar(encoded("red"), filter=["color:yellow"])) == set()
    engine.upsert({"product_id": "new"}, files=[encoded("yellow")])
    answer = engine.similar(encoded("red"), filter=["color:yellow"])
    assert found(answer) == {"new"}
    assert answer.results[0].colors == only("yellow")
    engine.upsert({"product_id": "new"}, files=[encoded("orange")])
    assert found(engine.similar(encoded("red"), filter=["color:yellow"])) == set()
    assert found(engine.similar(encoded("red"), filter=["color:orange"])) == {"new"}
    engine.delete("new")
    facet = engine.similar(encoded("red"), facets=["color"]).facets["color"]
    assert "orange" not in {one.value for one in facet.values}
