"""``indexer serve --workers 2``: two processes answer as one, and outlive each other."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import SlowHost

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
PHOTO = SAMPLE / "queries" / "mug-01.jpg"
INDEXER = Path(sys.executable).parent / "indexer"
PATIENCE = 300.0


@dataclass(frozen=True)
class Server:
    """The parent of the processes that answer; each has a socket in a folder under ``folder``."""

    process: subprocess.Popen[str]
    url: str
    folder: Path

    def workers(self) -> set[int]:
        """Their process ids, as many as live."""
        found = {int(path.stem) for path in self.folder.glob("lookalike-*/*.socket")}
        return {one for one in found if is_alive(one)}

    @contextmanager
    def only(self, worker: int) -> Iterator[httpx.Client]:
        """A client whose connection is to that one: the others stand still while it connects."""
        others = self.workers() - {worker}
        for other in others:
            os.kill(other, signal.SIGSTOP)
        with httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False) as client:
            try:
                assert client.get("/healthz").status_code == 200
            finally:
                for other in others:
                    os.kill(other, signal.SIGCONT)
            yield client


def is_alive(process: int) -> bool:
    """What ended and was not waited for by its parent is no more."""
    command = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return bool(state) and not state.startswith("Z")


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def is_ready(client: httpx.Client) -> bool:
    return client.get("/readyz").status_code == 200


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    folder = tmp_path_factory.mktemp("workers") / "shop"
    shutil.copytree(SAMPLE, folder)
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    subprocess.run([INDEXER, "build", "catalog.csv"], cwd=folder, capture_output=True, check=True)
    return folder


@pytest.fixture
def server(shop: Path) -> Iterator[Server]:
    """Two processes, both ready to answer."""
    command = [str(INDEXER), "serve", "--port", "0", "--workers", "2", "--fetch-allow", "127.0.0.1"]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryDirectory() as folder,
        (shop / "server.log").open("a") as log,
        subprocess.Popen(
            command,
            cwd=shop,
            stdout=pipe,
            stderr=log,
            text=True,
            env=os.environ | {"TMPDIR": folder},
        ) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        running = Server(process, found[0], Path(folder))
        try:
            wait_until(lambda: len(running.workers()) == 2)
            for worker in running.workers():
                with running.only(worker) as client:
                    wait_until(lambda client=client: is_ready(client))  # type: ignore[misc]
            yield running
        finally:
            if process.poll() is None:
                process.terminate()


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
    assert not list(server.folder.glob("lookalike-*"))


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
