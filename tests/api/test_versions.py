"""``/versions`` and ``/rejects``: which there are, going back to one, what was left out."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from search.catalog.places import open_catalog
from search.catalog.records import VersionRecord
from search.versions import MANIFEST, VECTORS, IndexFolder
from search.versions.manifest import Manifest


@pytest.fixture
def index(shop: Any, tmp_path: Path) -> Path:
    """With a second version, a copy of the first one, which is live."""
    path = tmp_path / "index"
    shutil.copytree(shop.index, path, symlinks=True)
    folder = IndexFolder(path)
    first = folder.require_live()

    def copy(place: Path) -> None:
        for file in first.files:
            shutil.copy(folder.folder(1) / file.name, place / file.name)

    def note(made: Manifest) -> None:
        record = VersionRecord(
            made.version, made.built, "m", made.backbone, made.head, 12, 23, made.revision
        )
        with closing(open_catalog(folder)) as catalog:
            catalog.add_version(record)

    with folder.lock():
        folder.publish(replace(first, version=2), copy, note)
    return path


@pytest.fixture
def client(shop: Any, index: Path, opened: Callable[[TestClient], None]) -> Iterator[TestClient]:
    with TestClient(create_app(shop.settings(index))) as made:
        opened(made)
        yield made


def test_every_version_is_listed_newest_first(client: TestClient, index: Path) -> None:
    found = client.get("/versions").json()
    assert found["live"] == 2
    assert [one["version"] for one in found["versions"]] == [2, 1]
    manifest = Manifest.read(index / "versions" / "1" / MANIFEST)
    assert found["versions"][1]["products"] == manifest.products
    assert not any(one["damaged"] for one in found["versions"])


def test_a_version_that_is_made_live_answers_within_seconds(client: TestClient) -> None:
    assert client.put("/versions/1/live").json()["version"] == 1
    assert client.get("/versions").json()["live"] == 1
    deadline = time.monotonic() + 30
    while client.get("/index").json()["version"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get("/similar?product_id=p1").json()["index"]["version"] == 1


def test_a_version_that_is_not_there_or_damaged_changes_nothing(
    client: TestClient, index: Path
) -> None:
    answer = client.put("/versions/9/live")
    assert (answer.status_code, answer.json()["code"]) == (404, "version_not_found")
    assert "choose one of 1, 2" in answer.json()["detail"]
    (index / "versions" / "1" / VECTORS).write_bytes(b"not what was sealed")
    answer = client.put("/versions/1/live")
    assert (answer.status_code, answer.json()["code"]) == (503, "index_damaged")
    assert client.get("/versions").json()["live"] == 2


def test_a_build_at_work_is_not_disturbed(client: TestClient, index: Path) -> None:
    with IndexFolder(index).lock():
        answer = client.put("/versions/1/live")
    assert (answer.status_code, answer.json()["code"]) == (409, "index_busy")


def test_rejects_come_with_their_reasons_and_all_are_counted(
    client: TestClient, index: Path
) -> None:
    lines = [f'{row},p{row},p{row}.png,"it is no picture, at all"' for row in range(2, 14)]
    (index / "rejects.csv").write_text("\n".join(["row,product_id,source,reason", *lines]) + "\n")
    found = client.get("/rejects?k=3&offset=2").json()
    assert found["count"] == 12
    assert found["rejects"][0] == {
        "row": 4, "product_id": "p4", "source": "p4.png", "reason": "it is no picture, at all",
    }  # fmt: skip
    assert [one["row"] for one in found["rejects"]] == [4, 5, 6]
    (index / "rejects.csv").unlink()
    assert client.get("/rejects").json() == {"count": 0, "written_at": None, "rejects": []}


def test_the_mixed_order_shows_every_product_once(client: TestClient) -> None:
    met: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = client.get(f"/products?order=mixed&k=5&offset={offset}").json()
        met += [one["product_id"] for one in page["products"]]
        offset = page["next_offset"]
    by_id = [one["product_id"] for one in client.get("/products?k=50").json()["products"]]
    assert sorted(met) == sorted(by_id)
    assert met != by_id
