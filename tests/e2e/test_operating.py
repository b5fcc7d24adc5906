"""A server as those who run it see it: what it logs, and how it ends when it is asked to."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import SlowHost

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
PHOTO = SAMPLE / "queries" / "mug-01.jpg"
INDEXER = Path(sys.executable).parent / "indexer"
PATIENCE = 120.0


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    url: str
    log: Path

    def get(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(self.url + path, params=params, timeout=PATIENCE, trust_env=False)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


Serve = Callable[..., Any]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    folder = tmp_path_factory.mktemp("operating") / "shop"
    shutil.copytree(SAMPLE, folder)
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    subprocess.run([INDEXER, "build", "catalog.csv"], cwd=folder, capture_output=True, check=True)
    return folder


@pytest.fixture
def serve(shop: Path, tmp_path: Path) -> Serve:
    """``with serve("--workers", "2", LOOKALIKE_DRAIN="1") as server``: it is ready to answer."""

    @contextmanager
    def serving(*options: str, **settings: str) -> Iterator[Server]:
        command = [str(INDEXER), "serve", "--port", "0", "--fetch-allow", "127.0.0.1", *options]
        log = tmp_path / "log"
        environment = os.environ | {"LOOKALIKE_LOG_FORMAT": "json"} | settings
        with (
            log.open("w") as stderr,
            subprocess.Popen(
                command, cwd=shop, stdout=stderr, stderr=stderr, text=True, env=environment
            ) as process,
        ):
            try:
                wait_until(lambda: "served at" in log.read_text())
                found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
                assert found
                server = Server(process, found[0], log)
                wait_until(lambda: all(server.get("/readyz").status_code == 200 for _ in range(16)))
                yield server
            finally:
                process.kill()

    return serving


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_every_line_is_an_object_and_requests_can_be_told_apart(
    serve: Serve, shop: Path, options: tuple[str, ...]
) -> None:
    with serve(*options) as server:
        headers = {"X-Request-ID": "order-7"}
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
            client.get("/products/mug-01/similar?k=3")
            client.get("/similar?image=http://127.0.0.1:9/a.jpg?signature=secret")
        (shop / "index" / "catalog.sqlite").rename(shop / "index" / "away")
        gone = server.get("/similar", product_id="chair-02").json()
        (shop / "index" / "away").rename(shop / "index" / "catalog.sqlite")
        assert gone["code"] == "catalog_unavailable"
        server.stop()
        lines = server.lines()
        assert "secret" not in server.log.read_text()
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    first, second = (one for one in lines if one.get("request_id") == "order-7")
    assert (first["method"], first["status"], first["level"]) == ("GET", 200, "INFO")
    assert first["route"] == "/products/{product_id}/similar"
    assert first["ms"] > 0
    assert second["status"] == 502
    about = [one for one in lines if one.get("request_id") == gone["request_id"]]
    assert {one["level"] for one in about} == {"ERROR", "INFO"}  # what failed, and the request


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_what_was_accepted_is_answered_while_load_balancers_turn_elsewhere(
    serve: Serve, slow: SlowHost, options: tuple[str, ...]
) -> None:
    with serve(*options, LOOKALIKE_DRAIN="3") as server, ThreadPoolExecutor() as threads:
        answer = threads.submit(server.get, "/similar", image=slow.url)
        assert slow.asked.wait(PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.get("/readyz").status_code == 503)
        assert server.get("/readyz").json()["code"] == "stopping"
        assert server.get("/similar", product_id="mug-01").status_code == 200  # still taken

        def is_refused() -> bool:
            try:
                server.get("/healthz")
            except httpx.TransportError:
                return True
            return False

        wait_until(is_refused)
        slow.may_answer.set()
        assert answer.result().status_code == 200
        assert server.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_searches_that_run_when_it_is_asked_to_stop_are_answered_all(
    serve: Serve, options: tuple[str, ...]
) -> None:
    photo = PHOTO.read_bytes()
    with serve(*options) as server, ThreadPoolExecutor(8) as threads:

        def search() -> int:
            with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
                return client.post("/similar", files={"file": photo}).status_code

        def at_work() -> bool:
            text = server.get("/metrics").text
            (found,) = re.findall(r"^lookalike_searches_at_work (.*)$", text, re.MULTILINE)
            return float(found) >= 1

        answers = [threads.submit(search) for _ in range(64)]
        wait_until(at_work)
        server.process.send_signal(signal.SIGTERM)
        codes = [one.exception() or one.result() for one in answers]
        assert server.process.wait(PATIENCE) == 0
        searched = [
            one["status"]
            for one in server.lines()
            if one.get("route") == "/similar" and one["status"]
        ]
    accepted = [one for one in codes if not isinstance(one, httpx.TransportError)]
    assert accepted.count(200) == len(accepted) == searched.count(200) == len(searched) >= 1


def test_stopping_takes_no_longer_than_it_may(serve: Serve, slow: SlowHost) -> None:
    with serve(LOOKALIKE_SHUTDOWN="0.5") as server, ThreadPoolExecutor() as threads:
        answer = threads.submit(server.get, "/similar", image=slow.url)
        assert slow.asked.wait(PATIENCE)
        assert server.stop() == 1
        assert isinstance(answer.exception(), httpx.TransportError)
        assert "LOOKALIKE_SHUTDOWN" in server.lines()[-1]["message"]
