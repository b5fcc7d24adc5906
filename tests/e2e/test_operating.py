"""A server as those who run it see it: what it logs, and how it ends when it is asked to."""

import json
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import SlowHost
from tests.serving import PATIENCE, SAMPLE, Server, sample_shop, served, wait_until

PHOTO = SAMPLE / "queries" / "mug-01.jpg"


Serve = Callable[..., AbstractContextManager[Server]]


def get(server: Server, path: str, **params: str) -> httpx.Response:
    with server.client() as client:
        return client.get(path, params=params)


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    return sample_shop(tmp_path_factory.mktemp("operating") / "shop", converted)


@pytest.fixture
def serve(shop: Path) -> Serve:
    """``with serve(workers=2, drain=1) as server``: what it logs is JSON."""
    return partial(served, shop, "--fetch-allow", "127.0.0.1", log_format="json")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_line_is_an_object_and_requests_can_be_told_apart(
    serve: Serve, shop: Path, workers: int
) -> None:
    with serve(workers=workers) as server:
        headers = {"X-Request-ID": "order-7"}
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
            client.get("/products/mug-01/similar?k=3")
            client.get("/similar?image=http://127.0.0.1:9/a.jpg?signature=secret")
        (shop / "index" / "catalog.sqlite").rename(shop / "index" / "away")
        gone = get(server, "/similar", product_id="chair-02").json()
        (shop / "index" / "away").rename(shop / "index" / "catalog.sqlite")
        assert gone["code"] == "catalog_unavailable"
        server.stop()
        said = lines(server)
        assert "secret" not in server.log.read_text()
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in said)
    first, second = (one for one in said if one.get("request_id") == "order-7")
    assert (first["method"], first["status"], first["level"]) == ("GET", 200, "INFO")
    assert first["route"] == "/products/{product_id}/similar"
    assert first["ms"] > 0
    assert second["status"] == 502
    about = [one for one in said if one.get("request_id") == gone["request_id"]]
    assert {one["level"] for one in about} == {"ERROR", "INFO"}  # what failed, and the request


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_accepted_is_answered_while_load_balancers_turn_elsewhere(
    serve: Serve, slow: SlowHost, workers: int
) -> None:
    with serve(workers=workers, drain=3) as server, ThreadPoolExecutor() as threads:
        answer = threads.submit(get, server, "/similar", image=slow.url)
        assert slow.asked.wait(PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: get(server, "/readyz").status_code == 503)
        assert get(server, "/readyz").json()["code"] == "stopping"
        assert get(server, "/similar", product_id="mug-01").status_code == 200  # still taken

        def is_refused() -> bool:
            try:
                get(server, "/healthz")
            except httpx.TransportError:
                return True
            return False

        wait_until(is_refused)
        slow.may_answer.set()
        assert answer.result().status_code == 200
        assert server.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_searches_that_run_when_it_is_asked_to_stop_are_answered_all(
    serve: Serve, workers: int
) -> None:
    photo = PHOTO.read_bytes()
    with serve(workers=workers) as server, ThreadPoolExecutor(8) as threads:

        def search() -> int:
            with server.client() as client:
                return client.post("/similar", files={"file": photo}).status_code

        def at_work() -> bool:
            text = get(server, "/metrics").text
            (found,) = re.findall(r"^lookalike_searches_at_work (.*)$", text, re.MULTILINE)
            return float(found) >= 1

        answers = [threads.submit(search) for _ in range(64)]
        wait_until(at_work)
        server.process.send_signal(signal.SIGTERM)
        codes = [one.exception() or one.result() for one in answers]
        assert server.process.wait(PATIENCE) == 0
        searched = [
            one["status"]
            for one in lines(server)
            if one.get("route") == "/similar" and one["status"]
        ]
    accepted = [one for one in codes if not isinstance(one, httpx.TransportError)]
    assert accepted.count(200) == len(accepted) == searched.count(200) == len(searched) >= 1


def test_stopping_takes_no_longer_than_it_may(serve: Serve, slow: SlowHost) -> None:
    with serve(shutdown=0.5) as server, ThreadPoolExecutor() as threads:
        answer = threads.submit(get, server, "/similar", image=slow.url)
        assert slow.asked.wait(PATIENCE)
        assert server.stop() == 1
        assert isinstance(answer.exception(), httpx.TransportError)
        assert "LOOKALIKE_SHUTDOWN" in lines(server)[-1]["message"]
