"""``indexer doctor`` on a catalog with known faults: what it finds, writes, and leaves alone."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from typer.testing import Result

from indexer.build import BuildReport
from indexer.doctoring.records import Kind

Cli = Callable[..., Result]
Draw = Callable[..., Image.Image]
Write = Callable[[Path, list[dict[str, Any]]], Path]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, draw: Draw, write_rows: Write) -> Path:
    """Twelve sound products, and one of each fault that a picture can have by itself."""
    folder = tmp_path_factory.mktemp("clinic")
    scenes = {f"p{number}": draw(number, 240, 240) for number in range(12)}
    scenes["bytes"] = scenes["p0"]
    scenes["crop"] = scenes["p1"].crop((20, 20, 230, 230)).resize((190, 190))
    scenes["blank"] = Image.new("RGB", (200, 200), "white")
    scenes["blurred"] = draw(50, 240, 240).filter(ImageFilter.GaussianBlur(7))
    scenes["tiny"] = draw(51, 60, 60)
    for name, picture in scenes.items():
        picture.save(folder / f"{name}.png")
    rows = [
        {
            "product_id": name,
            "image": f"{name}.png",
            "title": f"<b>{name}</b>",
            "category": "Things",
        }
        for name in scenes
    ]
    (folder / "broken.png").write_bytes(b"no picture")
    rows.append({"product_id": "broken", "image": "broken.png", "title": "", "category": ""})
    return write_rows(folder / "catalog.csv", rows)


@pytest.fixture(scope="module")
def model(networks: Path, tiny_model: str) -> str:
    """The tiny model, whose weights are made with its network."""
    return tiny_model


@pytest.fixture(scope="module")
def answer(clinic: Path, cli: Cli, tmp_path_factory: pytest.TempPathFactory, model: str) -> Any:
    """The diagnosis of the file, with a page and a list in ``files``."""
    files = tmp_path_factory.mktemp("written")
    options = ("--report", files / "doctor.html", "--csv", files / "doctor.csv")
    result = cli("doctor", clinic, "--model", model, "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) | {"files": files}


def products(answer: Any, kind: Kind) -> list[list[str]]:
    return [
        [image["product_id"] for image in one["images"]]
        for one in answer["findings"]
        if one["kind"] == kind
    ]


def on_disk(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Kind.DUPLICATE, [["p0", "bytes"]]),
        (Kind.NEAR_DUPLICATE, [["p1", "crop"]]),
        (Kind.BLANK, [["blank"]]),
        (Kind.BLURRED, [["blurred"]]),
        (Kind.TINY, [["tiny"]]),
        (Kind.LABEL, []),
        (Kind.PLACEHOLDER, []),
    ],
)
def test_each_fault_is_found_where_it_is(answer: Any, kind: Kind, found: list[list[str]]) -> None:
    assert products(answer, kind) == found


def test_it_counts_what_it_looked_at(answer: Any) -> None:
    assert (answer["images"], answer["rejected"], answer["unread"]) == (17, 1, 0)
    assert list(answer["counts"]) == [kind.value for kind in Kind]
    assert sum(answer["counts"].values()) == len(answer["findings"])


def test_the_list_has_a_line_for_each_picture_at_fault(answer: Any) -> None:
    with (answer["files"] / "doctor.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(len(one["images"]) for one in answer["findings"])
    pair = [line for line in lines if line["kind"] == "near-duplicate"]
    assert [line["product_id"] for line in pair] == ["p1", "crop"]
    assert len({line["finding"] for line in pair}) == 1


def test_the_page_shows_the_pictures_and_what_merchants_write_as_text(answer: Any) -> None:
    page = (answer["files"] / "doctor.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == sum(
        len(one["images"]) + len(one["beside"]) for one in answer["findings"]
    )
    assert "&lt;b&gt;crop&lt;/b&gt;" in page
    assert "<b>crop" not in page
    assert "<script" not in page


@pytest.mark.parametrize(("kind", "code"), [("blank", 3), ("label", 0)])
def test_a_forbidden_kind_ends_with_exit_code_3(
    clinic: Path, cli: Cli, model: str, kind: str, code: int
) -> None:
    result = cli("doctor", clinic, "--model", model, "--forbid", kind)
    assert result.exit_code == code
    assert ("blank=0 is missed: it is 1." in result.stderr) == (code == 3)
    assert "near-duplicate" in result.stdout


def test_an_index_is_examined_without_a_file_and_stays_as_it_is(
    clinic: Path,
    cli: Cli,
    index: Path,
    build: Callable[..., BuildReport],
    answer: Any,
    model: str,
) -> None:
    build(clinic, index, model=model)
    before = {path: data for path, data in on_disk(index).items() if "sqlite" not in path.name}
    result = cli("doctor", "--index", index, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["counts"] == answer["counts"]
    after = {path: data for path, data in on_disk(index).items() if "sqlite" not in path.name}
    assert after == before


def test_a_picture_that_is_gone_since_the_build_is_counted(
    shop: Path, cli: Cli, index: Path, build: Callable[..., BuildReport], model: str
) -> None:
    build(shop, index, model=model)
    (shop.parent / "images/0.png").unlink()
    result = cli("doctor", "--index", index, "--json")
    assert json.loads(result.stdout)["unread"] == 1


def test_nothing_to_look_at_is_one_sentence(cli: Cli, tmp_path: Path, write_rows: Write) -> None:
    file = write_rows(tmp_path / "c.csv", [{"product_id": "a", "image": "missing.jpg"}])
    result = cli("doctor", file)
    assert result.exit_code == 1
    assert "it has no usable image" in result.stderr


def test_without_an_index_it_says_how_to_make_one(cli: Cli, tmp_path: Path) -> None:
    result = cli("doctor", "--index", tmp_path / "none")
    assert result.exit_code == 1
    assert "There is no index" in result.stderr


def test_a_model_is_only_for_a_file(cli: Cli, index: Path, model: str) -> None:
    result = cli("doctor", "--index", index, "--model", model)
    assert result.exit_code == 2
    assert "--model is for a catalog file" in result.stderr
