"""What fails under a running server: documented errors, no wrong answer, and back by itself."""

import os
import shutil
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.attacks.conftest import Shop
from tests.serving import SERVE, served, wait_until

ALONE = ("unshare", "--user", "--map-root-user", "--mount")
IN_MEMORY = 'mount -t tmpfs -o size=300m none "$0" && cp -r "$1"/. "$0" && shift && exec "$@"'

FILES = [f"catalog.sqlite{end}" for end in ("", "-wal", "-shm")]


def assert_right(shop: Shop, client: httpx.Client, version: int = 2) -> None:
    """What the version said before."""
    for name, said in shop.said[version].items():
        if name in shop.pictures:
            answer = client.get("/similar", params={"product_id": name, "k": 8})
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert found["index"]["version"] == version
            scores = [(one["product_id"], round(one["score"], 4)) for one in found["results"]]
            assert scores == [one[:2] for one in said["results"]]


def assert_refused(answer: httpx.Response, *codes: str) -> None:
    assert (answer.status_code, answer.json()["code"] in codes) == (503, True), answer.text


def is_right(client: httpx.Client) -> bool:
    return client.get("/similar", params={"product_id": "p3"}).status_code == 200


def assert_remembered_or_refused(client: httpx.Client, *codes: str) -> None:
    """What was read of the right catalog may be answered from memory."""
    answer = client.get("/similar", params={"product_id": "p3"})
    if answer.status_code == 200:
        assert answer.json()["results"][0]["product_id"] == "p3"
    else:
        assert_refused(answer, *codes)


def move(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name in reversed(FILES):
        if (source / name).exists():
            (source / name).rename(target / name)


def test_a_catalog_that_goes_away_and_comes_back(shop: Shop, index: Path, tmp_path: Path) -> None:
    with served(index.parent, workers=2) as server, server.client() as client:
        workers = server.workers()
        assert_right(shop, client)
        for _ in range(2):
            move(index, tmp_path / "away")
            assert_remembered_or_refused(client, "catalog_unavailable")
            for refused in (
                client.get("/products/p3"),
                client.put("/products/p3", json={"title": "Other"}),
                client.delete("/products/p3"),
            ):
                assert_refused(refused, "catalog_unavailable")
                assert refused.headers["Retry-After"]
            assert client.get("/healthz").status_code == 200
            assert not (index / "catalog.sqlite").exists()
            move(tmp_path / "away", index)
            assert_right(shop, client)
        assert server.workers() == workers
        assert client.delete("/products/p3").status_code == 204
    assert "Traceback" not in server.log.read_text()


def test_another_catalog_is_not_searched_and_the_right_one_is_again(
    shop: Shop, index: Path, tmp_path: Path
) -> None:
    with served(index.parent) as server, server.client() as client:
        assert_right(shop, client)
        move(index, tmp_path / "away")
        shutil.copyfile(shop.early, index / "catalog.sqlite")
        for _ in range(20):
            assert_remembered_or_refused(
                client, "catalog_unavailable", "index_loading", "index_mismatch"
            )
        wait_until(lambda: client.get("/readyz").json().get("code") == "index_mismatch")
        assert_refused(client.get("/similar", params={"product_id": "p3"}), "index_mismatch")
        for path in index.glob("catalog.sqlite*"):
            path.unlink()
        move(tmp_path / "away", index)
        wait_until(lambda: is_right(client))
        assert_right(shop, client)


def test_while_somebody_else_writes_for_long_queries_are_answered_and_changes_wait(
    shop: Shop, index: Path
) -> None:
    with (
        served(index.parent) as server,
        server.client() as client,
        closing(sqlite3.connect(index / "catalog.sqlite", isolation_level=None)) as other,
        ThreadPoolExecutor() as threads,
    ):
        other.execute("BEGIN EXCLUSIVE")
        change = threads.submit(client.put, "/products/p3", json={"title": "Other"})
        with server.client() as second:
            assert_right(shop, second)
        assert not change.done()
        other.execute("ROLLBACK")
        assert change.result().status_code == 200


def test_a_version_folder_that_is_deleted_goes_on_being_served(shop: Shop, index: Path) -> None:
    with served(index.parent) as server, server.client() as client:
        shutil.rmtree(index / "versions" / "2")
        assert_right(shop, client)
        (index / "CURRENT").write_text("1\n")
        wait_until(lambda: client.get("/index").json()["version"] == 1)
        asked = client.get("/similar", params={"product_id": "p3"}).json()
        assert asked["results"][0]["product_id"] == "p3"


def test_a_vector_file_that_is_damaged_is_refused_until_another_version_is_live(
    shop: Shop, index: Path
) -> None:
    with served(index.parent) as server, server.client() as client:
        assert_right(shop, client)
        with (index / "versions" / "2" / "vectors.faiss").open("r+b") as file:
            file.truncate(100)
        for _ in range(3):
            answer = client.get("/similar", params={"product_id": "p3"})
            assert_refused(answer, "index_damaged")
        (index / "CURRENT").write_text("1\n")
        wait_until(lambda: is_right(client))


def test_while_a_killed_worker_is_replaced_every_new_connection_is_answered(
    shop: Shop, index: Path
) -> None:
    with served(index.parent, workers=2) as server:
        before = server.workers()
        os.kill(max(before), signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == 1 or bool(server.workers() - before))
        while len(server.workers()) < 2:
            assert server.is_ready()
        for _ in range(100):
            assert server.is_ready()
        assert max(before) not in server.workers()


def test_a_full_disk_refuses_changes_and_answers_queries(shop: Shop, tmp_path: Path) -> None:
    if not shutil.which(ALONE[0]) or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("a disk of its own needs 'unshare' and user namespaces")
    index = tmp_path / "index"
    index.mkdir()
    command = (*ALONE, "sh", "-c", IN_MEMORY, str(index), str(shop.index), *SERVE)
    with served(tmp_path, command=command) as server, server.client() as client:
        inside = Path(f"/proc/{server.process.pid}/root{index}")
        assert_right(shop, client)
        filled(inside / "filler")
        picture = {"file": shop.pictures["p9"]}
        refused = client.put("/products/new", data={"title": "New"}, files=picture)
        assert_refused(refused, "catalog_unavailable")
        assert_right(shop, client)
        assert client.get("/products/new").status_code == 404
        (inside / "filler").unlink()
        stored = client.put("/products/new", data={"title": "New"}, files=picture)
        assert stored.status_code == 200, stored.text


def filled(path: Path) -> None:
    """Until there is not a page left."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
