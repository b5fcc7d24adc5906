"""A server that asks for keys, as it is installed: two processes, revocation, and its output."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.test_workers import Server, is_ready, wait_until

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
BIN = Path(sys.executable).parent
PATIENCE = 300.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    """A few products of the sample."""
    folder = tmp_path_factory.mktemp("keys") / "shop"
    shutil.copytree(SAMPLE, folder)
    rows = (folder / "catalog.csv").read_text().splitlines(keepends=True)
    (folder / "catalog.csv").write_text("".join(rows[:9]))
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    run(folder, "build", "catalog.csv")
    return folder


def run(folder: Path, *words: str) -> str:
    command = [str(BIN / "indexer"), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def new_key(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "keys", "add", *words, "--json"))
    return found


@contextmanager
def running(shop: Path, *command: str | Path, environment: dict[str, str]) -> Iterator[Server]:
    """What it writes is in ``server.log``."""
    with (
        tempfile.TemporaryDirectory() as folder,
        (shop / "server.log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=shop,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"TMPDIR": folder, "PYTHONUNBUFFERED": "1"} | environment,
        ) as process,
    ):
        try:
            wait_until(lambda: address(shop) is not None or process.poll() is not None)
            yield Server(process, address(shop) or "", Path(folder))
        finally:
            if process.poll() is None:
                process.terminate()


def address(shop: Path) -> str | None:
    found = re.search(r"http://127\.0\.0\.1:\d+", (shop / "server.log").read_text())
    return found and found[0]


@pytest.fixture
def server(shop: Path) -> Iterator[Server]:
    new_key(shop, f"first-{time.monotonic_ns()}")
    serve = ("serve", "--port", "0", "--workers", "2", "--auth", "--fetch-allow", "127.0.0.1")
    with running(shop, BIN / "indexer", *serve, environment={}) as found:
        wait_until(lambda: len(found.workers()) == 2)
        for worker in found.workers():
            with found.only(worker) as client:
                wait_until(lambda client=client: is_ready(client))  # type: ignore[misc]
        yield found


@pytest.fixture
def both(server: Server) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """A client of each process."""
    first, second = server.workers()
    with server.only(first) as one, server.only(second) as other:
        yield one, other


def test_without_keys_it_answers_to_this_machines_names_only(shop: Path) -> None:
    """Else a page in a browser on this machine could have a name that leads here."""
    command = (BIN / "indexer", "serve", "--port", "0")
    with running(shop, *command, environment={}) as server, asking(server) as client:
        wait_until(lambda: is_ready(client))
        assert client.get("/images/1").status_code == 200
        answer = client.get("/images/1", headers={"Host": "shop.example"})
        assert (answer.status_code, answer.json()["code"]) == (421, "host_unknown")
    with (
        running(shop, *command, "--no-auth", environment={}) as server,
        asking(server) as client,
    ):
        wait_until(lambda: is_ready(client))
        assert client.get("/images/1", headers={"Host": "shop.example"}).status_code == 200


def asking(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def statuses(clients: tuple[httpx.Client, ...], key: str) -> list[int]:
    return [one.get("/images/1", headers=bearer(key)).status_code for one in clients]


def test_both_processes_learn_of_keys_and_share_their_rate(
    shop: Path, both: tuple[httpx.Client, httpx.Client]
) -> None:
    new = new_key(shop, "page", "--rate", "20/minute")
    wait_until(lambda: 401 not in statuses(both, new["key"]))
    begun = time.monotonic()
    passed = 0
    while 429 not in (found := statuses(both, new["key"])) or passed < 10:
        passed += found.count(200)
        assert passed <= 20 + (time.monotonic() - begun) / 3
    wait = both[1].get("/images/1", headers=bearer(new["key"]))
    assert (wait.status_code, wait.json()["code"]) == (429, "rate_exceeded")
    assert 0 < int(wait.headers["retry-after"]) <= 3
    run(shop, "keys", "revoke", "page")
    wait_until(lambda: statuses(both, new["key"]) == [401, 401])


def test_a_quota_holds_over_processes_and_a_restart(
    shop: Path, both: tuple[httpx.Client, httpx.Client], server: Server
) -> None:
    new = new_key(shop, "few", "--quota", "6/day")
    found: list[int] = []
    while found.count(429) < 4:
        found += statuses(both, new["key"])
    assert found.count(200) == 6
    (one,) = [
        key
        for key in json.loads(run(shop, "keys", "list", "--json"))["keys"]
        if key["key_id"] == new["key_id"]
    ]
    assert one["today"] <= 6
    server.process.terminate()
    assert server.process.wait(PATIENCE) == 0
    command = (BIN / "indexer", "serve", "--port", "0", "--auth")
    with running(shop, *command, environment={}) as again, asking(again) as client:
        wait_until(lambda: is_ready(client))
        assert statuses((client,), new["key"]) == [429]


SIGNATURE = "5ecret-of-a-signed-address"


def ask_everything(client: httpx.Client, key: str) -> None:
    """Good and bad requests with secrets in all places where a client may put them."""
    image = {"image": f"http://127.0.0.1:9/a.jpg?signature={SIGNATURE}"}
    for headers in (bearer(key), {"X-API-Key": key}, bearer(f"{key}x"), bearer(SIGNATURE), {}):
        client.get("/similar", params=image, headers=headers)
        client.post("/similar", params={"key": key, "nothing": SIGNATURE}, headers=headers)
        client.put(
            f"/products/p?token={SIGNATURE}", json={"image": image["image"]}, headers=headers
        )
        client.get("/metrics", params={"api_key": key}, headers=headers)
    client.get("/healthz", headers={"X-Request-ID": f"{key} {SIGNATURE}"})
    client.get("/healthz", headers=bearer(key) | {"X-A": "a" * 70_000})


def test_nothing_that_is_secret_is_written(
    shop: Path, both: tuple[httpx.Client, httpx.Client], server: Server
) -> None:
    new = [new_key(shop, f"to-{scope}", "--scope", scope) for scope in ("read", "admin")]
    for client, key in zip(both, new, strict=True):
        wait_until(lambda one=client, key=key: statuses((one,), key["key"]) == [200])  # type: ignore[misc]
        ask_everything(client, key["key"])
    server.process.terminate()
    assert server.process.wait(PATIENCE) == 0
    for key in new:
        check_output(shop, key["key"])


def check_output(shop: Path, key: str) -> None:
    written = (shop / "server.log").read_text()
    assert "/similar" in written
    assert SIGNATURE not in written
    assert key[12:] not in written


def test_the_app_alone_asks_for_keys_and_writes_no_queries(shop: Path) -> None:
    """``uvicorn api.app:create_app --factory`` cannot know who reaches it."""
    new = new_key(shop, f"alone-{time.monotonic_ns()}")
    reading = ("--http", "api.connections:LimitedProtocol")
    command = (BIN / "uvicorn", "api.app:create_app", "--factory", "--port", "0", *reading)
    with (
        running(shop, *command, environment={"LOOKALIKE_INDEX": "index"}) as server,
        asking(server) as client,
    ):
        wait_until(lambda: is_ready(client))
        assert client.get("/images/1").status_code == 401
        assert client.get("/images/1", headers=bearer(new["key"])).status_code == 200
        ask_everything(client, new["key"])
    assert "GET /similar HTTP/1.1" in (shop / "server.log").read_text()
    check_output(shop, new["key"])
