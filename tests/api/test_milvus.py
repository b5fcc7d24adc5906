"""A server whose vectors are in Milvus says when that is away, and goes on when it is back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from api.app import create_app
from api.settings import Settings
from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search.backends import Backends
from tests.api.conftest import LOCAL, Shop
from tests.milvus import MilvusServer
from tests.serving import wait_until


@pytest.fixture(scope="module")
def index(
    shop: Shop, milvus: MilvusServer, converted: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    made = tmp_path_factory.mktemp("milvus")
    (made / "cache").symlink_to(converted)
    options = BuildOptions(fetch_allow=LOCAL, backends=Backends(vectors=milvus.new_url()))
    build(shop.photos / "catalog.jsonl", made, options, Steps(Console(quiet=True)))
    return made


def is_ready(client: TestClient) -> bool:
    return client.get("/readyz").status_code == 200


@contextmanager
def served(index: Path) -> Iterator[TestClient]:
    settings = Settings(index=index, fetch_allow=LOCAL, auth=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        wait_until(lambda: is_ready(client))
        yield client


@contextmanager
def away(milvus: MilvusServer) -> Iterator[None]:
    milvus.pause()
    try:
        yield
    finally:
        milvus.resume()


def test_while_it_is_away_every_search_is_refused_in_time_and_none_afterwards(
    index: Path, milvus: MilvusServer
) -> None:
    with served(index) as client:
        with away(milvus):
            refused = client.get("/similar", params={"product_id": "p1"})
            assert (refused.status_code, refused.json()["code"]) == (503, "vectors_unavailable")
            assert refused.headers["Retry-After"]
            assert client.get("/readyz").json()["code"] == "vectors_unavailable"
            assert client.get("/healthz").status_code == 200
            assert client.get("/products/p1").status_code == 200
        wait_until(lambda: is_ready(client))
        found = client.get("/similar", params={"product_id": "p1", "filter": "price:..5"})
        assert found.json()["results"][0]["product_id"] == "p1"


def test_what_was_written_while_it_was_away_is_found_when_it_is_back(
    index: Path, milvus: MilvusServer
) -> None:
    with served(index) as client:
        with away(milvus):
            answer = client.put("/products/p2", json={"title": "Dear", "price": 5000})
            assert answer.status_code in (200, 503)
        dear = {"product_id": "p1", "filter": "price:4000.."}

        def is_found() -> bool:
            answer = client.get("/similar", params=dear)
            return answer.status_code == 200 and bool(answer.json()["results"])

        if answer.status_code == 503:
            assert client.put("/products/p2", json={"title": "Dear", "price": 5000}).is_success
        wait_until(is_found)


def test_a_version_that_is_made_live_is_what_the_alias_names(
    index: Path, milvus: MilvusServer
) -> None:
    with served(index) as client:
        assert client.put("/versions/1/live").status_code == 200
    name = (index / "vectors.url").read_text().strip().rpartition("/")[2]
    assert milvus.client().describe_alias(name)["collection_name"] == f"{name}_v1"
