"""Reasons are of the very answer: its score, its pictures, and what follows in its ranking."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.errors import BadParameter, ImageNotFound, ProductNotFound, QueryForgotten
from search.explaining import HeatMap

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, draw: Draw) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rows = []
    for number in range(8):
        scene = draw(number)
        scene.save(folder / f"{number}-a.png")
        scene.rotate(5, fillcolor="white").save(folder / f"{number}-b.png")
        rows.append(
            {
                "product_id": f"p{number}",
                "image": f"{number}-a.png|{number}-b.png",
                "category": f"Things > {'Round' if number % 2 else 'Square'}",
                "price": number + 1,
                "washable": "true",
            }
        )
    with (folder / "catalog.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, photos: Path, converted: Path
) -> Iterator[SearchEngine]:
    index = tmp_path_factory.mktemp("index")
    (index / "cache").symlink_to(converted)
    build(photos / "catalog.csv", index, BuildOptions(), Steps(Console(quiet=True)))
    with closing(SearchEngine.open(index)) as made:
        yield made


def total(heat: HeatMap) -> float:
    assert heat.grid is not None
    assert heat.rest is not None
    return float(np.sum(heat.grid)) + heat.rest


@pytest.mark.parametrize("box", [None, (40, 30, 300, 220)])
def test_the_score_is_the_answers_and_both_maps_add_up_to_it(
    engine: SearchEngine, draw: Draw, box: tuple[int, int, int, int] | None
) -> None:
    answer = engine.similar(draw(3).rotate(9), box=box)
    for result in answer.results:
        found = engine.explain(
            image_id=answer.query.image_id, box=answer.query.box, result=result.product_id
        )
        assert found.method == "pooled"
        assert found.score == pytest.approx(result.score, abs=2e-6)
        assert found.result.image_id == str(result.image_id)
        for heat in (found.query, found.result):
            assert total(heat) == pytest.approx(result.score, abs=1e-4)
            assert heat.rest == pytest.approx(0, abs=1e-4)  # this head has no centre
        assert found.query.image_id == answer.query.image_id
        assert found.query.box == answer.query.box
        assert (found.query.width, found.query.height) == answer.query.size


def test_of_a_product_with_several_images_the_nearest_pair_is_explained(
    engine: SearchEngine,
) -> None:
    answer = engine.similar(product_id="p3")
    found = engine.explain(product_id="p3", result=answer.results[1].product_id)
    assert found.score == pytest.approx(answer.results[1].score, abs=2e-6)
    assert found.query.image_id in {str(one.image_id) for one in engine._catalog.images_of("p3")}
    assert total(found.query) == pytest.approx(found.score, abs=1e-4)
    assert found.shared.attributes == {"washable": "true"}
    assert found.shared.category in {"Things", "Things > Round"}


def test_what_follows_is_the_next_row_of_the_ranking(engine: SearchEngine, draw: Draw) -> None:
    answer = engine.similar(draw(3).rotate(9), k=8)
    rows = answer.results
    for row, following in pairwise(rows):
        found = engine.explain(image_id=answer.query.image_id, result=row.product_id).next
        assert found is not None
        assert (found.product_id, found.score) == (following.product_id, following.score)
        assert found.margin == pytest.approx(row.score - following.score, abs=1e-6)
        assert found.differs["price"].result == row.product.price
        assert "washable" not in found.differs
    last = engine.explain(image_id=answer.query.image_id, result=rows[-1].product_id)
    assert last.next is None


def test_a_filter_decides_what_follows(engine: SearchEngine, draw: Draw) -> None:
    condition = ["category:Things > Round"]
    answer = engine.similar(draw(3).rotate(9), k=8, filter=condition)
    first, second = answer.results[:2]
    found = engine.explain(
        image_id=answer.query.image_id, result=first.product_id, filter=condition
    )
    assert found.next is not None
    assert found.next.product_id == second.product_id


def test_the_picture_itself_is_no_colour_away(engine: SearchEngine, photos: Path) -> None:
    found = engine.explain(photos / "3-a.png", result="p3")
    assert found.color.difference == pytest.approx(0, abs=0.01)
    other = engine.explain(photos / "3-a.png", result="p4")
    assert other.color.difference is not None
    assert other.color.difference > 0.02


@pytest.mark.parametrize("side", ["query", "result"])
def test_an_overlay_is_the_picture_in_other_colours(
    engine: SearchEngine, photos: Path, side: str
) -> None:
    found = engine.explain(photos / "3-a.png", result="p3")
    drawn = Image.open(io.BytesIO(found.overlay("query" if side == "query" else "result")))
    assert (drawn.format, drawn.size) == ("PNG", (320, 240))


def test_a_picture_that_changed_is_said_and_the_other_one_is_explained(
    engine: SearchEngine, photos: Path, draw: Draw
) -> None:
    kept = (photos / "5-a.png").read_bytes()
    answer = engine.similar(draw(5))
    try:
        draw(6).save(photos / "5-a.png")
        found = engine.explain(image_id=answer.query.image_id, result="p5")
        assert found.result.grid is None
        assert found.result.reason == "the picture has changed since it was indexed"
        assert found.method == "pooled"
        assert total(found.query) == pytest.approx(found.score, abs=1e-4)
        with pytest.raises(ImageNotFound, match="has changed since it was indexed"):
            found.overlay("result")
    finally:
        (photos / "5-a.png").write_bytes(kept)


def test_what_cannot_be_explained_is_said(engine: SearchEngine, draw: Draw) -> None:
    with pytest.raises(ProductNotFound, match="'nothing'"):
        engine.explain(draw(1), result="nothing")
    with pytest.raises(ProductNotFound, match="'nothing'"):
        engine.explain(product_id="nothing", result="p1")
    with pytest.raises(QueryForgotten, match="send it again"):
        engine.explain(image_id="unknown", result="p1")
    with pytest.raises(BadParameter, match="exactly one"):
        engine.explain(result="p1")


def test_detection_changes_no_answer(engine: SearchEngine, draw: Draw) -> None:
    for seed in range(4):
        auto, off = (engine.similar(draw(seed), detect=way) for way in ("auto", "off"))
        assert auto.results == off.results
        assert off.query.objects == []
        boxed = engine.similar(draw(seed), box=(10, 10, 200, 200))
        assert (boxed.query.box, boxed.query.objects) == ((10, 10, 200, 200), [])


def test_each_object_can_be_asked_for(engine: SearchEngine, draw: Draw) -> None:
    both = Image.new("RGB", (640, 240), "white")
    both.paste(draw(1), (0, 0))
    both.paste(draw(2), (320, 0))
    answer = engine.similar(both)
    assert answer.query.box == (0, 0, 640, 240)
    for one in answer.query.objects:
        part = engine.similar(image_id=answer.query.image_id, box=one.box)
        assert part.query.box == one.box
