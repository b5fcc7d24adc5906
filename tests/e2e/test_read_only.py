"""An index that may only be read: it is served as any other, and changes are refused clearly."""

import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from search import SearchEngine
from tests.machine import of_the_work
from tests.serving import served

BIN = Path(sys.executable).parent
ALONE = ("unshare", "--user", "--map-root-user", "--mount")
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
DEADLINE = 60.0
VISIBLE = 2.0
"""Seconds in which a server shows what another process changed, and as many for a busy machine."""

ASK = """
import json, sys
from search import LookalikeError, SearchEngine

engine = SearchEngine.open("index")
answer = engine.similar("3.png")
first = answer.results[0]
codes = []
changes = [
    lambda: engine.upsert({"product_id": "new"}, files=[open("3.png", "rb").read()]),
    lambda: engine.upsert({"product_id": "p3", "title": "Other"}),
    lambda: engine.delete("p3"),
    lambda: engine.feedback(answer.request_id, product_id="p3", verdict="same"),
]
for change in changes:
    try:
        change()
    except LookalikeError as error:
        codes.append(error.code)
print(json.dumps([first.product_id, first.score, codes, engine.product("p3").product.title]))
"""

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, draw: Draw, converted: Path) -> Path:
    """A folder with an index of eight products."""
    folder = tmp_path_factory.mktemp("read-only")
    for number in range(8):
        draw(number, 96, 96).save(folder / f"{number}.png")
    rows = [f"p{number},Product {number},{number}.png" for number in range(8)]
    (folder / "catalog.csv").write_text("\n".join(["product_id,title,image", *rows]))
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    subprocess.run([BIN / "indexer", "build", "catalog.csv"], cwd=folder, check=True)
    return folder


def read_only(shop: Path, *command: str) -> list[str]:
    """A command for which the index folder is mounted read-only."""
    if not shutil.which(ALONE[0]) or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("a read-only mount needs 'unshare' and user namespaces")
    return [*ALONE, "sh", "-c", READ_ONLY, str(shop / "index"), str(BIN / command[0]), *command[1:]]


def run(shop: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    words = read_only(shop, *command)
    return subprocess.run(words, cwd=shop, capture_output=True, text=True, check=False)


@contextmanager
def asked(shop: Path) -> Iterator[httpx.Client]:
    with (
        served(shop, command=read_only(shop, "indexer", "serve", "--port", "0")) as server,
        server.client() as client,
    ):
        yield client


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def test_the_command_answers(shop: Path) -> None:
    done = run(shop, "indexer", "similar", "3.png", "--json")
    assert (done.returncode, of_the_work(done.stderr)) == (0, "")
    first = json.loads(done.stdout)["results"][0]
    assert first["product_id"] == "p3"
    assert first["score"] >= 0.999


@pytest.mark.parametrize("command", [("build", "catalog.csv"), ("rollback",)])
def test_commands_that_would_change_it_say_why_they_cannot(
    shop: Path, command: tuple[str, ...]
) -> None:
    done = run(shop, "indexer", *command)
    assert done.returncode == 1
    (sentence,) = of_the_work(done.stderr).splitlines()
    assert "index" in sentence
    assert "read-only" in sentence


def test_python_answers_and_refuses_changes(shop: Path) -> None:
    done = run(shop, "python", "-c", ASK)
    assert (done.returncode, of_the_work(done.stderr)) == (0, "")
    product, score, codes, title = json.loads(done.stdout)
    assert (product, codes, title) == ("p3", ["index_read_only"] * 4, "Product 3")
    assert score >= 0.999


def test_http_answers_and_refuses_changes(shop: Path) -> None:
    with asked(shop) as client:
        answer = client.get("/similar", params={"product_id": "p3"})
        assert answer.json()["results"][0]["product_id"] == "p3"
        for refused in (
            client.delete("/products/p3"),
            client.put("/products/p3", json={"title": "Other"}),
            client.post("/feedback", json={"request_id": "r", "category": "Things"}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "index_read_only")


@pytest.mark.parametrize("writer_was_there", [True, False])
def test_what_others_change_is_shown(shop: Path, draw: Draw, writer_was_there: bool) -> None:
    """Whether or not somebody who may write had it open when the reader came."""
    seed = 50 + writer_was_there
    file = io.BytesIO()
    draw(seed, 96, 96).save(file, "PNG")
    product_id = f"live{seed}"

    def is_found() -> bool:
        answer = client.post("/similar", files={"file": file.getvalue()}, params={"k": 1})
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["results"][0]["product_id"] == product_id)

    engine = SearchEngine.open(shop / "index")
    if not writer_was_there:
        engine.close()
    with asked(shop) as client:
        if not writer_was_there:
            engine = SearchEngine.open(shop / "index")
        assert not is_found()
        engine.upsert({"product_id": product_id}, files=[file.getvalue()])
        wait_until(is_found, 2 * VISIBLE)
        engine.delete(product_id)
        wait_until(lambda: not is_found(), 2 * VISIBLE)
        engine.close()
        assert not is_found()
