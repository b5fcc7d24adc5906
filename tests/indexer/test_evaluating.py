"""``indexer evaluate`` says how often answers are right, and why it cannot when it cannot."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

Cli = Callable[..., Result]
Draw = Callable[..., Image.Image]
WriteRows = Callable[..., Path]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def queries(tmp_path: Path, shop: Path, draw: Draw, write_rows: WriteRows) -> Path:
    """Each picture of the shop, a little darker; the last one is said to be another product."""
    rows = []
    for number in range(6):
        photo = draw(number, 64, 64).point(lambda value: int(value * 0.9))
        photo.save(tmp_path / f"{number}.png")
        rows.append({"image": f"{number}.png", "product_id": f"p{number}"})
    rows[5]["product_id"] = "p0"
    for row in rows:
        row["category"] = f"Things > Kind {int(row['product_id'][1]) % 3}"
    return write_rows(tmp_path / "queries.csv", rows)


@pytest.fixture
def evaluate(cli: Cli, shop: Path, index: Path, queries: Path, edit: Any) -> Callable[..., Result]:
    """Build the shop, of which one title is hostile, then ``evaluate(options…)``."""
    edit(shop, lambda rows: rows[5].update(title=HOSTILE))
    assert cli("build", shop, "--index", index).exit_code == 0

    def run(*options: object) -> Result:
        return cli("evaluate", "--index", index, "--queries", queries, *options)

    return run


def test_the_metrics_count_the_right_answers(evaluate: Callable[..., Result]) -> None:
    found = json.loads(evaluate("--json").stdout)
    assert (found["photos"], found["by_product"], found["by_category"]) == (6, 6, 0)
    recall = found["metrics"]["recall@1"]
    assert recall["value"] == pytest.approx(5 / 6)
    assert recall["low"] < recall["value"] <= recall["high"] <= 1
    assert found["metrics"]["recall@10"]["value"] == 1
    assert found["metrics"]["category@1"]["value"] == 1
    assert [Path(photo["image"]).name for photo in found["worst"]] == ["5.png"]


def test_a_product_that_the_catalog_lacks_is_judged_by_its_category(
    evaluate: Callable[..., Result], queries: Path, edit: Any
) -> None:
    edit(queries, lambda rows: [row.update(product_id="unknown") for row in rows])
    found = json.loads(evaluate("--json").stdout)
    assert (found["by_product"], found["by_category"]) == (0, 6)
    assert found["metrics"]["recall@1"]["value"] == pytest.approx(5 / 6)


def test_the_page_shows_the_worst_photos_and_runs_nothing(
    evaluate: Callable[..., Result], tmp_path: Path
) -> None:
    done = evaluate("--report", tmp_path / "report.html")
    assert done.exit_code == 0
    assert "recall@1" in done.stdout
    page = (tmp_path / "report.html").read_text()
    assert "5.png" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert 'src="http' not in page
    assert "&lt;script&gt;" in page


def test_a_bar_that_is_missed_ends_with_three_after_the_answer(
    evaluate: Callable[..., Result],
) -> None:
    done = evaluate("--json", "--require", "recall@1>=0.99", "--require", "category>=0.5")
    assert done.exit_code == 3
    checked = json.loads(done.stdout)["requirements"]
    assert [one["is_met"] for one in checked] == [False, True]
    assert "recall@1>=0.99" in done.stderr
    assert evaluate("--require", "recall@1>=0.5").exit_code == 0


def test_an_unknown_requirement_is_wrong_usage(evaluate: Callable[..., Result]) -> None:
    done = evaluate("--require", "beauty>=1")
    assert done.exit_code == 2
    assert "recall@1" in done.stderr


def test_a_photo_that_cannot_be_read_is_named_and_left_out(
    evaluate: Callable[..., Result], queries: Path
) -> None:
    (queries.parent / "2.png").unlink()
    found = json.loads(evaluate("--json").stdout)
    assert found["photos"] == 5
    assert [Path(one["image"]).name for one in found["failed"]] == ["2.png"]


@pytest.mark.parametrize("missing", ["file", "labels", "photos"])
def test_nothing_to_judge_gives_a_sentence(
    evaluate: Callable[..., Result], queries: Path, edit: Any, missing: str
) -> None:
    if missing == "file":
        queries.unlink()
    elif missing == "labels":
        edit(queries, lambda rows: [row.update(product_id="", category="") for row in rows])
    else:
        for photo in queries.parent.glob("?.png"):
            photo.unlink()
    done = evaluate()
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert queries.name in done.stderr
