"""``indexer feedback``: what people said, counted and written to files."""

import csv
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from indexer.build import BuildReport
from search import SearchEngine

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]

COLUMNS = [
    *("feedback_id", "given_at", "request_id", "product_id", "verdict", "category"),
    *("score", "version", "asked", "backbone"),
]


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> Path:
    build(shop, index)
    return index


@pytest.fixture
def judged(built: Path, shop: Path) -> Path:
    """A picture, of which a verdict and a category were given, and a product."""
    with closing(SearchEngine.open(built)) as engine:
        answer = engine.similar(shop.parent / "images" / "2.png", request_id="r-1")
        engine.feedback("r-1", product_id=answer.results[0].product_id, verdict="same")
        engine.feedback("r-1", category="Things > Kind 2")
        engine.similar(product_id="p1", request_id="r-2")
        engine.feedback("r-2", product_id="p4", verdict="wrong")
    return built


def export(cli: Cli, index: Path, output: Path) -> Path:
    result = cli("feedback", "export", "-o", output, "--index", index, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"rows": 3, "output": str(output)}
    assert [path.name for path in output.parent.iterdir()] == [output.name], "nothing is left over"
    return output


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def check(rows: list[dict[str, Any]], nothing: object) -> None:
    """What every format must have; ``nothing`` is how it writes what is not known."""
    verdict, category, of_product = rows
    assert all(list(row)[: len(COLUMNS)] == COLUMNS for row in rows)
    assert (verdict["request_id"], verdict["product_id"], verdict["verdict"]) == (
        *("r-1", "p2", "same"),
    )
    assert float(verdict["score"]) >= 0.999
    assert verdict["category"] == verdict["asked"] == nothing
    assert (category["category"], category["product_id"]) == ("Things > Kind 2", nothing)
    assert category["verdict"] == category["score"] == nothing
    assert (of_product["asked"], of_product["product_id"], of_product["verdict"]) == (
        *("p1", "p4", "wrong"),
    )
    assert {int(row["version"]) for row in rows} == {1}
    assert verdict["given_at"] <= category["given_at"] <= of_product["given_at"]


def test_csv_has_a_row_for_each(cli: Cli, judged: Path, out: Path) -> None:
    with export(cli, judged, out / "f.csv").open(newline="", encoding="utf-8") as file:
        check(list(csv.DictReader(file)), "")


def test_jsonl_has_a_row_for_each(cli: Cli, judged: Path, out: Path) -> None:
    lines = export(cli, judged, out / "f.jsonl").read_text(encoding="utf-8").splitlines()
    check([json.loads(line) for line in lines], None)


def test_parquet_has_the_features_too(cli: Cli, judged: Path, out: Path, shop: Path) -> None:
    rows = pq.read_table(export(cli, judged, out / "f.parquet")).to_pylist()
    check(rows, None)
    with closing(SearchEngine.open(judged)) as engine:
        for row, product in zip(rows, ("p2", "p2", "p1"), strict=True):
            assert row["backbone"] == engine.embedder.backbone.fingerprint
            found = engine.similar(features=np.array([row["features"]], np.float32)).results[0]
            assert (found.product_id, found.score >= 0.999) == (product, True)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_where_nobody_said_anything_the_file_has_no_rows(
    cli: Cli, built: Path, out: Path, suffix: str
) -> None:
    output = out / f"f{suffix}"
    result = cli("feedback", "export", "-o", output, "--index", built)
    assert (result.exit_code, result.stdout) == (0, f"{output}: 0 rows of feedback\n")
    if suffix == ".parquet":
        assert pq.read_table(output).column_names == [*COLUMNS, "features"]
    else:
        wanted = f"{','.join(COLUMNS)}\n" if suffix == ".csv" else ""
        assert output.read_text().replace("\r", "") == wanted


def test_another_format_is_wrong_usage(cli: Cli, judged: Path, out: Path) -> None:
    result = cli("feedback", "export", "-o", out / "f.xlsx", "--index", judged)
    assert result.exit_code == 2
    assert ".csv or .jsonl or .parquet" in result.stderr
    assert not list(out.iterdir())


def test_a_place_where_nothing_can_be_written_is_one_sentence(
    cli: Cli, judged: Path, out: Path
) -> None:
    result = cli("feedback", "export", "-o", out / "gone" / "f.csv", "--index", judged)
    assert result.exit_code == 1
    assert "there is no such file or folder" in result.stderr


@pytest.mark.parametrize("command", [("count",), ("export", "-o", "f.csv")])
def test_without_an_index_there_is_one_sentence(
    cli: Cli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = cli("feedback", *command, "--index", tmp_path / "none")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "indexer build" in result.stderr


def test_feedback_is_counted_by_verdict(cli: Cli, judged: Path) -> None:
    result = cli("feedback", "count", "--index", judged, "--json")
    assert json.loads(result.stdout) == {"same": 1, "similar": 0, "wrong": 1, "category": 1}
    result = cli("feedback", "count", "--index", judged)
    wanted = f"Feedback in '{judged}': same 1, similar 0, wrong 1, categories 1\n"
    assert result.stdout == wanted


def test_a_build_keeps_the_feedback(cli: Cli, judged: Path, shop: Path, build: Build) -> None:
    build(shop, judged)
    result = cli("feedback", "count", "--index", judged, "--json")
    assert sum(json.loads(result.stdout).values()) == 3
