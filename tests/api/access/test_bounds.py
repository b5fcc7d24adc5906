"""What is too large is refused, and never kept."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access.bounds import LONGEST_URL, MOST_HEADERS, MOST_PARAMETERS

LARGEST_HEAD = 32_768


def test_an_address_has_a_longest_length(client: TestClient) -> None:
    rest = len("/similarproduct_id=")
    answer = client.get("/similar?product_id=" + "a" * (LONGEST_URL - rest))
    assert answer.status_code == 404
    answer = client.get("/similar?product_id=" + "a" * (LONGEST_URL - rest + 1))
    assert (answer.status_code, answer.json()["code"]) == (414, "url_too_long")


def test_there_are_only_so_many_parameters(client: TestClient) -> None:
    most = "&".join(["filter=price:1.."] * (MOST_PARAMETERS - 1))
    assert client.get(f"/similar?product_id=p1&{most}").status_code == 200
    answer = client.get(f"/similar?product_id=p1&{most}&k=1")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    assert f"{MOST_PARAMETERS}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [{f"x-{n}": "a" for n in range(MOST_HEADERS + 1)}, {"x-long": "a" * LARGEST_HEAD}],
)
def test_headers_are_bounded(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/healthz", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")
    assert client.get("/healthz", headers={"x-long": "a" * 8000}).status_code == 200


@pytest.mark.parametrize("path", ["/feedback", "/products/p1"])
def test_json_is_bounded_in_size_and_depth(client: TestClient, path: str) -> None:
    method = "POST" if path == "/feedback" else "PUT"
    headers = {"Content-Type": "application/json"}
    large = b'{"title": "' + b"a" * 1_000_000 + b'"}'
    answer = client.request(method, path, content=large, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    deep = b'{"a":' * 150_000
    answer = client.request(method, path, content=deep, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")


@pytest.fixture(scope="module")
def server(shop: Any, serve: Any) -> Iterator[httpx.Client]:
    with serve(shop.settings()) as client:
        yield client


def sent(server: httpx.Client, *pieces: bytes) -> bytes:
    """All that is answered until the server closes, or nothing more comes."""
    place = (server.base_url.host, server.base_url.port or 0)
    with socket.create_connection(place, timeout=10) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        found = b""
        try:
            while piece := client.recv(65_536):
                found += piece
        except ConnectionResetError:
            pass
        return found


HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def test_a_head_without_an_end_is_cut_off(server: httpx.Client) -> None:
    line = b"X-A: " + b"a" * 1000 + b"\r\n"
    assert sent(server, HEAD, *[line] * 500).startswith(b"HTTP/1.1 431 ")
    assert sent(server, HEAD, b"X-A: ", *[b"a" * 1000] * 500).startswith(b"HTTP/1.1 431 ")
    assert sent(server, b"GET /", *[b"a" * 1000] * 500).startswith(b"HTTP/1.1 431 ")
    assert server.get("/healthz").status_code == 200


def test_trailers_without_an_end_are_cut_off(server: httpx.Client) -> None:
    head = b"POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    sent(server, head, *[b"X-A: " + b"a" * 1000 + b"\r\n"] * 500)
    assert server.get("/healthz").status_code == 200


def test_bodies_and_many_requests_on_one_connection_are_not_cut_off(
    server: httpx.Client, photo: bytes
) -> None:
    padded = photo + b"\0" * (10 * LARGEST_HEAD)
    for _ in range(3):
        answer = server.post("/similar", files={"file": padded})
        assert answer.status_code == 200
    one = HEAD + b"\r\n"
    last = HEAD + b"Connection: close\r\n\r\n"
    assert sent(server, one * 20 + last).count(b"HTTP/1.1 200 ") == 21
    for _ in range(300):
        assert server.get("/healthz", headers={"X-A": "a" * 1000}).status_code == 200
