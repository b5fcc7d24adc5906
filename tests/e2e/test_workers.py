"""``indexer serve --workers 2``: two processes answer as one, and outlive each other."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import SlowHost
from tests.serving import (
    INDEXER,
    PATIENCE,
    SAMPLE,
    Server,
    is_alive,
    is_ready,
    sample_shop,
    served,
    wait_until,
)

PHOTO = SAMPLE / "queries" / "mug-01.jpg"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    return sample_shop(tmp_path_factory.mktemp("workers") / "shop", converted)


@pytest.fixture
def server(shop: Path) -> Iterator[Server]:
    """Two processes, both ready to answer."""
    with served(shop, "--fetch-allow", "127.0.0.1", workers=2) as running:
        yield running


def test_whichever_process_is_asked_knows_what_the_other_one_answered(server: Server) -> None:
    first, second = server.workers()
    with server.only(first) as one, server.only(second) as other:
        upload = one.post("/similar", files={"file": PHOTO.read_bytes()}).json()
        again = other.get("/similar", params={"image_id": upload["query"]["image_id"]})
        assert again.status_code == 200
        assert again.json()["results"] == upload["results"]
        part = {"image_id": upload["query"]["image_id"], "box": "10,10,90,90"}
        assert other.get("/similar", params=part).json()["query"]["box"] == [10, 10, 90, 90]
        said = {"product_id": upload["results"][0]["product_id"], "verdict": "same"}
        given = other.post("/feedback", json={"request_id": upload["request_id"], **said})
        assert given.status_code == 201
        gone = other.get("/similar", params={"image_id": "never-given"})
        assert gone.json()["code"] == "query_forgotten"
        for client in (one, other):
            metrics = client.get("/metrics").text
            assert "\nlookalike_queries_total 3.0\n" in metrics
            assert "\nlookalike_drift_window_queries 1.0\n" in metrics


def test_a_process_that_is_killed_is_replaced_while_the_other_one_answers(server: Server) -> None:
    first, second = server.workers()
    with server.only(second) as other:
        os.kill(first, signal.SIGKILL)
        assert is_ready(other)
        wait_until(lambda: bool(server.workers() - {first, second}))
        (new,) = server.workers() - {first, second}
        with server.only(new) as one:
            wait_until(lambda: is_ready(one))
            answer = one.post("/similar", files={"file": PHOTO.read_bytes()})
            assert answer.status_code == 200


def test_when_they_are_asked_to_stop_they_answer_what_they_have_accepted(
    server: Server, slow: SlowHost
) -> None:
    workers = server.workers()
    with ThreadPoolExecutor() as threads:
        image = {"image": slow.url}
        answer = threads.submit(
            httpx.get, f"{server.url}/similar", params=image, timeout=PATIENCE, trust_env=False
        )
        assert slow.asked.wait(PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: len(server.workers()) == 1)  # the idle one
        slow.may_answer.set()
        assert answer.result().status_code == 200
    assert server.process.wait(PATIENCE) == 0
    assert not any(is_alive(one) for one in workers)
    assert not list(server.shared.glob("lookalike-*"))


def test_they_do_not_outlive_the_process_that_started_them(server: Server) -> None:
    workers = server.workers()
    server.process.kill()
    server.process.wait(PATIENCE)
    wait_until(lambda: not any(is_alive(one) for one in workers))


def test_wrong_settings_stop_them_for_good(shop: Path) -> None:
    done = subprocess.run(
        [INDEXER, "serve", "--port", "0", "--workers", "2"],
        cwd=shop,
        env=os.environ | {"LOOKALIKE_QUEUE": "-1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "LOOKALIKE_QUEUE is '-1'" in done.stderr
