"""A small shop, drawn with numpy and Pillow, and one converted network for every test."""

import csv
import io
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner, Result

from indexer.build import BuildOptions, BuildReport
from indexer.build import build as run_build
from indexer.cli import app
from indexer.progress import Steps

_CONVERT = """
import sys
from pathlib import Path
from safetensors.torch import save_file
from search.embedding import Embedder
from search.embedding.backbones import load_backbone
from search.embedding.torchvision_ops import declare_missing_operators
declare_missing_operators()
import timm, torch
torch.manual_seed(0)
spec, checkpoint, cache = sys.argv[1:]
save_file(timm.create_model("test_efficientnet", pretrained=False).state_dict(), checkpoint)
Embedder(load_backbone(spec), cache=Path(cache)).start()
"""


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model specification: a small network with random weights, which needs no hub."""
    return f"timm:test_efficientnet/{tmp_path_factory.mktemp('models') / 'tiny.safetensors'}"


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory, tiny_model: str, converted: Path) -> Path:
    """The converted networks of the default model and the tiny one."""
    cache = tmp_path_factory.mktemp("networks")
    shutil.copytree(converted, cache, dirs_exist_ok=True)
    checkpoint = tiny_model.partition("/")[2]
    subprocess.run([sys.executable, "-c", _CONVERT, tiny_model, checkpoint, cache], check=True)
    return cache


@pytest.fixture
def new_index(networks: Path) -> Callable[[Path], Path]:
    """An index folder in which nothing is built yet, with the converted networks."""

    def make(path: Path) -> Path:
        path.mkdir(parents=True)
        (path / "cache").symlink_to(networks)
        return path

    return make


@pytest.fixture
def index(tmp_path: Path, new_index: Callable[[Path], Path]) -> Path:
    return new_index(tmp_path / "index")


@pytest.fixture(scope="session")
def picture(draw: Callable[..., Image.Image]) -> Callable[[Path, int], Path]:
    """Save the scene of a seed, 64 by 64."""

    def save(path: Path, seed: int) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(seed, 64, 64).save(path)
        return path

    return save


@pytest.fixture(scope="session")
def write_rows() -> Callable[[Path, list[dict[str, Any]]], Path]:
    """Save rows as a CSV file."""

    def save(path: Path, rows: list[dict[str, Any]]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(chain.from_iterable(rows))))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return save


@pytest.fixture(scope="session")
def make_shop(
    picture: Callable[[Path, int], Path], write_rows: Callable[[Path, list[dict[str, Any]]], Path]
) -> Callable[..., Path]:
    """``make_shop(folder, 5)``: products p0 to p4 in catalog.csv, each with images/N.png."""

    def make(folder: Path, count: int, suffix: str = "png") -> Path:
        for number in range(count):
            picture(folder / "images" / f"{number}.{suffix}", number)
        rows = [
            {
                "product_id": f"p{number}",
                "image": f"images/{number}.{suffix}",
                "title": f"Product {number}",
                "category": f"Things > Kind {number % 3}",
                "price": number + 0.5,
            }
            for number in range(count)
        ]
        return write_rows(folder / "catalog.csv", rows)

    return make


@pytest.fixture
def shop(tmp_path: Path, make_shop: Callable[..., Path]) -> Path:
    """The catalog file of a shop with six products."""
    return make_shop(tmp_path / "shop", 6)


@pytest.fixture(scope="session")
def edit() -> Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]:
    """Change the rows of a CSV file in place."""

    def change(path: Path, how: Callable[[list[dict[str, str]]], Any]) -> Path:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        how(rows)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return change


@pytest.fixture(scope="session")
def build() -> Callable[..., BuildReport]:
    """``build(catalog, index, strict=True, …)``: the build journey without a terminal."""

    def run(catalog: Path, index: Path, **options: Any) -> BuildReport:
        with Steps(Console(file=io.StringIO())) as steps:
            return run_build(catalog, index, BuildOptions(**options), steps)

    return run


@pytest.fixture(scope="session")
def cli() -> Callable[..., Result]:
    """``cli("build", path, "--json")``: the command in this process, at 200 columns."""

    def run(*arguments: object) -> Result:
        runner = CliRunner(env={"COLUMNS": os.environ.get("COLUMNS", "200"), "TERM": "xterm"})
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def indexer_command() -> Path:
    """The installed command of this environment."""
    return Path(sys.executable).parent / "indexer"


@pytest.fixture(scope="session")
def read_rejects() -> Callable[[Path], list[dict[str, str]]]:
    """The lines of a rejects file."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


@dataclass
class Site:
    """A web server on this machine: ``pages`` by path, how often each was asked for and sent.

    With ``has_etags`` it says what it calls a page, and does not send one that is known.
    """

    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    has_etags: bool = False


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked[self.path] += 1
            body = found.pages.get(self.path)
            etag = f'"{hash(body)}"' if found.has_etags else None
            if body is not None and etag and self.headers["If-None-Match"] == etag:
                self.send_response(304)
                self.end_headers()
                return
            found.sent[self.path] += body is not None
            self.send_response(404 if body is None else 200)
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield found
        server.shutdown()
        serving.join()
