"""Uploads are bounded, kept in memory, and never break the server."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

MULTIPART = "multipart/form-data; boundary=x"
LIMIT = 2_000_000


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_announced_upload_that_is_too_large_is_not_even_read(client: TestClient) -> None:
    headers = {"content-type": MULTIPART, "content-length": "99999999999"}
    answer = client.post("/similar", content=b"", headers=headers)
    assert code_of(answer) == (413, "upload_too_large")
    assert answer.json()["detail"] == "The body is larger than 2 MB, the most that is taken."


def test_an_unannounced_upload_is_stopped_at_the_limit(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"a" * 100_000

    answer = client.post("/similar", content=chunks(), headers={"content-type": MULTIPART})
    assert code_of(answer) == (413, "upload_too_large")


def test_an_upload_never_touches_the_disk(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rollover(self: object) -> None:
        raise AssertionError("the upload goes to disk")

    monkeypatch.setattr(SpooledTemporaryFile, "rollover", rollover)
    answer = client.post("/similar", files={"file": b"a" * 1_900_000})
    assert code_of(answer) == (422, "not_an_image")


def test_another_kind_of_body_is_refused(client: TestClient, photo: bytes) -> None:
    answer = client.post("/similar", content=photo, headers={"content-type": "image/png"})
    assert code_of(answer) == (415, "unsupported_media_type")
    assert "image/png" in answer.json()["detail"]


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "idna"])
def test_a_charset_that_may_not_decode_is_refused(client: TestClient, charset: str) -> None:
    kind = f"{MULTIPART}; charset={charset}"
    body = b'--x\r\nContent-Disposition: form-data; name="product_id"\r\n\r\n\\ud800\xff\r\n--x--'
    answer = client.post("/similar", content=body, headers={"content-type": kind})
    assert code_of(answer) == (415, "unsupported_media_type")
    utf8 = client.post(
        "/similar", content=body, headers={"content-type": f"{MULTIPART}; charset=UTF-8"}
    )
    assert code_of(utf8) == (404, "product_not_found")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        (MULTIPART, b"--y\r\n\r\n"),
        (MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
    ],
)
def test_a_broken_form_is_refused(client: TestClient, kind: str, body: bytes) -> None:
    answer = client.post("/similar", content=body, headers={"content-type": kind})
    assert code_of(answer) == (400, "bad_form")


def test_a_file_under_another_name_is_refused(client: TestClient, photo: bytes) -> None:
    answer = client.post("/similar", files={"image": photo})
    assert code_of(answer) == (422, "bad_parameter")
    assert "in the field 'file'" in answer.json()["detail"]


def test_a_file_sent_as_text_is_refused(client: TestClient) -> None:
    answer = client.post("/similar", files={"file": (None, "pixels")})
    assert code_of(answer) == (422, "bad_parameter")


def test_a_form_with_no_file_may_name_another_source(client: TestClient) -> None:
    answer = client.post("/similar", files={"product_id": (None, "p5")})
    assert answer.json()["results"][0]["product_id"] == "p5"


@pytest.mark.parametrize("nothing", [(None, ""), ("", b"")])
def test_a_file_that_nobody_chose_is_no_source(client: TestClient, nothing: Any) -> None:
    files = {"file": nothing, "product_id": (None, "p5")}
    answer = client.post("/similar", files=files)
    assert answer.json()["results"][0]["product_id"] == "p5"


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_upload_breaks_the_server(client: TestClient, file: bytes) -> None:
    for body in (file, b"\x89PNG\r\n\x1a\n" + file, b"\xff\xd8\xff\xe0" + file):
        assert client.post("/similar", files={"file": body}).status_code < 500


@given(st.binary(max_size=300), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_form_breaks_the_server(client: TestClient, body: bytes, text: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
    for content in (body, b"--x\r\n" + body, part + body):
        answer = client.post("/similar", content=content, headers={"content-type": MULTIPART})
        assert answer.status_code < 500
    answer = client.get("/similar", params={"image": text})
    assert answer.status_code < 500 or answer.json()["code"] == "fetch_failed"
    assert client.get("/similar", params={"product_id": text}).status_code < 500
