"""Commands and live changes at the same time, on one index."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image

from search import LookalikeError, SearchEngine
from tests.machine import of_the_work

INDEXER = Path(sys.executable).parent / "indexer"
PRODUCTS = 12

Draw = Callable[..., Image.Image]


@dataclass
class SlowSite:
    """A web server that gives one picture, when it is told to."""

    picture: bytes
    asked: Event = field(default_factory=Event)
    answer: Event = field(default_factory=Event)
    url: str = ""


@pytest.fixture
def site(draw: Draw) -> Iterator[SlowSite]:
    slow = SlowSite(png(draw, 99))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            slow.asked.set()
            slow.answer.wait(60)
            self.send_response(200)
            self.send_header("Content-Length", str(len(slow.picture)))
            self.end_headers()
            self.wfile.write(slow.picture)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        slow.url = f"http://127.0.0.1:{server.server_port}/slow.png"
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield slow
        slow.answer.set()
        server.shutdown()
        serving.join()


def png(draw: Draw, seed: int) -> bytes:
    file = io.BytesIO()
    draw(seed, 96, 96).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def shop(tmp_path: Path, draw: Draw, converted: Path) -> Path:
    """A folder with a built index; its catalog file names twelve products."""
    for number in range(PRODUCTS):
        (tmp_path / f"{number}.png").write_bytes(png(draw, number))
    write_catalog(tmp_path, [f"{number}.png" for number in range(PRODUCTS)])
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "cache").symlink_to(converted)
    assert run(tmp_path, "build", "catalog.csv").returncode == 0
    return tmp_path


def write_catalog(shop: Path, images: list[str]) -> None:
    rows = [f"p{number},{image}" for number, image in enumerate(images)]
    (shop / "catalog.csv").write_text("\n".join(["product_id,image", *rows]))


def run(shop: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [INDEXER, *arguments], cwd=shop, capture_output=True, text=True, check=False
    )


def slow_build(shop: Path, site: SlowSite) -> "subprocess.Popen[str]":
    """A build that waits for its last picture; the others are read already, or being read."""
    write_catalog(shop, [*(f"{number}.png" for number in range(PRODUCTS)), site.url])
    pipe = subprocess.PIPE
    options = ["--allow-shrink", "--fetch-allow", "127.0.0.1"]
    command = [str(INDEXER), "build", "catalog.csv", *options]
    return subprocess.Popen(command, cwd=shop, stdout=pipe, stderr=pipe, text=True)


def finds(engine: SearchEngine, picture: bytes, product_id: str) -> bool:
    best = engine.similar(picture, k=1).results[0]
    return best.product_id == product_id and best.score >= 0.999


@pytest.mark.parametrize("second", [("build", "catalog.csv"), ("rollback",)])
def test_a_second_command_is_refused_and_does_not_disturb_the_first(
    shop: Path, site: SlowSite, second: tuple[str, ...]
) -> None:
    with slow_build(shop, site) as first:
        assert site.asked.wait(60), first.communicate()
        refused = run(shop, *second)
        assert refused.returncode == 1
        (sentence,) = of_the_work(refused.stderr).splitlines()
        assert f"(process {first.pid}, since" in sentence
        assert "changing 'index'; wait until it is done" in sentence
        site.answer.set()
        assert first.wait(60) == 0
    engine = SearchEngine.open(shop / "index")
    assert engine.state.version == 2
    assert finds(engine, site.picture, f"p{PRODUCTS}")
    engine.close()


def test_no_live_change_fails_or_is_lost_during_a_build(
    shop: Path, site: SlowSite, draw: Draw
) -> None:
    engine = SearchEngine.open(shop / "index")
    early, late = list[str](), list[str]()
    with slow_build(shop, site) as building:
        for number in range(100, 1_000):
            began = site.asked.is_set()
            product_id = f"live{number}"
            engine.upsert({"product_id": product_id}, files=[png(draw, number)])
            (late if began else early).append(product_id)
            if len(late) == 5:
                engine.delete("p3")
                site.answer.set()
            if building.poll() is not None:
                break
        assert building.wait(60) == 0, building.communicate()
    assert len(late) >= 5
    fresh = SearchEngine.open(shop / "index")
    for found in (engine, fresh):
        found.refresh()
        assert found.state.version == 2
        kept = [is_there(found, product_id) for product_id in early]
        assert kept == sorted(kept)  # removed by the build, until it had compared the catalog
        for product_id in late:
            assert finds(found, png(draw, int(product_id[4:])), product_id)
        assert not is_there(found, "p3")
        found.close()


def is_there(engine: SearchEngine, product_id: str) -> bool:
    try:
        engine.product(product_id)
    except LookalikeError:
        return False
    return True


def test_the_same_picture_can_be_sent_for_many_products_at_once(shop: Path, draw: Draw) -> None:
    engine = SearchEngine.open(shop / "index")
    for number in range(200, 210):
        picture = png(draw, number)
        names = [f"live{number}-{one}" for one in range(8)]

        def send(name: str, picture: bytes = picture) -> None:
            engine.upsert({"product_id": name}, files=[picture])

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(send, names))
        best = engine.similar(picture, k=8).results
        assert sorted(one.product_id for one in best) == names
        assert min(one.score for one in best) >= 0.999
    engine.close()
