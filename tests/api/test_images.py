"""``/images`` gives the catalog's own pictures and nothing else."""

import io
import os
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from search import SearchEngine


def image_id(client: TestClient, source: str) -> int:
    answer = client.get("/similar", params={"image": source, "k": 1}).json()
    return int(answer["results"][0]["image_id"])


@pytest.mark.parametrize(
    ("source", "kind"), [("p5-a.png", "image/png"), ("p5-b.jpg", "image/jpeg")]
)
def test_a_local_picture_is_served_as_it_is(
    client: TestClient, shop: Any, source: str, kind: str
) -> None:
    answer = client.get(f"/images/{image_id(client, source)}")
    assert answer.content == (shop.photos / source).read_bytes()
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"].startswith("public")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"]


def test_every_link_of_an_answer_leads_to_its_picture(client: TestClient) -> None:
    answer = client.get("/similar", params={"product_id": "p5", "k": 12}).json()
    links = [one["image"] for one in answer["results"] if one["image"].startswith("/")]
    assert len(links) >= 10
    assert all(client.get(link).status_code == 200 for link in links)


def test_the_type_is_what_the_file_holds_not_its_name(
    client: TestClient, shop: Any, draw: Callable[..., Image.Image]
) -> None:
    number = image_id(client, "p7-a.png")
    path = shop.photos / "p7-a.png"
    before = path.read_bytes()
    try:
        file = io.BytesIO()
        draw(7).save(file, "MPO", save_all=True, append_images=[draw(8)])  # as phones do
        path.write_bytes(file.getvalue())
        assert client.get(f"/images/{number}").headers["content-type"] == "image/jpeg"
        path.write_bytes(b"<html><script>alert(1)</script>")
        assert missing(client, number)
        path.unlink()
        assert missing(client, number)
        path.symlink_to("/etc/passwd")
        assert missing(client, number)
        path.unlink()
        os.mkfifo(path)  # which nobody ever writes to
        assert missing(client, number)
    finally:
        path.unlink(missing_ok=True)
        path.write_bytes(before)


def missing(client: TestClient, number: int) -> bool:
    answer = client.get(f"/images/{number}")
    assert answer.json()["detail"] == f"This server has no picture {number}."
    return (answer.status_code, answer.json()["code"]) == (404, "image_not_found")


def test_a_picture_behind_a_url_is_not_here(client: TestClient) -> None:
    answer = client.get("/similar", params={"product_id": "p10", "k": 1}).json()
    assert missing(client, answer["results"][0]["image_id"])


def test_an_unknown_id_is_not_found(client: TestClient, engine: SearchEngine) -> None:
    assert missing(client, 2**63 - 1)


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "abc", "..%2f..%2fetc%2fpasswd"])
def test_what_is_no_id_is_no_picture(client: TestClient, number: str) -> None:
    assert client.get(f"/images/{number}").json()["code"] in {"bad_parameter", "not_found"}
