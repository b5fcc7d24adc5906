"""A real build tries objects on held-out pictures, and its version answers as that decided."""

import csv
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from indexer.build import BuildReport
from indexer.regions import cutting
from indexer.regions.wording import read_regions
from search import SearchEngine
from search.versions import MANIFEST, IndexFolder

Build = Callable[..., BuildReport]
Draw = Callable[..., Image.Image]
PRODUCTS, VIEWS = 12, 6


@pytest.fixture
def catalog(tmp_path: Path, draw: Draw) -> Path:
    """Products with several photos: a scene in one half, and something else beside it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    rows = []
    for product in range(PRODUCTS):
        names = []
        for view in range(VIEWS):
            photo = Image.new("RGB", (240, 120), (235, 235, 235))
            photo.paste(draw(product, 100, 100).rotate(7 * view, fillcolor="white"), (10, 10))
            photo.paste(draw(100 + view, 100, 100), (130, 10))
            names.append(f"{product}-{view}.png")
            photo.save(folder / names[-1])
        rows.append({"product_id": f"p{product}", "image": "|".join(names), "category": "A > B"})
    with (folder / "catalog.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder / "catalog.csv"


def test_with_few_pictures_nothing_is_tried(catalog: Path, index: Path, build: Build) -> None:
    build(catalog, index)
    found = read_regions(IndexFolder(index).require_live())
    assert found is not None
    assert found.departments == {}
    assert found.reason == "there are too few pictures to hold out"


def test_held_out_pictures_are_asked_both_ways(
    catalog: Path, index: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_FEWEST", 4)
    monkeypatch.setattr(cutting, "_SHARE", 1.0)
    build(catalog, index)
    made = IndexFolder(index).require_live()
    found = read_regions(made)
    assert found is not None
    assert made.regions == asdict(found)
    assert set(found.departments) <= {"A"}
    assert sum(one.photos for one in found.departments.values()) > 0


def test_an_object_is_searched_where_the_version_says_so(
    catalog: Path, index: Path, build: Build, draw: Draw
) -> None:
    build(catalog, index)
    photo = Image.new("RGB", (400, 200), (235, 235, 235))
    photo.paste(draw(3, 160, 160), (20, 20))
    photo.paste(draw(300, 160, 160), (220, 20))
    with closing(SearchEngine.open(index)) as engine:
        whole = engine.similar(photo)
    decide(index, {"A": {"photos": 9, "better": 9, "worse": 0, "searched": True}})
    with closing(SearchEngine.open(index)) as engine:
        answer = engine.similar(photo)
        assert answer.query.objects == whole.query.objects
        assert answer.query.box == answer.query.objects[0].box
        part = engine.similar(photo, box=answer.query.box)
        assert part.results == answer.results
        assert engine.similar(photo, detect="off").results == whole.results
        assert engine.similar(photo, box=(0, 0, 200, 200)).query.box == (0, 0, 200, 200)
        indexed = engine.similar(catalog.parent / "3-0.png")
        assert (indexed.results[0].product_id, indexed.results[0].score) == ("p3", 1.0)
        explained = engine.explain(photo, box=answer.query.box, result="p3")
        scores = {one.product_id: one.score for one in engine.similar(photo, k=12).results}
        assert explained.score == pytest.approx(scores["p3"], abs=2e-6)


def test_a_version_without_the_record_searches_whole_pictures(
    catalog: Path, index: Path, build: Build, draw: Draw
) -> None:
    build(catalog, index)
    decide(index, None)
    with closing(SearchEngine.open(index)) as engine:
        answer = engine.similar(draw(3, 300, 200))
        assert answer.query.box == (0, 0, 300, 200)
        assert answer.results == engine.similar(draw(3, 300, 200), detect="off").results


def decide(index: Path, departments: dict[str, Any] | None) -> None:
    """What the live version says of regions, None as in one of an earlier release."""
    path = index / "versions" / "1" / MANIFEST
    fields = json.loads(path.read_text())
    del fields["seal"], fields["regions"]  # manifests of earlier releases have neither
    if departments is not None:
        fields["regions"] = {"seconds": 1.0, "departments": departments, "reason": ""}
    path.write_text(json.dumps(fields))
