"""A request that cannot be answered is told why, in one sentence and with a stable code."""

import io
import os
import socket
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

HEADER = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
HUGE_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\r" + HEADER + struct.pack(">I", zlib.crc32(HEADER))
HUGE_PNG += b"\0\0\0\1IDAT"


def refused(answer: Any, status: int, code: str) -> str:
    """Check the problem's form; its detail."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    return str(problem["detail"])


def encoded(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("k", ["0", "101", "-1", "ten", "", "1e9", "9" * 200])
def test_k_is_a_whole_number_from_1_to_100(client: TestClient, method: str, k: str) -> None:
    answer = client.request(method, "/similar", params={"product_id": "p1", "k": k})
    detail = refused(answer, 422, "bad_parameter")
    assert detail == f"k is '{k[:80]}'; it must be a whole number from 1 to 100."


@pytest.mark.parametrize("path", ["/similar?product_id=p1&top=5", "/products/p1/similar?top=5"])
def test_an_unknown_parameter_is_named_with_the_known_ones(client: TestClient, path: str) -> None:
    detail = refused(client.get(path), 422, "unknown_parameter")
    assert detail.startswith("top is no parameter here; known ones are: k")


def test_an_unknown_field_of_the_form_is_refused(client: TestClient, photo: bytes) -> None:
    answer = client.post("/similar", files={"file": photo}, data={"top": "5"})
    assert "top" in refused(answer, 422, "unknown_parameter")


@pytest.mark.parametrize("path", ["/similar?product_id=p1&k=1&k=2", "/products/p1/similar?k=1&k=1"])
def test_a_repeated_parameter_is_refused(client: TestClient, path: str) -> None:
    detail = refused(client.get(path), 422, "bad_parameter")
    assert detail == "k is given 2 times; it must be given once."


def test_a_parameter_in_the_url_and_in_the_form_is_refused(
    client: TestClient, photo: bytes
) -> None:
    answer = client.post("/similar?k=3", files={"file": photo}, data={"k": "4"})
    assert refused(answer, 422, "bad_parameter") == "k is given twice; it must be given once."


def test_a_repeated_file_is_refused(client: TestClient, photo: bytes) -> None:
    answer = client.post("/similar", files=[("file", photo), ("file", photo)])
    assert "file is given twice" in refused(answer, 422, "bad_parameter")


def test_no_source_is_refused(client: TestClient) -> None:
    for answer in (client.get("/similar"), client.post("/similar")):
        assert "none of them" in refused(answer, 422, "bad_parameter")


def test_two_sources_are_refused(client: TestClient, photo: bytes) -> None:
    both = client.get("/similar", params={"image": "p1-a.png", "product_id": "p1"})
    assert "image and product_id" in refused(both, 422, "bad_parameter")
    upload = client.post("/similar", params={"image": "p1-a.png"}, files={"file": photo})
    assert "file and image" in refused(upload, 422, "bad_parameter")


def test_an_empty_source_is_refused(client: TestClient) -> None:
    for name in ("image", "product_id"):
        refused(client.get("/similar", params={name: ""}), 422, "bad_parameter")


def test_a_missing_product_is_not_found(client: TestClient) -> None:
    for path in ("/similar?product_id=nope", "/products/nope/similar", "/products//similar"):
        refused(client.get(path), 404, "product_not_found")


def test_a_private_address_is_refused_and_never_connected_to(client: TestClient) -> None:
    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        answer = client.get("/similar", params={"image": f"http://127.0.0.2:{port}/a.png?key=1"})
        detail = refused(answer, 422, "fetch_blocked")
        assert "not public" in detail
        assert "key" not in detail
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_failing_url_is_a_bad_gateway(client: TestClient, shop: Any) -> None:
    answer = client.get("/similar", params={"image": f"{shop.url}/none.png"})
    assert "404" in refused(answer, 502, "fetch_failed")


@pytest.mark.parametrize("image", ["file:///etc/passwd", "FILE:p1-a.png", "ftp://a/b", "data:,a"])
def test_only_http_urls_are_urls(client: TestClient, image: str) -> None:
    detail = refused(client.get("/similar", params={"image": image}), 422, "bad_parameter")
    assert "http(s) URL" in detail


@pytest.mark.parametrize("image", ["../index/CURRENT", "/etc/passwd", "a/../../b", "link.png"])
def test_a_path_that_leaves_the_image_root_is_refused(
    client: TestClient, shop: Any, image: str
) -> None:
    link = shop.photos / "link.png"
    link.unlink(missing_ok=True)
    link.symlink_to("/etc/passwd")
    answer = client.get("/similar", params={"image": image})
    detail = refused(answer, 422, "path_outside_root")
    assert detail == f"{image}: the file is outside the image folder"


@pytest.mark.parametrize("image", ["none.png", "p1-a.png/x", "sub/none.png"])
def test_a_path_to_nothing_is_not_found(client: TestClient, shop: Any, image: str) -> None:
    detail = refused(client.get("/similar", params={"image": image}), 404, "image_not_found")
    assert str(shop.photos) not in detail


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (".", "image_unreadable"),
        ("catalog.jsonl", "not_an_image"),
        ("loop.png", "image_unreadable"),
        ("empty.png", "not_an_image"),
        ("pipe", "image_unreadable"),
        ("a\0b", "image_unreadable"),
        ("x" * 300, "image_unreadable"),
        (("x" * 200 + "/") * 21, "image_unreadable"),
    ],
)
def test_no_message_shows_where_the_catalog_is(
    client: TestClient, shop: Any, image: str, code: str
) -> None:
    odd_files(shop.photos)
    detail = refused(client.get("/similar", params={"image": image}), 422, code)
    assert str(shop.photos) not in detail
    assert len(detail) < 500


def odd_files(folder: Path) -> None:
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
        (folder / "empty.png").touch()
        (folder / "loop.png").symlink_to("loop.png")


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (b"", 422, "not_an_image"),
        (b"hello", 422, "not_an_image"),
        (b"%PDF-1.7", 422, "not_an_image"),
        (encoded(300, 300)[:150], 422, "image_truncated"),
        (encoded(7, 300), 422, "image_too_small"),
        (HUGE_PNG, 413, "image_too_large"),
    ],
)
def test_an_upload_that_is_no_usable_picture_is_refused(
    client: TestClient, file: bytes, status: int, code: str
) -> None:
    answer = client.post("/similar", files={"file": ("a.png", file)})
    assert refused(answer, status, code).startswith("file: ")


@pytest.mark.parametrize("path", ["/nothing", "/similar/p1", "/openapi.yaml"])
def test_an_unknown_path_is_a_problem(client: TestClient, path: str) -> None:
    refused(client.get(path), 404, "not_found")


def test_a_wrong_method_is_a_problem_that_says_which_are_right(client: TestClient) -> None:
    answer = client.delete("/index")
    assert "DELETE" in refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"
