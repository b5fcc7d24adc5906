"""Errors → one sentence and an exit code; a fault of ours still shows its traceback."""

import errno
import os
import sqlite3
from types import SimpleNamespace

import pytest
import typer
from sqlalchemy.exc import OperationalError

from indexer.reporting import reported
from search.errors import FetchError, InvalidImage, LookalikeError

BUILD = SimpleNamespace(invoked_subcommand="build")
ROLLBACK = SimpleNamespace(invoked_subcommand="rollback")
SIMILAR = SimpleNamespace(invoked_subcommand="similar")


def failing(error: BaseException, context: SimpleNamespace = BUILD) -> int:
    """The exit code that an error ends a command with."""
    with pytest.raises(typer.Exit) as ended, reported(context):
        raise error
    return ended.value.exit_code


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


def test_what_a_user_causes_is_one_sentence_without_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failing(LookalikeError("The file [bold]a[/bold].csv is bad; mend it.")) == 1
    assert said(capsys) == "The file [bold]a[/bold].csv is bad; mend it."


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (FetchError("http:///x", "it has no host", "bad_url"), "check the address"),
        (FetchError("http://a/x", "it is private", "fetch_blocked"), "--fetch-allow"),
        (FetchError("http://a/x", "refused", "fetch_failed"), "check the address"),
        (FetchError("http://a/x", "slow", "fetch_timeout"), "try again"),
        (InvalidImage("a.jpg", "missing", "image_unreadable"), "check the path"),
    ],
)
def test_what_helps_is_said(
    error: LookalikeError, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(error) == 1
    assert remedy in said(capsys)


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        (BUILD, "Stopped. What was embedded so far is kept: the next build goes on there."),
        (ROLLBACK, "Stopped. 'indexer versions' says which version is live."),
        (SIMILAR, "Stopped."),
    ],
)
def test_ctrl_c_ends_with_130(
    context: SimpleNamespace, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(KeyboardInterrupt(), context) == 130
    assert said(capsys) == sentence


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EDQUOT, "quota is used up"),
        (errno.EACCES, "permission denied; give this user access"),
        (errno.EROFS, "read-only"),
        (errno.ENOTDIR, "a file where a folder is needed"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_the_disk_is_named(number: int, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(OSError(number, os.strerror(number), "index/versions")) == 1
    line = said(capsys)
    assert line.startswith("index/versions: ")
    assert reason in line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("database or disk is full", "the disk is full"),
        ("attempt to write a readonly database", "give it write access"),
        ("unable to open database file", "write access"),
        ("database is locked", "another program is changing it; wait"),
        ("file is not a database", "catalog.sqlite is damaged; delete it"),
        ("something else", "something else"),
    ],
)
def test_the_database_is_explained(
    text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(OperationalError("SELECT 1", {}, sqlite3.OperationalError(text))) == 1
    line = said(capsys)
    assert line.startswith("The catalog in the index folder: ")
    assert reason in line
    assert "SELECT" not in line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("canceling statement due to lock timeout", "another program is changing it; wait"),
        ("terminating connection due to administrator command\nSSL closed", "was stopped"),
        ("server closed the connection unexpectedly\n\tThis probably means", "was stopped"),
        ("permission denied for table products", "grant it all rights"),
        ("could not extend file: No space left on device", "its server's disk is full"),
        ("something else\nDETAIL: more", "something else."),
    ],
)
def test_a_database_server_is_explained(
    text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    psycopg = pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    assert failing(OperationalError("SELECT 1", {}, psycopg.OperationalError(text))) == 1
    line = said(capsys)
    assert line.startswith("The catalog's database: ")
    assert reason in line
    assert "SELECT" not in line


@pytest.mark.parametrize("fault", [ValueError("ours"), OSError("no number")])
def test_a_fault_of_ours_shows(fault: Exception) -> None:
    with pytest.raises(type(fault)), reported(BUILD):
        raise fault
