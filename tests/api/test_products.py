"""``/products``: what is stored shows at once, here and on every other server of the index."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app

Opened = Callable[[TestClient], None]
SOON = 2.0
"""Seconds within which every server shows a change."""


@pytest.fixture
def own(shop: Any, tmp_path: Path) -> Any:
    """An index that the test may change."""
    shutil.copytree(shop.index, tmp_path / "index", symlinks=True)
    return replace(shop, index=tmp_path / "index")


@pytest.fixture
def writer(own: Any, opened: Opened) -> Iterator[TestClient]:
    with TestClient(create_app(own.settings())) as made:
        opened(made)
        yield made


@pytest.fixture
def reader(own: Any, opened: Opened) -> Iterator[TestClient]:
    """Another server of the same index."""
    with TestClient(create_app(own.settings())) as made:
        opened(made)
        yield made


@pytest.fixture
def picture(tmp_path: Path, draw: Callable[..., Any]) -> bytes:
    draw(77).save(tmp_path / "new.png")
    return (tmp_path / "new.png").read_bytes()


def best(client: TestClient, picture: bytes) -> tuple[str, bool]:
    found = client.post("/similar", files={"file": picture}).json()["results"][0]
    return found["product_id"], found["score"] >= 0.999


def until(holds: Callable[[], bool]) -> float:
    """Seconds until it holds."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < 30
        time.sleep(0.02)
    return time.monotonic() - start


def test_a_product_is_read_with_its_images_and_revision(client: TestClient) -> None:
    found = client.get("/products/p5").json()
    assert found["product"]["title"] == "Product 5"
    assert [one["source"] for one in found["images"]] == ["p5-a.png", "p5-b.jpg"]
    assert [(one["status"], one["width"]) for one in found["images"]] == [("ok", 320)] * 2
    assert found["revision"] >= 1


def test_an_id_with_slashes_is_found(client: TestClient, odd_id: str) -> None:
    answer = client.get(f"/products/{quote(odd_id, safe='')}")
    assert answer.json()["product"]["product_id"] == odd_id


def test_an_upload_is_searchable_when_its_answer_comes(
    writer: TestClient, reader: TestClient, picture: bytes
) -> None:
    answer = writer.put(
        "/products/new",
        files=[("file", ("new.png", picture))],
        data={"title": "New", "price": "12.5", "color": "green"},
    )
    assert answer.status_code == 200, answer.json()
    stored = answer.json()
    assert (stored["product"]["price"], stored["product"]["attributes"]) == (
        12.5,
        {"color": "green"},
    )
    assert best(writer, picture) == ("new", True)
    assert until(lambda: best(reader, picture) == ("new", True)) < SOON
    image = stored["images"][0]
    assert reader.get(f"/images/{image['image_id']}").content == picture
    assert reader.get("/products/new").json()["revision"] == stored["revision"]


def test_a_product_of_urls_is_stored_by_json(writer: TestClient, own: Any) -> None:
    body = {"image": [f"{own.url}/p1-a.png", f"{own.url}/p2-a.png"], "brand": "Acme", "size": 41}
    stored = writer.put("/products/a/b", json=body).json()
    assert [one["source"] for one in stored["images"]] == body["image"]
    assert stored["product"]["attributes"] == {"size": 41}
    assert writer.get("/products/a/b/similar?k=1").json()["results"][0]["product_id"] == "a/b"


def test_a_deleted_product_is_gone_everywhere(writer: TestClient, reader: TestClient) -> None:
    assert writer.delete("/products/p3").status_code == 204

    def gone(client: TestClient) -> bool:
        rows = client.get("/similar?product_id=p4&k=100").json()["results"]
        return all(row["product_id"] != "p3" for row in rows) and len(rows) == 11

    assert gone(writer)
    assert until(lambda: gone(reader)) < SOON
    for answer in (writer.get("/products/p3"), writer.delete("/products/p3")):
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"json": {"title": "no picture"}}, 422, "invalid_product"),
        ({"json": {"image": "p1-a.png", "price": "cheap"}}, 422, "invalid_product"),
        ({"json": {"image": "p1-a.png", "product_id": "other"}}, 422, "bad_parameter"),
        ({"json": {"image": "../etc/passwd"}}, 422, "invalid_product"),
        ({"json": {"image": "nothing.png"}}, 422, "image_unreadable"),
        ({"json": {"image": "http://10.0.0.1/a.png"}}, 422, "fetch_blocked"),
        ({"json": [1]}, 400, "bad_json"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "bad_json"),
        (
            {"content": b"x", "headers": {"content-type": "text/plain"}},
            415,
            "unsupported_media_type",
        ),
        ({"files": {"file": b"no picture"}}, 422, "not_an_image"),
        ({"files": {"file": b"x" * 3_000_000}}, 413, "upload_too_large"),
        ({"json": {"image": "x" * 3_000_000}}, 413, "upload_too_large"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_changes_nothing(
    writer: TestClient, own: Any, request_: dict[str, Any], status: int, code: str
) -> None:
    before = writer.get("/index").json()
    answer = writer.put("/products/new", **request_)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert str(own.photos) not in answer.text
    assert writer.get("/products/new").status_code == 404
    assert writer.get("/index").json() == before


def test_a_new_version_is_served_with_no_restart_and_no_failed_request(
    own: Any, writer: TestClient, rebuilt: Callable[..., int], tmp_path: Path
) -> None:
    rows = (own.photos / "catalog.jsonl").read_text().splitlines()
    catalog = tmp_path / "catalog.jsonl"
    catalog.write_text("\n".join(rows[:-1]))
    for path in own.photos.glob("p[0-9]*.*g"):
        shutil.copy(path, tmp_path)
    before = writer.get("/index").json()["version"]
    version = rebuilt(catalog, own.index)
    assert version > before
    statuses = set()

    def served() -> bool:
        answer = writer.get("/similar?product_id=p5")
        statuses.add(answer.status_code)
        return bool(answer.json()["index"]["version"] == version)

    assert until(served) < SOON
    assert statuses == {200}


@pytest.fixture
def rebuilt() -> Callable[[Path, Path], int]:
    """Build in this process, as another one would."""
    import io

    from rich.console import Console

    from indexer.build import BuildOptions, build
    from indexer.progress import Steps

    def run(catalog: Path, index: Path) -> int:
        with Steps(Console(file=io.StringIO())) as steps:
            options = BuildOptions(fetch_allow=("127.0.0.1",))
            return build(catalog, index, options, steps).version

    return run
