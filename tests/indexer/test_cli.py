"""The ``indexer`` command: help, output, exit codes, and what it says about bad input."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

from indexer.build import BuildReport
from search.versions import IndexFolder
from tests.machine import of_the_work

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]

REPORT_KEYS = [
    *("products", "images", "embedded", "reused", "rejected", "added", "changed", "removed"),
    *("seconds", "images_per_second", "version", "tuning", "grade"),
]

COMMANDS = (
    *("build", "similar", "embed", "serve", "versions", "rollback", "compare", "tune", "train"),
    *("evaluate", "export", "feedback", "keys", "report", "doctor"),
)


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> Path:
    """An index with a live version."""
    build(shop, index)
    return index


def sentence(result: Result, *parts: str) -> str:
    """What a failed command says: one line on stderr that holds the parts, exit code 1."""
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not result.stdout
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    for part in parts:
        assert part in line
    return line


def is_live(index: Path, version: int = 1) -> bool:
    manifest = IndexFolder(index).require_live()
    IndexFolder(index).verify(manifest)
    return manifest.version == version


class TestHelp:
    def test_lists_every_command(self, cli: Cli) -> None:
        result = cli("--help")
        assert result.exit_code == 0
        for command in COMMANDS:
            assert f" {command} " in result.stdout

    @pytest.mark.parametrize(
        ("command", "names"),
        [
            ("build", ["CATALOG", "--index", "--model", "--strict", "--allow-shrink", "--json"]),
            ("build", ["--keep", "--dry-run", "--require", "--fetch-allow"]),
            ("similar", ["IMAGE", "--index", "-k", "--min-match", "--model", "--json"]),
            ("similar", ["--filter", "--facets", "--group", "--box", "--offset", "--fetch-allow"]),
            ("embed", ["CATALOG", "--output", "-o", "--index", "--model", "--json"]),
            ("tune", ["--index", "--out", "--json"]),
            (
                "doctor",
                ["CATALOG", "--index", "--model", "--report", "--csv", "--forbid", "--json"],
            ),
            ("export", ["--model", "--catalog", "--out", "--format", "--precision", "--max-loss"]),
            ("report", ["--index", "--version", "--html", "--json"]),
            ("versions", ["--index", "--json"]),
            ("rollback", ["VERSION", "--index", "--json"]),
            ("backup", ["OUTPUT", "--index", "--catalog", "--json"]),
            ("restore", ["FOLDER", "--index", "--catalog", "--json"]),
            ("compare", ["A", "B", "--queries", "--index", "-k", "--fetch-allow", "--json"]),
            ("serve", ["--index", "--host", "--port", "--model", "--fetch-allow", "--no-auth"]),
        ],
    )
    def test_of_a_command_names_its_arguments_and_shows_an_example(
        self, cli: Cli, command: str, names: list[str]
    ) -> None:
        result = cli(command, "--help")
        assert result.exit_code == 0
        for name in names:
            assert name.lower() in result.stdout.lower()
        assert f"Example: indexer {command}" in result.stdout

    def test_no_option_is_cut_short_in_80_columns(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        for command in COMMANDS:
            assert "…" not in cli(command, "--help").stdout


class TestBuild:
    def test_says_what_it_did(self, cli: Cli, shop: Path, index: Path) -> None:
        result = cli("build", shop, "--index", index)
        assert result.exit_code == 0
        first, second, third, *tuned = result.stdout.splitlines()
        assert first == f"Version 1 in '{index}': 6 products, 6 images"
        assert second.startswith("  6 images embedded (")
        assert second.endswith(", 0 reused")
        assert third.startswith("  6 products added, 0 changed, 0 removed, ")
        assert tuned[-2].startswith("  Head: plain. ")
        assert tuned[-1].startswith("  Grade: Recall@1 ")

    def test_names_the_rejects_file(self, cli: Cli, shop: Path, index: Path) -> None:
        (shop.parent / "images/0.png").unlink()
        result = cli("build", shop, "--index", index)
        assert result.exit_code == 0
        assert f"1 rejected: see {index / 'rejects.csv'}" in result.stdout.replace("'", "")

    def test_json_is_one_object_with_just_these_keys(
        self, cli: Cli, shop: Path, index: Path
    ) -> None:
        result = cli("build", shop, "--index", index, "--json")
        assert list(json.loads(result.stdout)) == REPORT_KEYS
        assert result.stdout.count("\n") == 1

    def test_is_silent_on_stderr_when_that_is_no_terminal(
        self, shop: Path, index: Path, indexer_command: Path
    ) -> None:
        done = subprocess.run(
            [indexer_command, "build", shop, "--index", index, "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert of_the_work(done.stderr) == ""
        assert json.loads(done.stdout)["embedded"] == 6

    def test_refuses_an_unknown_option_as_wrong_usage(self, cli: Cli, shop: Path) -> None:
        result = cli("build", shop, "--fast")
        assert result.exit_code == 2
        assert "--fast" in result.stderr

    def test_without_a_catalog_is_wrong_usage(self, cli: Cli) -> None:
        assert cli("build").exit_code == 2

    @pytest.mark.parametrize("size", ["5 cats", "0GB", "-1GB", "4", "GB", ""])
    def test_a_size_that_is_none_is_wrong_usage(self, cli: Cli, shop: Path, size: str) -> None:
        result = cli("build", shop, f"--max-memory={size}")
        assert result.exit_code == 2
        assert "write it like 4GB" in " ".join(result.stderr.replace("│", " ").split())

    def test_a_network_that_is_none_is_wrong_usage(self, cli: Cli, shop: Path) -> None:
        result = cli("build", shop, "--fetch-allow", "10.0.0.0/99")
        assert result.exit_code == 2
        assert "10.0.0.0/99" in result.stderr
        assert "write it like" in result.stderr


class TestDryRun:
    """``--dry-run`` says what a build would do, and does nothing."""

    def test_of_a_first_build_makes_no_folder(self, cli: Cli, shop: Path, tmp_path: Path) -> None:
        result = cli("build", shop, "--index", tmp_path / "new", "--dry-run")
        assert result.exit_code == 0
        _, added, *_, last = result.stdout.splitlines()
        assert added == "  6 products added: p0, p1, p2, p3, p4, …"
        assert last.startswith("  0 products unchanged, 6 images to embed, 0 to fetch, 0 rows")
        assert not (tmp_path / "new").exists()

    def test_of_a_changed_file_counts_and_names_the_changes(
        self, cli: Cli, shop: Path, built: Path, edit: Edit
    ) -> None:
        before = {path: path.read_bytes() for path in built.rglob("*") if path.is_file()}
        edit(shop, lambda rows: (rows[1].update(title="Better"), rows.pop(), rows.pop()))
        found = json.loads(cli("build", shop, "--index", built, "--dry-run", "--json").stdout)
        assert [found[kind] for kind in ("added", "changed", "removed")] == [0, 1, 2]
        assert found["examples"]["changed"] == ["p1"]
        assert found["to_embed"] == 0
        assert found["refused"] is True
        shown = cli("build", shop, "--index", built, "--dry-run").stdout
        assert "  2 products removed: p4, p5\n" in shown
        assert "It would be refused" in shown
        assert "It would be refused" not in (
            cli("build", shop, "--index", built, "--dry-run", "--allow-shrink").stdout
        )
        assert all(path.read_bytes() == data for path, data in before.items())
        assert is_live(built)


class TestSimilar:
    def test_shows_the_image_itself_first(self, cli: Cli, shop: Path, built: Path) -> None:
        result = cli("similar", shop.parent / "images/4.png", "--index", built, "-k", 3)
        assert result.exit_code == 0
        heading, category, colours, _, columns, first, *others = result.stdout.splitlines()
        assert heading == str(shop.parent / "images/4.png")
        assert re.match(r"  category  (not sure: )?Things( > Kind \d)? \(>?\d+%\)", category)
        assert re.fullmatch(r"  colours   \w+ \(\d+%\)(, \w+ \(\d+%\)){0,2}", colours)
        assert columns.split() == ["score", "product", "title", "category", "price"]
        assert first.split() == ["1", "1.000", "p4", "Product", "4", "Kind", "1", "4.50"]
        assert len(others) == 2

    def test_json_is_the_whole_answer(self, cli: Cli, shop: Path, built: Path) -> None:
        result = cli("similar", shop.parent / "images/4.png", "--index", built, "--json")
        answer = json.loads(result.stdout)
        assert list(answer) == [
            *("query", "categories", "category", "category_status", "attributes", "results"),
            *("facets", "index", "took_ms", "request_id"),
        ]
        assert answer["results"][0]["product_id"] == "p4"
        assert answer["results"][0]["score"] >= 0.999
        assert answer["index"]["version"] == 1

    def test_leaves_out_what_is_less_likely_than_min_match(
        self, cli: Cli, shop: Path, built: Path
    ) -> None:
        """Six products are too few to fit a calibration: this one knows the picture itself."""
        matching = {"first": [-9, 10, 0], "later": [-9, 10, 0, 0], "same": 0.5, "none": 0.4}
        calibration = {"matching": matching | {"categories": {}}, "reason": "", "attributes": {}}
        category = {"mean": 4, "nearest": 16, "votes": 0.5, "far": -100}
        manifest = built / "versions/1/manifest.json"
        calibration |= {"category": category, "temperatures": []}
        manifest.write_text(
            json.dumps(
                json.loads(manifest.read_text()) | {"calibration": calibration, "seal": None}
            )
        )
        asked = ("similar", shop.parent / "images/4.png", "--index", built, "--min-match")
        *_, columns, first = cli(*asked, 0.7).stdout.splitlines()
        assert columns.split()[:4] == ["score", "match", "p_same", "product"]
        assert first.split()[:5] == ["1", "1.000", "same", "73%", "p4"]
        assert "without --min-match you see" in cli(*asked, 0.8).stdout
        assert json.loads(cli(*asked, 0.8, "--json").stdout)["results"] == []

    def test_without_a_calibration_says_why_min_match_cannot_be_used(
        self, cli: Cli, shop: Path, built: Path
    ) -> None:
        asked = ("similar", shop.parent / "images/4.png", "--index", built, "--min-match")
        sentence(cli(*asked, 0.5), "version 1 knows no p_same, because", "leave min_match out")
        sentence(cli(*asked, 1.5), "min_match is 1.5; it must be from 0 to 1")

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (("--filter", "price:1000.."), "No product passes --filter"),
            (("--offset", "6"), "There are not more than 6 products"),
        ],
    )
    def test_without_a_result_says_what_to_change(
        self, cli: Cli, shop: Path, built: Path, options: tuple[str, str], why: str
    ) -> None:
        result = cli("similar", shop.parent / "images/4.png", "--index", built, *options)
        assert result.exit_code == 0
        assert why in result.stdout

    def test_takes_a_url_on_an_allowed_network(
        self, cli: Cli, shop: Path, built: Path, site: Any
    ) -> None:
        site.pages["/q.png"] = (shop.parent / "images/2.png").read_bytes()
        options = ("--index", built, "--fetch-allow", "127.0.0.0/8", "--json")
        result = cli("similar", f"{site.url}/q.png", *options)
        assert json.loads(result.stdout)["results"][0]["product_id"] == "p2"

    def test_a_product_without_a_price_has_an_empty_cell(
        self, cli: Cli, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        edit(shop, lambda rows: [row.update(price="", category="") for row in rows])
        build(shop, index)
        result = cli("similar", shop.parent / "images/4.png", "--index", index, "-k", 1)
        assert "  category  unknown: no product near it has one\n" in result.stdout
        assert result.stdout.splitlines()[-1].split() == ["1", "1.000", "p4", "Product", "4"]


class TestBadCatalogFile:
    """Each gives one sentence, exit code 1, and leaves the earlier version live."""

    @pytest.mark.parametrize(
        ("content", "parts"),
        [
            (b"product_id,title\np0,A\n", ["there is no column image"]),
            (b"sku,image\np0,images/0.png\n", ["no column product_id", "rename sku to product_id"]),
            (b"", ["there are no products in this file"]),
            (b"product_id,image\n", ["there are no products in this file"]),
            (
                "product_id,image,title\np0,images/0.png,Café\n".encode("latin-1"),
                ["save it as UTF-8"],
            ),
        ],
    )
    def test_that_cannot_be_read(
        self, cli: Cli, shop: Path, built: Path, content: bytes, parts: list[str]
    ) -> None:
        shop.write_bytes(content)
        sentence(cli("build", shop, "--index", built), str(shop), *parts)
        assert is_live(built)

    def test_that_is_not_there(self, cli: Cli, shop: Path, built: Path) -> None:
        missing = shop.with_name("other.csv")
        sentence(cli("build", missing, "--index", built), str(missing), "no such file; check the")
        assert is_live(built)

    def test_of_an_unknown_kind(self, cli: Cli, shop: Path, built: Path) -> None:
        other = shop.rename(shop.with_suffix(".xlsx"))
        result = cli("build", other, "--index", built)
        sentence(result, ".xlsx is no catalog format; save it as one of .csv")
        assert is_live(built)

    def test_with_only_bad_images(self, cli: Cli, shop: Path, built: Path) -> None:
        for path in (shop.parent / "images").iterdir():
            path.write_bytes(b"")
        result = cli("build", shop, "--index", built)
        sentence(result, "no usable image, so nothing was published", str(built / "rejects.csv"))
        assert is_live(built)

    def test_with_one_reject_where_none_is_allowed(self, cli: Cli, shop: Path, built: Path) -> None:
        (shop.parent / "images/0.png").write_bytes(b"")
        result = cli("build", shop, "--index", built, "--strict")
        sentence(result, "1 row or image was rejected", "--strict allows none", "rejects.csv")
        assert is_live(built)

    def test_that_would_remove_too_much(
        self, cli: Cli, shop: Path, built: Path, edit: Edit
    ) -> None:
        edit(shop, lambda rows: (rows.pop(), rows.pop()))
        sentence(cli("build", shop, "--index", built), "2 of 6 products", "--allow-shrink")
        assert is_live(built)
        assert cli("build", shop, "--index", built, "--allow-shrink").exit_code == 0


class TestBadModel:
    @pytest.mark.parametrize(
        ("spec", "parts"),
        [
            ("resnet", ["is not a model specification; known forms are efficientnet_lite0"]),
            ("timm:no_such_net", ["no_such_net", "check its name"]),
            ("timm:test_efficientnet/gone.safetensors", ["there is no file gone.safetensors"]),
        ],
    )
    def test_is_named(self, cli: Cli, shop: Path, built: Path, spec: str, parts: list[str]) -> None:
        sentence(cli("build", shop, "--index", built, "--model", spec), f"'{spec}'", *parts)
        assert is_live(built)

    def test_other_than_the_index_was_built_with_is_refused(
        self, cli: Cli, shop: Path, built: Path, tiny_model: str
    ) -> None:
        result = cli("similar", shop, "--index", built, "--model", tiny_model)
        sentence(result, "was built with efficientnet_lite0", "leave --model out")


class TestBadQuery:
    @pytest.mark.parametrize("command", ["similar", "serve"])
    def test_without_an_index_says_how_to_make_one(
        self, cli: Cli, tmp_path: Path, command: str
    ) -> None:
        picture = ["q.png"] if command == "similar" else []
        result = cli(command, *picture, "--index", tmp_path / "no")
        sentence(result, f"There is no index in '{tmp_path / 'no'}'", "indexer build CATALOG")

    def test_of_a_missing_picture(self, cli: Cli, built: Path) -> None:
        sentence(cli("similar", "gone.jpg", "--index", built), "gone.jpg", "check the path")

    def test_of_something_that_is_no_picture(self, cli: Cli, shop: Path, built: Path) -> None:
        sentence(cli("similar", shop, "--index", built), str(shop), "must be one of JPEG")

    @pytest.mark.parametrize("k", [0, 101, -3])
    def test_for_too_few_or_too_many(self, cli: Cli, shop: Path, built: Path, k: int) -> None:
        result = cli("similar", shop, "--index", built, "-k", k)
        sentence(result, f"k is {k}; it must be from 1 to 100")

    def test_of_a_dead_address(self, cli: Cli, built: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/q.png"
        result = cli("similar", url, "--index", built, "--fetch-allow", "127.0.0.1")
        sentence(result, url, "the connection failed", "check the address")

    def test_of_a_private_address_is_refused_without_connecting(
        self, cli: Cli, built: Path, site: Any
    ) -> None:
        result = cli("similar", f"{site.url}/q.png", "--index", built)
        sentence(result, f"{site.url}/q.png", "which is not public", "--fetch-allow")
        assert not site.asked

    def test_of_a_missing_page_says_the_status(self, cli: Cli, built: Path, site: Any) -> None:
        options = ("--index", built, "--fetch-allow", "127.0.0.1")
        sentence(cli("similar", f"{site.url}/gone.png", *options), "status 404")


class TestBadIndexFolder:
    def test_a_file_in_its_place(self, cli: Cli, shop: Path, tmp_path: Path) -> None:
        place = tmp_path / "taken"
        place.touch()
        sentence(cli("build", shop, "--index", place), str(place), "choose another folder")

    def test_a_damaged_database(self, cli: Cli, shop: Path, built: Path) -> None:
        for path in built.glob("catalog.sqlite-*"):
            path.unlink()
        (built / "catalog.sqlite").write_bytes(b"no database" * 1000)
        sentence(cli("build", shop, "--index", built), "catalog.sqlite is damaged; delete it")
        (built / "catalog.sqlite").unlink()
        assert cli("build", shop, "--index", built).exit_code == 0

    def test_a_damaged_version(self, cli: Cli, shop: Path, built: Path) -> None:
        (built / "versions/1/manifest.json").write_text("{}")
        sentence(cli("similar", shop, "--index", built), "manifest.json", "run 'indexer build'")

    @pytest.mark.parametrize("make", ["new", "built before"])
    def test_without_write_permission(
        self, shop: Path, built: Path, indexer_command: Path, tmp_path: Path, make: str
    ) -> None:
        folder = built if make == "built before" else tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        paths = [folder, *folder.rglob("*")]
        mortal = _without_root_powers()
        _allow(paths, write=False)
        try:
            done = subprocess.run(
                [*mortal, indexer_command, "build", shop, "--index", folder],
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            _allow(paths, write=True)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "access" in line
        assert make == "new" or is_live(built)


def _without_root_powers() -> list[str]:
    """A prefix under which permissions count; root passes them by otherwise."""
    if os.geteuid() != 0:
        return []
    if not (program := shutil.which("setpriv")):
        pytest.skip("running as root, and there is no setpriv to give its powers away")
    return [program, "--bounding-set=-dac_override,-dac_read_search"]


def _allow(paths: list[Path], write: bool) -> None:
    for path in paths:
        if not path.is_symlink():
            mode = 0o700 if path.is_dir() else 0o600
            path.chmod(mode if write else mode & 0o500)


class TestFullDisk:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        """A file system of one megabyte, nearly full."""
        place = tmp_path / "disk"
        place.mkdir()
        command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
        if (
            os.geteuid() != 0
            or subprocess.run(command, capture_output=True, check=False).returncode
        ):
            pytest.skip("only root may mount a small file system, and not everywhere")
        yield place
        subprocess.run(["umount", place], check=True)

    def test_is_said_and_the_build_goes_on_where_it_was_once_there_is_room(
        self,
        cli: Cli,
        tmp_path: Path,
        disk: Path,
        new_index: Callable[[Path], Path],
        make_shop: Callable[..., Path],
        build: Build,
    ) -> None:
        shop = make_shop(tmp_path / "shop", 300)
        index = new_index(disk / "index")
        sentence(cli("build", shop, "--index", index), "the disk is full; free some space")
        stored = _stored(index)
        assert 0 < stored < 300
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        report = build(shop, index)
        assert (report.images, report.embedded) == (300, 300 - stored)


def _stored(index: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(index / "catalog.sqlite")
    (count,) = connection.execute("SELECT count(*) FROM features").fetchone()
    connection.close()
    return int(count)


class TestServe:
    def test_a_port_in_use_is_named(self, cli: Cli, built: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = cli("serve", "--index", built, "--port", port)
        sentence(result, f"127.0.0.1:{port}", "already in use", "choose another --port")

    @pytest.mark.parametrize("port", [-1, 65_536])
    def test_a_port_that_cannot_be_is_wrong_usage(self, cli: Cli, built: Path, port: int) -> None:
        assert cli("serve", "--index", built, "--port", port).exit_code == 2


class TestRejects:
    """What is turned away never stops a build, and is written down."""

    @pytest.fixture
    def bad(self, tmp_path: Path, shop: Path) -> dict[str, str]:
        """Source → what the reason must say."""
        images = shop.parent / "images"
        good = (images / "0.png").read_bytes()
        (images / "zero.png").write_bytes(b"")
        (images / "cut.png").write_bytes(good[: len(good) // 2])
        (images / "text.png").write_text("no picture at all")
        Image.new("RGB", (1, 1)).save(images / "dot.png")
        (images / "bomb.png").write_bytes(_png_header(30_000, 30_000))
        (tmp_path / "secret.png").write_bytes(good)
        (images / "link.png").symlink_to(tmp_path / "secret.png")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            dead = f"http://127.0.0.1:{taken.getsockname()[1]}/x.png"
        return {
            "images/gone.png": "cannot be read",
            "images/zero.png": "empty (0 bytes)",
            "images/cut.png": "damaged or cut short",
            "images/text.png": "not a readable image",
            "images/dot.png": "1 x 1 pixels are too few",
            "images/bomb.png": "more than 89 million pixels",
            "../secret.png": "leaves the catalog's folder",
            "images/link.png": "outside",
            dead: "connection failed",
        }

    def test_are_listed_with_row_product_source_and_reason(
        self,
        cli: Cli,
        shop: Path,
        index: Path,
        bad: dict[str, str],
        edit: Edit,
        read_rejects: Callable[[Path], list[dict[str, str]]],
    ) -> None:
        rows = {source: number for number, source in enumerate(bad, 8)}
        edit(
            shop,
            lambda old: old.extend({"product_id": f"b{n}", "image": s} for s, n in rows.items()),
        )
        edit(shop, lambda old: old.append(dict(old[0])))
        result = cli("build", shop, "--index", index, "--fetch-allow", "127.0.0.0/8", "--json")
        assert result.exit_code == 0, result.output
        report = json.loads(result.stdout)
        found = {line["source"]: line for line in read_rejects(index / "rejects.csv")}
        for source, reason in bad.items():
            line = found[source]
            assert reason in line["reason"]
            assert (line["row"], line["product_id"]) == (str(rows[source]), f"b{rows[source]}")
        assert found["images/0.png"]["row"] == str(8 + len(bad))
        assert "same product_id and image" in found["images/0.png"]["reason"]
        assert report["products"] == 6
        assert report["rejected"] == len(read_rejects(index / "rejects.csv"))

    def test_of_the_images_of_one_row_leave_its_others(
        self, cli: Cli, shop: Path, index: Path, bad: dict[str, str], edit: Edit
    ) -> None:
        edit(shop, lambda rows: rows[0].update(image="|".join(["images/0.png", *bad])))
        result = cli("build", shop, "--index", index, "--json")
        assert json.loads(result.stdout)["products"] == 6


def _png_header(width: int, height: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0"))


def _cmyk(image: Image.Image, folder: Path) -> Path:
    image.convert("CMYK").save(path := folder / "cmyk.jpg")
    return path


def _sixteen_bits(image: Image.Image, folder: Path) -> Path:
    grey = np.asarray(image.convert("L"), np.uint16) * 257
    Image.fromarray(grey).save(path := folder / "sixteen.png")
    return path


def _palette(image: Image.Image, folder: Path) -> Path:
    image.convert("P").save(path := folder / "palette.png")
    return path


def _gif(image: Image.Image, folder: Path) -> Path:
    frames = [image.rotate(90), image.rotate(180)]
    image.save(path := folder / "animated.gif", save_all=True, append_images=frames)
    return path


def _webp(image: Image.Image, folder: Path) -> Path:
    frames = [image.rotate(90), image.rotate(180)]
    image.save(path := folder / "animated.webp", save_all=True, append_images=frames)
    return path


def _rotated(image: Image.Image, folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path := folder / "rotated.jpg", exif=exif)
    return path


def _grey_alpha(image: Image.Image, folder: Path) -> Path:
    image.convert("LA").save(path := folder / "grey.png")
    return path


UNUSUAL = [_cmyk, _sixteen_bits, _palette, _gif, _webp, _rotated, _grey_alpha]


def test_unusual_pictures_are_indexed_and_found_again_first(
    cli: Cli, shop: Path, index: Path, edit: Edit, draw: Callable[..., Image.Image]
) -> None:
    folder = shop.parent / "images"
    paths = [save(draw(100 + seed), folder) for seed, save in enumerate(UNUSUAL)]
    edit(
        shop,
        lambda rows: rows.extend(
            {"product_id": path.name, "image": f"images/{path.name}"} for path in paths
        ),
    )
    report = json.loads(cli("build", shop, "--index", index, "--json").stdout)
    assert (report["products"], report["rejected"]) == (6 + len(UNUSUAL), 0)
    for path in paths:
        answer = json.loads(cli("similar", path, "--index", index, "--json").stdout)
        assert answer["results"][0]["product_id"] == path.name
        assert answer["results"][0]["score"] >= 0.999


class TestUrlCatalog:
    @pytest.fixture
    def remote(self, shop: Path, site: Any, edit: Edit) -> Path:
        """The shop, with its images behind URLs and one that is not there."""
        for path in (shop.parent / "images").iterdir():
            site.pages[f"/{path.name}"] = path.read_bytes()
        del site.pages["/5.png"]
        edit(
            shop,
            lambda rows: [
                row.update(image=f"{site.url}/{number}.png") for number, row in enumerate(rows)
            ],
        )
        return shop

    def test_is_fetched_once(
        self,
        remote: Path,
        index: Path,
        site: Any,
        build: Build,
        read_rejects: Callable[[Path], list[dict[str, str]]],
    ) -> None:
        allow = ("127.0.0.0/8",)
        first = build(remote, index, fetch_allow=allow)
        assert (first.images, first.embedded, first.rejected) == (5, 5, 1)
        again = build(remote, index, fetch_allow=allow)
        assert (again.images, again.embedded, again.version) == (5, 0, 1)
        assert {site.asked[f"/{number}.png"] for number in range(5)} == {1}
        (line,) = read_rejects(index / "rejects.csv")
        assert (line["row"], line["product_id"]) == ("7", "p5")
        assert "status 404" in line["reason"]

    def test_on_a_private_address_is_rejected_without_connecting(
        self, cli: Cli, remote: Path, index: Path, site: Any
    ) -> None:
        sentence(cli("build", remote, "--index", index), "no usable image")
        assert "which is not public" in (index / "rejects.csv").read_text()
        assert not site.asked
