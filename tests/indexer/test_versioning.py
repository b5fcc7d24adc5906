"""``indexer versions`` and ``rollback``, and builds that would get in each other's way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import Result

from indexer.build import BuildReport
from search.versions import IndexFolder

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]


@pytest.fixture
def built(shop: Path, index: Path, build: Build, draw: Callable[..., Image.Image]) -> IndexFolder:
    """Three versions of a shop: 2 and 3 differ from the one before in a picture."""
    build(shop, index)
    for seed in (51, 52):
        draw(seed, 64, 64).save(shop.parent / "images/0.png")
        build(shop, index)
    return IndexFolder(index)


def failed(result: Result) -> str:
    """The one line on stderr with which a command failed."""
    assert result.exit_code == 1, result.output
    assert not result.stdout
    (line,) = result.stderr.splitlines()
    return str(line)


class TestVersions:
    def test_are_a_table_newest_first_that_says_which_is_live(
        self, cli: Cli, built: IndexFolder
    ) -> None:
        built.rollback(2)
        result = cli("versions", "--index", built.path)
        assert result.exit_code == 0
        heading, *lines = (line.split() for line in result.stdout.splitlines())
        assert heading == ["version", "built", "model", "products", "images", "grade"]
        assert [line[0] for line in lines] == ["3", "2", "1"]
        grade = built.version(3).grade
        assert grade is not None
        assert lines[0][3:] == ["efficientnet_lite0+plain", "6", "6", f"{grade:.1%}"]
        assert [line[-1] == "live" for line in lines] == [False, True, False]

    def test_json_has_them_all_and_the_live_one(self, cli: Cli, built: IndexFolder) -> None:
        found = json.loads(cli("versions", "--index", built.path, "--json").stdout)
        assert list(found) == ["versions", "live"]
        assert found["live"] == 3
        assert [one["version"] for one in found["versions"]] == [3, 2, 1]
        assert found["versions"][0] == {
            "version": 3,
            "built_at": built.version(3).built_at,
            "model": "efficientnet_lite0+plain",
            "products": 6,
            "images": 6,
            "grade": built.version(3).grade,
            "damaged": False,
        }

    def test_one_with_a_file_cut_short_or_no_manifest_is_named(
        self, cli: Cli, built: IndexFolder, caplog: pytest.LogCaptureFixture
    ) -> None:
        (built.folder(2) / "vectors.faiss").write_bytes(b"")
        (built.folder(1) / "manifest.json").unlink()
        result = cli("versions", "--index", built.path)
        _, newest, damaged = result.stdout.splitlines()
        assert newest.split()[-1] == "live"
        assert damaged.split()[-1] == "damaged"
        assert "Version 1 is left out" in caplog.text

    def test_nothing_is_cut_short_in_80_columns(
        self, cli: Cli, built: IndexFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        assert "…" not in cli("versions", "--index", built.path).stdout

    @pytest.mark.parametrize("command", [["versions"], ["rollback"], ["rollback", "3"]])
    def test_of_no_index_say_how_to_make_one(
        self, cli: Cli, tmp_path: Path, command: list[str]
    ) -> None:
        line = failed(cli(*command, "--index", tmp_path / "no"))
        assert line.startswith(f"There is no index in '{tmp_path / 'no'}'; make one with ")
        assert not (tmp_path / "no").exists()


class TestRollback:
    def test_makes_another_version_answer(self, cli: Cli, built: IndexFolder, shop: Path) -> None:
        result = cli("rollback", "--index", built.path)
        assert result.stdout == (
            f"Version 2 in '{built.path}' is live: 6 products, 6 images by "
            "efficientnet_lite0+plain\n"
        )
        assert (
            json.loads(cli("rollback", 1, "--index", built.path, "--json").stdout)["version"] == 1
        )
        photo = shop.parent / "images/3.png"
        answer = json.loads(cli("similar", photo, "--index", built.path, "--json").stdout)
        assert answer["index"]["version"] == 1
        assert answer["results"][0]["product_id"] == "p3"

    def test_to_none_or_a_damaged_one_changes_nothing(self, cli: Cli, built: IndexFolder) -> None:
        assert "has no version 9; choose one of 1, 2, 3" in failed(
            cli("rollback", 9, "--index", built.path)
        )
        (built.folder(1) / "head.safetensors").write_bytes(b"x")
        assert "head.safetensors is missing or not what it was" in failed(
            cli("rollback", 1, "--index", built.path)
        )
        assert built.require_live().version == 3

    def test_to_zero_is_wrong_usage(self, cli: Cli) -> None:
        assert cli("rollback", 0).exit_code == 2


@pytest.mark.parametrize("command", ["build", "rollback"])
def test_a_second_command_that_changes_the_index_is_refused_at_once(
    cli: Cli, built: IndexFolder, shop: Path, command: str
) -> None:
    arguments: list[Any] = [shop] if command == "build" else []
    with built.lock():
        line = failed(cli(command, *arguments, "--index", built.path))
    assert line.startswith("Another command (process ")
    assert line.endswith(f"is changing '{built.path}'; wait until it is done.")
    assert cli(command, *arguments, "--index", built.path).exit_code == 0


def test_keep_says_how_many_old_versions_stay(cli: Cli, built: IndexFolder, shop: Path) -> None:
    assert cli("build", shop, "--index", built.path, "--keep", 1).exit_code == 0
    assert [one.version for one in built.manifests()] == [3, 2]
    assert cli("build", shop, "--index", built.path, "--keep", 0).exit_code == 0
    assert [one.version for one in built.manifests()] == [3]
    assert cli("build", shop, "--index", built.path, "--keep", -1).exit_code == 2
