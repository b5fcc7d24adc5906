"""A real ``indexer serve --workers``, its processes, and the memory that they take."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.soak.findings import Findings

INDEXER = Path(sys.executable).parent / "indexer"

_EVERY = 5.0
"""Seconds between two looks at the memory."""

_PATIENCE = 300.0


@dataclass(frozen=True)
class Server:
    """The parent of the processes that answer; each has a socket below ``shared``."""

    url: str
    process: int
    shared: Path

    def workers(self) -> set[int]:
        """Their process ids, as many as live."""
        found = {int(path.stem) for path in self.shared.glob("lookalike-*/*.socket")}
        return {one for one in found if Path(f"/proc/{one}/stat").exists()}

    def is_ready(self) -> bool:
        """Whether a new connection finds a process that can answer."""
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        """Several connections in a row, so that in all likelihood each process was asked."""
        end, ready = time.monotonic() + _PATIENCE, 0
        while ready < 16:
            assert time.monotonic() < end, "the server is not ready"
            ready = ready + 1 if self.is_ready() else 0
            time.sleep(0 if ready else 0.1)


@contextmanager
def served(folder: Path, workers: int) -> Iterator[Server]:
    """A server on the index in a folder, ready in each of its processes; its log is there too."""
    shared = folder / "run"
    shared.mkdir()
    command = [str(INDEXER), "serve", "--port", "0", "--workers", str(workers)]
    with (
        (folder / "server.log").open("ab") as log,
        subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"TMPDIR": str(shared)},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline().decode())
            assert found, (folder / "server.log").read_text()[-2000:]
            server = Server(found[0], process.pid, shared)
            server.wait_until_ready()
            yield server
        finally:
            process.terminate()


class Memory:
    """What all processes of the server take, from Linux's ``/proc``: shared pages count once."""

    def __init__(self, server: Server, findings: Findings) -> None:
        self._server, self._findings = server, findings
        self.megabytes: list[float] = []

    def run(self) -> None:
        """Look again and again until it is over."""
        while not self._findings.done.wait(_EVERY):
            if len(workers := self._server.workers()) > 1:
                self.megabytes.append(sum(map(megabytes, workers)))


def megabytes(process: int) -> float:
    """The proportional set size."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
