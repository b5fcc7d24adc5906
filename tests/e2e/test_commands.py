"""The installed commands as a stranger runs them on the sample catalog: build, ask, serve, stop."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from search import SearchEngine
from tests.machine import of_the_work
from tests.serving import INDEXER, PATIENCE, Server, sample_shop, served

FEEDBACK_PAGE = Path(__file__).parents[2] / "docs" / "feedback.md"


def run(folder: Path, *arguments: str) -> Any:
    """The JSON that a command prints."""
    done = subprocess.run(
        [INDEXER, *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, of_the_work(done.stderr)) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    """A folder with the sample catalog and its index."""
    return sample_shop(tmp_path_factory.mktemp("e2e") / "shop", converted)


@pytest.fixture(scope="module")
def server(shop: Path) -> Iterator[Server]:
    with served(shop) as running:
        yield running


def names(answer: Any) -> list[tuple[str, float]]:
    return [(one["product_id"], round(one["score"], 3)) for one in answer["results"]]


def test_a_second_build_has_nothing_to_do(shop: Path) -> None:
    report = run(shop, "build", "catalog.csv")
    assert (report["embedded"], report["version"]) == (0, 1)
    assert (report["products"], report["rejected"]) == (72, 0)


def test_command_python_and_http_give_the_same_answer(shop: Path, server: Server) -> None:
    photo = "queries/mug-01.jpg"
    command = run(shop, "similar", photo, "-k", "5")
    engine = SearchEngine.open(shop / "index")
    python = engine.similar(shop / photo, k=5)
    engine.close()
    upload = httpx.post(
        f"{server.url}/similar",
        params={"k": 5},
        files={"file": (shop / photo).read_bytes()},
        trust_env=False,
    )
    assert upload.status_code == 200, upload.text
    assert names(command) == names(upload.json())
    assert names(command) == [(one.product_id, round(one.score, 3)) for one in python.results]
    assert command["categories"][0]["path"] == upload.json()["categories"][0]["path"]


def test_the_indexed_image_itself_comes_first_through_every_path(
    shop: Path, server: Server
) -> None:
    picture = "images/chair-02-b.jpg"
    first = run(shop, "similar", picture, "-k", "1")["results"][0]
    assert (first["product_id"], first["image"]) == ("chair-02", picture)
    assert first["score"] >= 0.999
    for parameters in ({"image": picture}, {"product_id": "chair-02"}):
        answer = httpx.get(
            f"{server.url}/similar", params={**parameters, "k": 1}, trust_env=False
        ).json()
        assert answer["results"][0]["product_id"] == "chair-02"
        assert answer["results"][0]["score"] >= 0.999


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl (Debian package curl)")
def test_feedback_works_as_its_page_says(shop: Path, server: Server) -> None:
    (commands,) = re.findall(r"```sh\n(.*?)```", FEEDBACK_PAGE.read_text(), re.DOTALL)
    local = commands.replace("curl ", "curl -fsS ").replace("http://127.0.0.1:8000", server.url)
    environment = {**os.environ, "NO_PROXY": "*"}
    subprocess.run(["bash", "-ec", local], cwd=shop, env=environment, check=True)
    counts = run(shop, "feedback", "count")
    assert counts == {"same": 0, "similar": 1, "wrong": 0, "category": 1}
    found = run(shop, "evaluate", "--feedback")
    assert (found["photos"], found["metrics"]["category"]["value"]) == (1, 1.0)
    assert found["metrics"]["rejected@1"]["value"] == 0.0


def test_the_greeting_shows_a_request_that_works(server: Server) -> None:
    greeting = server.log.read_text()
    assert "Version 1 with 72 products" in greeting
    (url,) = re.findall(r"curl '([^']+)'", greeting)
    answer = httpx.get(url, trust_env=False)
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 5


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_signal_ends_the_server_without_a_traceback(
    shop: Path, how: signal.Signals, code: int
) -> None:
    with served(shop) as running:
        running.process.send_signal(how)
        assert running.process.wait(PATIENCE) == code
        said = running.log.read_text()
    assert "Traceback" not in said
    assert said.endswith("Stopped.\n") == (how is signal.SIGINT)
