"""``indexer serve`` in a process of its own, for tests that ask it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

INDEXER = Path(sys.executable).parent / "indexer"
SERVE = (INDEXER, "serve", "--port", "0")


class Server(NamedTuple):
    """A server that is ready."""

    process: subprocess.Popen[str]
    url: str
    greeting: list[str]


@contextmanager
def served(folder: Path, command: Sequence[str | Path] = SERVE) -> Iterator[Server]:
    """A server of the index in a folder, until the end; killed if it runs still."""
    environment = {**os.environ, "NO_PROXY": "*"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, stdout=pipe, stderr=pipe, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        greeting = [process.stdout.readline() for _ in range(4)]
        found = re.search(r"http://127\.0\.0\.1:\d+", greeting[0])
        assert found, greeting
        try:
            _wait_until_ready(process, found[0])
            yield Server(process, found[0], greeting)
        finally:
            if process.poll() is None:
                process.kill()


def _wait_until_ready(process: "subprocess.Popen[str]", url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} did not become ready")
