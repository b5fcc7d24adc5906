"""End to end: a real server on a real socket."""

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def server(shop: Any, serve: Any) -> Iterator[httpx.Client]:
    with serve(shop.settings()) as client:
        yield client


def test_every_source_is_answered(server: httpx.Client, shop: Any, photo: bytes) -> None:
    answers = [
        server.get("/similar", params={"image": "p5-a.png"}),
        server.get("/similar", params={"image": f"{shop.url}/p5-a.png"}),
        server.get("/similar", params={"product_id": "p5"}),
        server.get("/products/p5/similar"),
        server.post("/similar", files={"file": photo}),
    ]
    for answer in answers:
        first = answer.json()["results"][0]
        assert (first["product_id"], first["score"] >= 0.999) == ("p5", True)
        assert server.get(first["image"]).content == photo


def test_ids_with_slashes_reach_their_product(server: httpx.Client, odd_id: str) -> None:
    from urllib.parse import quote

    answer = server.get(f"/products/{quote(odd_id, safe='')}/similar").json()
    assert answer["results"][0]["product_id"] == odd_id


def test_a_client_that_sends_too_much_learns_why(server: httpx.Client) -> None:
    for _ in range(5):
        answer = server.post("/similar", files={"file": b"a" * 30_000_000})
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


def test_a_client_that_leaves_in_the_middle_is_no_error(
    server: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="api")
    head = "POST /similar HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\nContent-Type: "
    with socket.create_connection((server.base_url.host, server.base_url.port or 0)) as client:
        client.sendall(f"{head}multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode())
        time.sleep(0.1)
    for _ in range(100):
        if "POST /similar 499" in caplog.text:
            break
        time.sleep(0.02)
    assert "POST /similar 499" in caplog.text
    assert "failed" not in caplog.text
