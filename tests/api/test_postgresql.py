"""A server whose catalog is in PostgreSQL follows other processes, and outlives the database."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from rich.console import Console

from api.app import create_app
from api.settings import Settings
from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search.backends import Backends
from tests.api.conftest import Shop
from tests.postgresql import PostgresServer, started
from tests.serving import wait_until

_PUT = """
import sys
from search import SearchEngine
index, name, picture = sys.argv[1:]
engine = SearchEngine.open(index)
engine.upsert({"product_id": name, "title": name}, files=[open(picture, "rb").read()])
engine.close()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One of its own: it is stopped and started."""
    with started() as made:
        yield made


@pytest.fixture(scope="module")
def index(
    shop: Shop, server: PostgresServer, converted: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    made = tmp_path_factory.mktemp("postgresql")
    (made / "cache").symlink_to(converted)
    url = server.new_database().render_as_string()
    options = BuildOptions(fetch_allow=("127.0.0.1",), backends=Backends(url))
    build(shop.photos / "catalog.jsonl", made, options, Steps(Console(quiet=True)))
    return made


@contextmanager
def served(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def is_ready(client: TestClient) -> bool:
    return client.get("/readyz").status_code == 200


def test_what_another_process_changes_is_shown(shop: Shop, index: Path) -> None:
    picture = shop.photos / "p3-a.png"
    with served(Settings(index=index, auth=False)) as client:
        wait_until(lambda: is_ready(client))
        assert client.get("/products/other").status_code == 404
        subprocess.run([sys.executable, "-c", _PUT, index, "other", picture], check=True)
        wait_until(
            lambda: (
                "other"
                in {
                    one["product_id"]
                    for one in client.get("/similar", params={"product_id": "p3", "k": 3}).json()[
                        "results"
                    ]
                }
            )
        )


def test_a_stopped_database_is_said_and_a_started_one_is_used_again(
    index: Path, server: PostgresServer
) -> None:
    asked = {"product_id": "p3", "filter": "price:..50", "facets": "category"}
    with served(Settings(index=index, auth=False)) as client:
        wait_until(lambda: is_ready(client))
        expected = client.get("/similar", params=asked).json()["results"]
        server.stop()
        try:
            for answer in (
                client.get("/similar", params={"product_id": "p4"}),  # not remembered
                client.get("/products/p3"),
                client.delete("/products/p3"),
                client.put("/products/new", json={"title": "New", "image": "p3-a.png"}),
            ):
                assert answer.status_code == 503
                assert answer.json()["code"] == "catalog_unavailable"
                assert answer.headers["Retry-After"]
        finally:
            server.start()
        assert client.get("/similar", params=asked).json()["results"] == expected
        stored = client.put("/products/new", json={"title": "New", "image": "p3-a.png"})
        assert stored.is_success, stored.text
        assert client.get("/products/new").status_code == 200


def test_a_server_that_starts_before_its_database_waits_for_it(
    index: Path, server: PostgresServer, shop: Shop, tmp_path: Path
) -> None:
    """The URL may come with the setting, too: then the folder need not know it."""
    own = shutil.copytree(index, tmp_path / "index", symlinks=True)
    url = (own / "catalog.url").read_text().strip()
    (own / "catalog.url").unlink()
    server.stop()
    try:
        with served(Settings(index=own, catalog=SecretStr(url), auth=False)) as client:
            wait_until(lambda: client.get("/readyz").json().get("code") == "catalog_unavailable")
            server.start()
            wait_until(lambda: is_ready(client))
            assert client.get("/products/p3").status_code == 200
    finally:
        server.start()
