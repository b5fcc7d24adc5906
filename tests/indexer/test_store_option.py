"""``--versions`` names the store once: builds, tunings and steps back are published there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from search.versions.store import VersionStore
from tests.postgresql import PostgresServer

Cli = Callable[..., Result]


def said(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/store"


def test_every_version_of_a_folder_is_published_once_it_was_told_where(
    shop: Path, index: Path, cli: Cli, url: str, tiny_model: str, edit: Callable[..., Path]
) -> None:
    store = VersionStore.open(url)
    on = ("--index", index, "--json")
    assert said(cli("build", shop, *on, "--model", tiny_model, "--versions", url))["version"] == 1
    assert store.live_number() == 1
    edit(shop, lambda rows: rows.pop())
    assert said(cli("build", shop, *on))["version"] == store.live_number() == 2
    assert said(cli("build", shop, *on))["version"] == store.live_number() == 2
    assert said(cli("rollback", *on))["version"] == store.live_number() == 1
    edit(shop, lambda rows: rows.pop())
    assert said(cli("build", shop, *on, "--keep", "0"))["version"] == 3
    assert store.numbers() == [3, 1]
    assert said(cli("tune", *on))["version"] == store.live_number()


def test_a_build_elsewhere_goes_on_from_the_store(
    shop: Path,
    tmp_path: Path,
    cli: Cli,
    url: str,
    tiny_model: str,
    postgres: PostgresServer,
) -> None:
    shared = ("--catalog", postgres.new_database().render_as_string(), "--versions", url)
    first = said(
        cli("build", shop, "--index", tmp_path / "one", "--model", tiny_model, *shared, "--json")
    )
    again = said(cli("build", shop, "--index", tmp_path / "other", *shared, "--json"))
    assert (again["version"], again["embedded"]) == (first["version"], 0)


def test_a_store_that_is_away_fails_the_build_and_the_next_one_publishes_what_it_made(
    shop: Path, index: Path, tmp_path: Path, cli: Cli, tiny_model: str, url: str
) -> None:
    store = tmp_path / "store"
    on = ("--index", index, "--model", tiny_model, "--versions", url)
    store.write_text("no folder")
    refused = cli("build", shop, *on)
    assert refused.exit_code == 1
    assert "cannot be used" in refused.stderr
    store.unlink()
    assert said(cli("build", shop, *on, "--json"))["version"] == 1
    assert VersionStore.open(url).live_number() == 1


def test_a_wrong_url_is_wrong_usage_and_is_not_repeated(shop: Path, index: Path, cli: Cli) -> None:
    result = cli("build", shop, "--index", index, "--versions", "ftp://me:s3cret@host/shop")
    assert result.exit_code == 2
    assert "s3://bucket/shop" in result.output
    assert "s3cret" not in result.output


def test_keys_can_be_made_before_there_is_a_folder(
    shop: Path, tmp_path: Path, cli: Cli, tiny_model: str, postgres: PostgresServer
) -> None:
    shared = ("--catalog", postgres.new_database().render_as_string())
    built = cli("build", shop, "--index", tmp_path / "one", "--model", tiny_model, *shared)
    assert built.exit_code == 0, built.stderr
    nowhere = ("--index", tmp_path / "other", *shared)
    assert cli("keys", "add", "web", *nowhere).exit_code == 0
    assert [key["name"] for key in said(cli("keys", "list", *nowhere, "--json"))["keys"]] == ["web"]
