"""A server that asks for keys, as it is installed: two processes, revocation, and its output."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Server, sample_shop, served, wait_until

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    """A few products of the sample."""
    return sample_shop(tmp_path_factory.mktemp("keys") / "shop", converted, products=8)


def run(folder: Path, *words: str) -> str:
    command = [str(BIN / "indexer"), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def new_key(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "keys", "add", *words, "--json"))
    return found


@pytest.fixture
def server(shop: Path) -> Iterator[Server]:
    new_key(shop, f"first-{time.monotonic_ns()}")
    with served(shop, "--auth", "--fetch-allow", "127.0.0.1", workers=2) as found:
        yield found


@pytest.fixture
def both(server: Server) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """A client of each process."""
    first, second = server.workers()
    with server.only(first) as one, server.only(second) as other:
        yield one, other


def test_without_keys_it_answers_to_this_machines_names_only(shop: Path) -> None:
    """Else a page in a browser on this machine could have a name that leads here."""
    with served(shop) as server, server.client() as client:
        assert client.get("/images/1").status_code == 200
        answer = client.get("/images/1", headers={"Host": "shop.example"})
        assert (answer.status_code, answer.json()["code"]) == (421, "host_unknown")
    with served(shop, "--no-auth") as server, server.client() as client:
        assert client.get("/images/1", headers={"Host": "shop.example"}).status_code == 200


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
    assert server.stop() == 0
    with served(shop, "--auth") as again, again.client() as client:
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
    assert server.stop() == 0
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
    with served(shop, command=command, index="index") as server, server.client() as client:
        assert client.get("/images/1").status_code == 401
        assert client.get("/images/1", headers=bearer(new["key"])).status_code == 200
        ask_everything(client, new["key"])
    assert "GET /similar HTTP/1.1" in (shop / "server.log").read_text()
    check_output(shop, new["key"])
