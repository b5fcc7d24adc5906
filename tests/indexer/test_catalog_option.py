"""``--catalog`` names the database once: every command uses it, and says what is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.postgresql import PostgresServer

Cli = Callable[..., Result]


@pytest.fixture
def built(shop: Path, index: Path, cli: Cli, postgres: PostgresServer, tiny_model: str) -> Path:
    url = postgres.new_database().render_as_string()
    done = cli("build", shop, "--index", index, "--catalog", url, "--model", tiny_model)
    assert done.exit_code == 0, done.stderr
    return index


def said(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_every_command_finds_it_without_being_told_again(
    built: Path, shop: Path, cli: Cli, tmp_path: Path
) -> None:
    on = ("--index", built, "--json")
    photo = shop.parent / "images" / "2.png"
    assert said(cli("similar", photo, *on))["results"][0]["product_id"] == "p2"
    queries = tmp_path / "queries.csv"
    queries.write_text(f"image,product_id\n{photo},p2\n")
    assert said(cli("evaluate", "--queries", queries, *on))["metrics"]["recall@1"]["value"] == 1
    assert said(cli("feedback", "count", *on))["same"] == 0
    assert said(cli("doctor", *on))["images"] == 6
    assert said(cli("build", shop, "--dry-run", *on))["unchanged"] == 6
    again = said(cli("build", shop, *on))
    assert (again["embedded"], again["version"]) == (0, 1)
    assert said(cli("versions", *on))["live"] == 1
    assert not (built / "catalog.sqlite").exists()


def test_another_catalog_is_refused(
    built: Path, shop: Path, cli: Cli, postgres: PostgresServer
) -> None:
    """Its numbers would name other pictures."""
    other = postgres.new_database().render_as_string()
    for command in (["build", shop], ["tune"]):
        refused = cli(*command, "--index", built, "--catalog", other)
        assert refused.exit_code == 1
        assert "was not made from the catalog at" in refused.stderr
    refused = cli("similar", shop.parent / "images" / "2.png", "--index", built, "--catalog", other)
    assert "was not made from the catalog at" in refused.stderr
    assert "catalog_" in (built / "catalog.url").read_text()
    assert cli("feedback", "count", "--index", built).exit_code == 0


def test_a_preview_of_an_empty_database_changes_nothing(
    shop: Path, index: Path, cli: Cli, postgres: PostgresServer, tiny_model: str
) -> None:
    url = postgres.new_database().render_as_string()
    more = ("--catalog", url, "--model", tiny_model, "--json", "--dry-run")
    assert said(cli("build", shop, "--index", index, *more))["added"] == 6
    assert not (index / "catalog.url").exists()


@pytest.mark.parametrize("command", [["versions"], ["rollback"], ["report"]])
def test_what_needs_no_catalog_works_while_it_is_away(
    built: Path, cli: Cli, command: list[str]
) -> None:
    (built / "catalog.url").write_text("postgresql+psycopg://u@/nowhere?host=/nowhere\n")
    result = cli(*command, "--index", built)
    assert "cannot be reached" not in result.stderr


def test_an_unreachable_one_is_said_in_one_sentence(
    shop: Path, index: Path, cli: Cli, tmp_path: Path
) -> None:
    url = f"postgresql+psycopg://me:s3cret@/shop?host={tmp_path}"
    result = cli("build", shop, "--index", index, "--catalog", url)
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()[-1:]
    assert line.startswith("The catalog at postgresql+psycopg://me@/shop")
    assert "cannot be reached" in line
    assert "s3cret" not in result.output
    assert not (index / "catalog.url").exists()


def test_a_wrong_url_is_wrong_usage_and_is_not_repeated(shop: Path, index: Path, cli: Cli) -> None:
    result = cli("build", shop, "--index", index, "--catalog", "mysql://me:s3cret@db/shop")
    assert result.exit_code == 2
    assert "postgresql+psycopg://user@host" in result.output
    assert "s3cret" not in result.output
