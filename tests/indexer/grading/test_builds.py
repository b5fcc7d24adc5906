"""Real builds grade themselves: of products with one picture each, behind URLs, and again."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

from indexer.build import BuildReport
from indexer.grading.reading import read_grade
from indexer.grading.records import Grade
from indexer.grading.views import changed
from indexer.tuning import tuning
from indexer.tuning.records import Tuning, TuningReport
from search import SearchEngine
from search.embedding import Embedder
from search.embedding.head import Head
from search.errors import NotCalibrated
from search.images import decode, load
from search.versions import IndexFolder
from search.versions.manifest import Manifest

Build = Callable[..., BuildReport]
Cli = Callable[..., Result]
COUNT = 60


@pytest.fixture
def catalog(tmp_path: Path, make_shop: Callable[..., Path]) -> Path:
    """Products with one picture each and no category."""
    return make_shop(tmp_path / "shop", COUNT)


def live(index: Path) -> Manifest:
    return IndexFolder(index).require_live()


def graded(index: Path) -> Grade:
    grade = read_grade(live(index))
    assert grade is not None
    return grade


def without_category(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["category"] = ""


def test_products_with_one_picture_are_asked_for_changed_ones(
    catalog: Path, index: Path, build: Build, edit: Callable[..., Path]
) -> None:
    edit(catalog, without_category)
    tiny = Image.new("RGB", (8, 8), "red")
    tiny.save(catalog.parent / "images" / "3.png")
    build(catalog, index)
    grade = graded(index)
    asked = grade.queries["view"]
    assert asked == 49  # fifty are drawn, and the tiny one among them has no part
    assert grade.queries == {"view": asked, "absent": asked}
    assert f"learned from {asked} strongly changed pictures" in " ".join(grade.notes)
    assert grade.match is not None
    assert grade.match.kept is not None
    recall = grade.metrics["recall@1"]
    assert recall is not None
    assert recall.photos == asked
    assert recall.low > 0.2  # by chance 0.02
    assert grade.exact == 1.0
    with closing(SearchEngine.open(index)) as engine:
        answer = engine.similar(catalog.parent / "images" / "0.png")
        assert (answer.results[0].product_id, answer.results[0].match) == ("p0", "same")
        assert answer.category_status == "abstained"  # nothing has a category


def test_pictures_behind_urls_are_not_fetched_again(
    index: Path, build: Build, site: Any, tmp_path: Path,
    write_rows: Callable[..., Path], picture: Callable[[Path, int], Path],
) -> None:  # fmt: skip
    for number in range(12):
        data = picture(tmp_path / f"{number}.png", number).read_bytes()
        site.pages[f"/{number}.png"] = data
    rows = [{"product_id": f"p{at}", "image": f"{site.url}/{at}.png"} for at in range(12)]
    build(write_rows(tmp_path / "shop" / "catalog.csv", rows), index, fetch_allow=("127.0.0.1",))
    assert set(site.asked.values()) == {1}
    grade = graded(index)
    assert grade.queries == {}
    assert "p_same was not learned from such views" in " ".join(grade.notes)
    with closing(SearchEngine.open(index)) as engine:
        answer = engine.similar(tmp_path / "3.png")
        assert (answer.results[0].p_same, answer.results[0].match) == (None, None)
        with pytest.raises(NotCalibrated) as refused:
            engine.similar(tmp_path / "3.png", min_match=0.5)
    assert str(refused.value) == (
        "min_match cannot be used: version 1 knows no p_same, because only 0 held-out pictures had "
        "their product in the index and 0 had not, where 30 of each are needed; leave min_match "
        "out."
    )


def test_a_kept_head_keeps_its_grade_and_its_calibration(
    catalog: Path, index: Path, build: Build, edit: Callable[..., Path],
    picture: Callable[[Path, int], Path], cli: Cli,
) -> None:  # fmt: skip
    build(catalog, index)
    first = live(index)
    picture(catalog.parent / "images" / "new.png", 999)
    new = {"product_id": "new", "image": "images/new.png"}
    edit(catalog, lambda rows: rows.append(rows[0] | new))
    assert build(catalog, index).version == 2
    second = live(index)
    assert second.images == COUNT + 1
    assert second.self_grade == first.self_grade
    assert second.calibration == first.calibration
    assert second.reference == first.reference
    assert second.head_revision == first.head_revision
    assert graded(index).revision == first.head_revision < second.revision
    shown = " ".join(cli("report", "--index", index).stdout.split())
    assert f"Measured at revision {first.head_revision} of the catalog" in shown


def test_tuning_measures_anew_and_reads_no_picture(
    catalog: Path, index: Path, build: Build, edit: Callable[..., Path], cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    edit(catalog, without_category)
    build(catalog, index)
    for file in (catalog.parent / "images").iterdir():
        file.unlink()
    projection = np.random.default_rng(0).normal(size=(1280, 32)).astype(np.float32)
    head = Head("tuned", np.zeros(1280, np.float32), projection)
    found = Tuning(head, TuningReport((), "made up", COUNT, 0, 0.1, "It was made up."))
    monkeypatch.setattr(tuning, "choose_head", lambda *_: found)
    monkeypatch.setattr(Embedder, "features", lambda *_: pytest.fail("a picture was embedded"))
    assert json.loads(cli("tune", "--index", index, "--json").stdout)["version"] == 2
    made = live(index)
    assert made.head == head.fingerprint
    grade = graded(index)
    assert grade.revision == made.head_revision
    assert "p_same was not learned from such views" in " ".join(grade.notes)
    assert made.calibration is not None
    assert made.calibration["matching"] is None


@pytest.mark.parametrize("size", [(64, 64), (40, 300), (12, 12)])
def test_a_changed_picture_is_another_one_and_always_the_same(
    draw: Callable[..., Image.Image], size: tuple[int, int]
) -> None:
    picture = load(draw(3, *size))
    once, again, other = (changed(picture, Random(seed)) for seed in (1, 1, 2))  # noqa: S311
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != other.tobytes()
    for view in (once, other):
        assert view.mode == "RGB"
        assert 0.4 < view.width * view.height / (size[0] * size[1]) < 1.2
        assert decode(_png(view), "the view").size == view.size


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
