"""A real ``indexer serve`` in processes of its own, and what they use of the machine."""

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

INDEXER = Path(sys.executable).parent / "indexer"


@dataclass(frozen=True)
class Server:
    """Where it listens, and the process that was started."""

    address: tuple[str, int]
    process: int

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return "http://{}:{}".format(*self.address)

    def cpu_seconds(self) -> float:
        """Of it and its children, since they started; from Linux's ``/proc``."""
        mine = [self.process, *_children(self.process)]
        return sum(_cpu_seconds(one) for one in mine)


@contextmanager
def serving(index: Path, workers: int) -> Iterator[Server]:
    """A server that is ready in each of its processes."""
    command = [str(INDEXER), "serve", "--index", str(index), "--port", "0"]
    command += ["--workers", str(workers)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://([0-9.]+):(\d+)", process.stdout.readline())
        assert found
        server = Server((found[1], int(found[2])), process.pid)
        try:
            _wait_until_ready(server, workers)
            yield server
        finally:
            process.terminate()


def _wait_until_ready(server: Server, workers: int) -> None:
    """So many connections that each process has answered one, in all likelihood."""
    ready = 0
    while ready < 8 * workers:
        with httpx.Client(trust_env=False, timeout=60) as client:
            is_ready = client.get(f"{server.url}/readyz").status_code == 200
        ready = ready + 1 if is_ready else 0
        time.sleep(0 if is_ready else 0.1)


def _children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(one) for one in text.split()]


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
