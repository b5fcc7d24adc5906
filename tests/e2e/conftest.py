"""Trials in which an operation is interrupted at many points, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from PIL import Image

from tests.serving import PATIENCE, SAMPLE

ROOT = Path(__file__).parents[2]
SEED = "3"


@pytest.fixture
def trial_folder(tmp_path: Path, draw: Callable[..., Image.Image], converted: Path) -> Path:
    """What the trials need: pictures in ``pool``, and the converted network as ``cache``."""
    pool = tmp_path / "pool"
    pool.mkdir()
    for number in range(64):
        draw(number, 96, 96).save(pool / f"{number}.png")
    (tmp_path / "cache").symlink_to(converted)
    return tmp_path


@pytest.fixture
def trial(trial_folder: Path) -> Callable[..., Any]:
    """``trial("tests.e2e.crashing.run", "update", 60)``: what the program prints.

    It fails if the program found any fault.
    """

    def run(program: str, *arguments: object, prefix: tuple[str, ...] = ()) -> Any:
        mine = [*map(str, arguments), SEED, str(trial_folder)]
        words = [*prefix, sys.executable, "-m", program, *mine]
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # forks have one
        environment = {**os.environ, **one_thread}
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        sys.stdout.write(f"{arguments}: {found}\n")
        assert not found["faults"], "\n\n".join(found["faults"])
        return found

    return run


@pytest.fixture
def killed_often(trial: Callable[..., Any]) -> Callable[[str, int], None]:
    """``killed_often("update", 60)``: it is killed at so many points and comes back each time."""

    def check(journey: str, points: int) -> None:
        kills = trial("tests.e2e.crashing.run", journey, points)["kills"]
        assert sum(kills.values()) - kills.get("outlived", 0) == points, kills

    return check


@dataclass(frozen=True)
class SlowHost:
    """A host whose picture comes when it may."""

    url: str
    asked: Event
    may_answer: Event


@pytest.fixture
def slow() -> Iterator[SlowHost]:
    asked, may_answer = Event(), Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            may_answer.wait(PATIENCE)
            self.send_response(200)
            self.end_headers()
            self.wfile.write((SAMPLE / "queries" / "mug-01.jpg").read_bytes())

        def log_message(self, format: str, *args: object) -> None:
            """Tests need no access log."""

    host = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = Thread(target=host.serve_forever)
    thread.start()
    yield SlowHost(f"http://127.0.0.1:{host.server_port}/mug.jpg", asked, may_answer)
    may_answer.set()
    host.shutdown()
    host.server_close()
    thread.join()
