"""``kill -9`` of a server that takes feedback: what it acknowledged is there afterwards."""

import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.feedback.reading import read_feedback
from search.versions import IndexFolder
from tests.serving import INDEXER, served

PRODUCTS = 8
CLIENTS = 4
DEADLINE = 60.0


@pytest.fixture
def shop(tmp_path: Path, draw: Callable[..., Image.Image], converted: Path) -> Path:
    """A folder with an index of eight products."""
    for number in range(PRODUCTS):
        draw(number, 96, 96).save(tmp_path / f"{number}.png")
    rows = [f"p{number},{number}.png" for number in range(PRODUCTS)]
    (tmp_path / "catalog.csv").write_text("\n".join(["product_id,image", *rows]))
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "cache").symlink_to(converted)
    subprocess.run([INDEXER, "build", "catalog.csv"], cwd=tmp_path, check=True)
    return tmp_path


def judge(url: str, name: str, said: list[str], enough: Callable[[], None]) -> None:
    """Judge result after result, and note in ``said`` what was acknowledged, until it ends."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for number in range(1_000):
            request_id = f"{name}-{number}"
            headers = {"X-Request-ID": request_id}
            body = {"request_id": request_id, "product_id": "p3", "verdict": "same"}
            try:
                client.get("/similar", params={"product_id": "p2"}, headers=headers)
                reply = client.post("/feedback", json=body)
            except httpx.TransportError:
                return  # it was killed
            assert reply.status_code == 201, reply.text
            said.append(request_id)
            enough()


def stored(shop: Path) -> list[str]:
    with closing(Catalog.open(sqlite_url(IndexFolder(shop / "index").catalog))) as catalog:
        with catalog.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return [one.feedback.request_id for one in read_feedback(catalog.engine)]


@pytest.mark.parametrize("acknowledged", [1, 40])
def test_acknowledged_feedback_survives_a_kill(shop: Path, acknowledged: int) -> None:
    said: list[str] = []
    is_time = Event()

    def enough() -> None:
        if len(said) >= acknowledged:
            is_time.set()

    with served(shop) as server, ThreadPoolExecutor(CLIENTS) as clients:
        running = [
            clients.submit(judge, server.url, f"c{one}", said, enough) for one in range(CLIENTS)
        ]
        assert is_time.wait(DEADLINE)
        server.process.send_signal(signal.SIGKILL)
        for one in running:
            one.result()
    found = stored(shop)
    assert len(said) >= acknowledged
    assert set(said) <= set(found)
    assert len(found) <= len(said) + CLIENTS, "no more than what was under way"
    with served(shop) as server, server.client() as client:
        request_id = client.get("/similar", params={"product_id": "p2"}).json()["request_id"]
        body = {"request_id": request_id, "product_id": "p3", "verdict": "wrong"}
        assert client.post("/feedback", json=body).status_code == 201
        old = body | {"request_id": said[0]}
        assert client.post("/feedback", json=old).json()["code"] == "answer_forgotten"
    assert sorted(stored(shop)) == sorted([*found, request_id])
