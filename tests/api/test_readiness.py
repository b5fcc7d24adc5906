"""/readyz says yes exactly while answers can be given: with the catalog gone, locked, and back."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app

Opened = Callable[[TestClient], None]

LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 5, 123)  # every reader's mark: SQLite's WAL_READ_LOCK(0..4)
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def served(shop: Any, opened: Opened, tmp_path: Path) -> Iterator[tuple[TestClient, Path]]:
    """A server and the SQLite file of its catalog."""
    index = tmp_path / "index"
    shutil.copytree(shop.index, index, symlinks=True)
    with TestClient(create_app(shop.settings(index))) as client:
        opened(client)
        assert client.get("/readyz").status_code == 200
        yield client, next(index.glob("*.sqlite"))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process holds what nobody can read without."""
    command = [sys.executable, "-c", LOCK, f"{file}-shm"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            process.kill()


def code(client: TestClient) -> str:
    answer = client.get("/readyz")
    return "ready" if answer.status_code == 200 else str(answer.json()["code"])


def until(client: TestClient, wanted: str) -> None:
    """Each question takes a while where the catalog hangs."""
    for _ in range(1_000):
        if code(client) == wanted:
            return
    raise AssertionError(f"it is never {wanted}")


def test_it_is_not_ready_while_the_catalog_is_gone(served: tuple[TestClient, Path]) -> None:
    client, file = served
    file.rename(file.with_name("away"))
    assert code(client) == "catalog_unavailable"
    assert client.get("/healthz").status_code == 200
    assert client.get("/similar?product_id=p1").json()["code"] == "catalog_unavailable"
    file.with_name("away").rename(file)
    assert code(client) == "ready"
    assert client.get("/similar?product_id=p1").status_code == 200


def test_it_is_not_ready_while_the_catalog_is_locked(served: tuple[TestClient, Path]) -> None:
    client, file = served
    with locked(file):
        until(client, "catalog_unavailable")  # whoever read just now may end
        assert client.get("/healthz").status_code == 200
    until(client, "ready")
    assert client.get("/similar?product_id=p1").status_code == 200


def test_a_new_version_that_is_damaged_is_no_reason_to_stop_answering(
    served: tuple[TestClient, Path],
) -> None:
    client, file = served
    current = file.parent / "CURRENT"
    current.write_text("99\n")
    for _ in range(1_000):
        if "\nlookalike_following 0.0\n" in client.get("/metrics").text:
            break
    else:
        raise AssertionError("nobody noticed")
    assert code(client) == "ready"
    assert client.get("/similar?product_id=p1").status_code == 200
