"""A real shop: pictures on disk and behind a web server, a real index of them, a real client."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from PIL import Image
from rich.console import Console

from api.app import create_app
from api.settings import Settings
from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine

ODD_ID = "a/b c?#ü/../similar 5%"
LOCAL = ("127.0.0.1",)
MAX_UPLOAD = 2_000_000


@dataclass(frozen=True)
class Shop:
    """``photos`` is the catalog's image root; ``url`` is where a web server gives the same."""

    photos: Path
    index: Path
    url: str

    def settings(self, index: Path | None = None) -> Settings:
        return Settings(
            index=index or self.index,
            fetch_allow=LOCAL,
            max_upload_bytes=MAX_UPLOAD,
            auth=False,
        )


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Tests need no access log."""


@pytest.fixture(scope="session")
def shop(
    tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., Image.Image], converted: Path
) -> Iterator[Shop]:
    photos = tmp_path_factory.mktemp("photos")
    index = tmp_path_factory.mktemp("index")
    (index / "cache").symlink_to(converted)
    for number in range(12):
        scene = draw(number)
        scene.save(photos / f"p{number}-a.png")
        scene.rotate(4, fillcolor="white").save(photos / f"p{number}-b.jpg")
    web = ThreadingHTTPServer((LOCAL[0], 0), partial(Quiet, directory=str(photos)))
    thread = Thread(target=web.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{web.server_port}"
    rows = [row(number, url) for number in range(12)]
    catalog = photos / "catalog.jsonl"
    catalog.write_text("\n".join(json.dumps(one) for one in rows))
    build(catalog, index, BuildOptions(fetch_allow=LOCAL), Steps(Console(quiet=True)))
    yield Shop(photos, index, url)
    web.shutdown()
    web.server_close()
    thread.join()


def row(number: int, url: str) -> dict[str, object]:
    """Product 11 has an odd id; product 10 has its picture behind a URL."""
    images = f"p{number}-a.png|p{number}-b.jpg"
    return {
        "product_id": ODD_ID if number == 11 else f"p{number}",
        "image": f"{url}/p10-a.png" if number == 10 else images,
        "title": f"Product {number}",
        "category": "Things > Round" if number % 2 else "Things > Square",
        "price": number + 0.5,
        "currency": "EUR",
        "in_stock": None if number == 3 else number % 3 == 0,
        "washable": number % 2 == 0,
        "pieces": number,
        "weight": 0.1 * number,
        "color": "red",
    }


@pytest.fixture(scope="session")
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(create_app(shop.settings())) as made:
        wait_until_opened(made)
        yield made


@pytest.fixture(scope="session")
def engine(shop: Shop) -> Iterator[SearchEngine]:
    made = SearchEngine.open(shop.index, fetch_allow=LOCAL)
    yield made
    made.close()


@pytest.fixture(scope="session")
def opened() -> Callable[[TestClient], None]:
    return wait_until_opened


def wait_until_opened(client: TestClient) -> None:
    """Until the opening has ended, well or badly."""
    for _ in range(600):
        answer = client.get("/readyz")
        if answer.status_code == 200 or answer.json()["code"] != "index_loading":
            return
        time.sleep(0.05)
    raise AssertionError("the index is not open after 30 seconds")


Serve = Callable[[Settings], AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """``with serve(settings) as client``: a real server on a real socket, ready to answer."""

    @contextmanager
    def serving(settings: Settings) -> Iterator[httpx.Client]:
        config = uvicorn.Config(
            create_app(settings),
            port=0,
            http="api.connections:LimitedProtocol",  # as 'indexer serve' has it
            log_config=None,
            ws="none",
        )
        running = uvicorn.Server(config)
        thread = Thread(target=running.run)
        thread.start()
        try:
            while not running.started:
                time.sleep(0.01)
            host, port = running.servers[0].sockets[0].getsockname()
            with httpx.Client(base_url=f"http://{host}:{port}", timeout=120) as client:
                while client.get("/readyz").status_code != 200:
                    time.sleep(0.05)
                yield client
        finally:
            running.should_exit = True
            thread.join()

    return serving


@pytest.fixture(scope="session")
def photo(shop: Shop) -> bytes:
    """The first picture of product p5, as it is in the catalog."""
    return (shop.photos / "p5-a.png").read_bytes()


@pytest.fixture(scope="session")
def odd_id() -> str:
    return ODD_ID
