"""``indexer keys``: keys are shown once, listed without what is secret, and revoked."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from indexer.build import BuildReport
from search.access.keys import digest_of, good_keys
from search.access.usage import add_usage
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> Path:
    build(shop, index)
    return index


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def failure(result: Result) -> str:
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line


def test_a_new_key_is_shown_once_and_kept_as_a_hash(cli: Cli, built: Path) -> None:
    limits = ("--rate", "600/minute", "--quota", "5000/day")
    new = read(cli("keys", "add", "shop-web", *limits, "--index", built, "--json"))
    assert set(new) == {"key", "name", "key_id", "scope", "per_minute", "per_day"}
    assert (new["scope"], new["per_minute"], new["per_day"]) == ("read", 600, 5000)
    with closing(Catalog.open(sqlite_url(built / "catalog.sqlite"))) as catalog:
        (kept,) = good_keys(catalog.engine)
        assert kept.digest == digest_of(new["key"])
        today = datetime.now(UTC).date()
        add_usage(catalog.engine, {(kept.number, today): 17})
    (one,) = read(cli("keys", "list", "--index", built, "--json"))["keys"]
    assert (one["name"], one["key_id"], one["today"]) == ("shop-web", new["key_id"], 17)
    assert one["last_used"] == today.isoformat()
    assert new["key"] not in json.dumps(one)
    shown = cli("keys", "list", "--index", built).stdout
    assert new["key_id"] in shown
    assert new["key"] not in shown


def test_a_person_is_told_the_key_and_how_to_send_it(cli: Cli, built: Path) -> None:
    shown = cli("keys", "add", "staff", "--scope", "write", "--index", built).stdout
    (alone,) = [line.strip() for line in shown.splitlines() if line.strip().startswith("lk_")]
    assert len(alone) == 55
    for part in ("'staff' has the scope write", "not shown again", "Authorization: Bearer"):
        assert part in shown


def test_a_revoked_key_stays_in_the_list_as_that(cli: Cli, built: Path) -> None:
    for name in ("a", "b"):
        read(cli("keys", "add", name, "--index", built, "--json"))
    gone = read(cli("keys", "revoke", "a", "--index", built, "--json"))
    assert gone["revoked_at"] is not None
    listed = read(cli("keys", "list", "--index", built, "--json"))["keys"]
    assert [(one["name"], one["revoked_at"] is None) for one in listed] == [
        ("a", False),
        ("b", True),
    ]
    assert "is revoked" in cli("keys", "revoke", "b", "--index", built).stdout


def test_what_is_wrong_is_one_sentence(cli: Cli, built: Path, tmp_path: Path) -> None:
    assert "indexer keys add" in cli("keys", "list", "--index", built).stdout
    read(cli("keys", "add", "a", "--index", built, "--json"))
    assert "take another name" in failure(cli("keys", "add", "a", "--index", built))
    assert "no key 'b'" in failure(cli("keys", "revoke", "b", "--index", built))
    assert "indexer build" in failure(cli("keys", "add", "a", "--index", tmp_path / "no"))


@pytest.mark.parametrize(
    "given",
    [
        ("--rate", "600"),
        ("--rate", "600/day"),
        ("--rate", "0/minute"),
        ("--rate", "-1/minute"),
        ("--rate", "1e3/minute"),
        ("--rate", "100001/minute"),
        ("--quota", "600/minute"),
        ("--scope", "root"),
    ],
)
def test_a_limit_that_means_nothing_is_wrong_usage(
    cli: Cli, built: Path, given: tuple[str, str]
) -> None:
    assert cli("keys", "add", "a", *given, "--index", built).exit_code == 2
    assert read(cli("keys", "list", "--index", built, "--json")) == {"keys": []}


@pytest.mark.parametrize("command", ["add", "list", "revoke"])
def test_help_shows_an_example(cli: Cli, command: str) -> None:
    assert f"Example: indexer keys {command}" in cli("keys", command, "--help").stdout


@pytest.mark.parametrize("given", [("--host", "0.0.0.0"), ("--auth",)])  # noqa: S104 - is refused
def test_a_server_that_asks_for_keys_does_not_start_without_one(
    cli: Cli, built: Path, given: tuple[str, ...]
) -> None:
    said = failure(cli("serve", "--index", built, "--port", "0", *given))
    for part in ("has no API key", f"indexer keys add NAME --index {built}", "--no-auth"):
        assert part in said
    read(cli("keys", "add", "a", "--index", built, "--json"))
    read(cli("keys", "revoke", "a", "--index", built, "--json"))
    assert "has no API key" in failure(cli("serve", "--index", built, "--port", "0", *given))
