"""A bounded number of searches is worked on, a bounded number waits, and none for nobody."""

import logging
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import httpx
import pytest

PATIENCE = 20.0


class Gate:
    """A host whose pictures come when it is opened; it knows which were asked for."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture
        self.asked: list[str] = []
        self.is_open = False
        self.changed = Condition()

    def give(self, path: str) -> bytes:
        with self.changed:
            self.asked.append(path)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.is_open, PATIENCE)
        return self.picture

    def open(self) -> None:
        with self.changed:
            self.is_open = True
            self.changed.notify_all()

    def wait_until_asked(self, path: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: path in self.asked, PATIENCE)


@pytest.fixture
def gate(photo: bytes) -> Iterator[tuple[Gate, str]]:
    found = Gate(photo)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = found.give(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Tests need no access log."""

    host = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=host.serve_forever)
    thread.start()
    yield found, f"http://127.0.0.1:{host.server_port}"
    found.open()
    host.shutdown()
    host.server_close()
    thread.join()


@pytest.fixture
def together() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def queue_depth(server: httpx.Client) -> float:
    (line,) = [
        one
        for one in server.get("/metrics").text.splitlines()
        if one.startswith("lookalike_queue_depth ")
    ]
    return float(line.split()[1])


def wait_until(holds: Callable[[], bool]) -> None:
    """Asks the server again and again, which is what takes the time here."""
    for _ in range(2_000):
        if holds():
            return
    raise AssertionError("it never came to that")


def test_what_finds_no_place_is_refused_at_once_while_the_rest_of_the_server_answers(
    shop: Any, serve: Any, gate: tuple[Gate, str], together: ThreadPoolExecutor, photo: bytes
) -> None:
    host, url = gate
    settings = shop.settings().model_copy(update={"concurrency": 1, "queue": 1})
    with serve(settings) as server:
        at_work = together.submit(server.get, "/similar", params={"image": f"{url}/first.png"})
        host.wait_until_asked("/first.png")
        waiting = together.submit(server.get, "/products/p5/similar")
        wait_until(lambda: queue_depth(server) == 1)
        for refused in (
            server.get("/similar", params={"product_id": "p1"}),
            server.post("/similar", files={"file": photo}),
            server.put("/products/new", json={"image": f"{shop.url}/p1-a.png"}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) > 0
        for path in ("/healthz", "/readyz", "/index", "/products/p1"):
            assert server.get(path).status_code == 200
        assert 'lookalike_refused_requests_total{code="overloaded"} 3.0' in (
            server.get("/metrics").text
        )
        host.open()
        assert at_work.result().json()["results"][0]["product_id"] == "p5"
        assert waiting.result().json()["results"][0]["product_id"] == "p5"
        assert server.get("/similar", params={"product_id": "p1"}).status_code == 200
        assert queue_depth(server) == 0


def test_what_waits_until_its_deadline_is_answered_and_never_begun(
    shop: Any, serve: Any, gate: tuple[Gate, str], together: ThreadPoolExecutor
) -> None:
    host, url = gate
    settings = shop.settings().model_copy(update={"concurrency": 1, "deadline": 0.5})
    with serve(settings) as server:
        first, second = (
            together.submit(server.get, "/similar", params={"image": f"{url}/{name}.png"})
            for name in ("first", "second")
        )
        for late in (first.result(), second.result()):
            assert (late.status_code, late.json()["code"]) == (503, "deadline_passed")
            assert "0.5 seconds" in late.json()["detail"]
            assert "retry-after" in late.headers
        host.open()
        wait_until(lambda: server.get("/similar?product_id=p1").status_code == 200)
    assert len(host.asked) == 1


def test_a_client_that_leaves_frees_its_place_in_the_queue(
    shop: Any,
    serve: Any,
    gate: tuple[Gate, str],
    together: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host, url = gate
    caplog.set_level(logging.INFO, logger="api")
    settings = shop.settings().model_copy(update={"concurrency": 1, "queue": 1})
    with serve(settings) as server:
        at_work = together.submit(server.get, "/similar", params={"image": f"{url}/first.png"})
        host.wait_until_asked("/first.png")
        with socket.create_connection((server.base_url.host, server.base_url.port or 0)) as client:
            asked = f"GET /similar?image={url}/gone.png HTTP/1.1\r\nHost: localhost\r\n\r\n"
            client.sendall(asked.encode())
            wait_until(lambda: queue_depth(server) == 1)
        wait_until(lambda: queue_depth(server) == 0)
        next_one = together.submit(server.get, "/similar", params={"image": f"{url}/next.png"})
        host.open()
        assert (at_work.result().status_code, next_one.result().status_code) == (200, 200)
    assert "/gone.png" not in host.asked
    assert "GET /similar 499" in caplog.text


def test_a_change_that_was_begun_is_answered_however_long_it_takes(
    shop: Any, serve: Any, gate: tuple[Gate, str], together: ThreadPoolExecutor, tmp_path: Path
) -> None:
    host, url = gate
    copy = shutil.copytree(shop.index, tmp_path / "index", symlinks=True)
    settings = shop.settings(copy).model_copy(update={"deadline": 0.5})
    with serve(settings) as server:
        image = {"image": f"{url}/new.png"}
        stored = together.submit(server.put, "/products/new", json=image, timeout=PATIENCE)
        late = server.get("/similar", params={"image": f"{url}/other.png"})
        assert late.json()["code"] == "deadline_passed"  # so that much time has passed
        host.open()
        assert stored.result().status_code == 200
        assert server.get("/products/new/similar").status_code == 200
