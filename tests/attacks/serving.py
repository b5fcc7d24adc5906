"""A real ``indexer serve`` on an index, in processes of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

INDEXER = Path(sys.executable).parent / "indexer"
PATIENCE = 300.0


@dataclass(frozen=True)
class Server:
    """``log`` is what it writes, ``shared`` where its workers have their sockets."""

    url: str
    process: int
    log: Path
    shared: Path

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def workers(self) -> set[int]:
        """The process ids of those that are alive."""
        found = {int(path.stem) for path in self.shared.glob("lookalike-*/*.socket")}
        return {one for one in found if is_running(one)}

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=PATIENCE).status_code == 200


def is_running(process: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


@contextmanager
def served(
    index: Path, workers: int = 1, prefix: tuple[str, ...] = (), **settings: object
) -> Iterator[Server]:
    """``served(index, header_timeout=1)``: when it is ready to answer."""
    shared = index.parent / f"run-{index.name}-{len(settings)}"
    shared.mkdir(exist_ok=True)
    log = index.parent / "server.log"
    named = {f"LOOKALIKE_{name.upper()}": str(value) for name, value in settings.items()}
    command = [*prefix, str(INDEXER), "serve", "--index", str(index), "--port", "0"]
    with (
        log.open("ab") as file,
        subprocess.Popen(
            [*command, "--workers", str(workers)],
            stdout=subprocess.PIPE,
            stderr=file,
            env=os.environ | named | {"TMPDIR": str(shared)},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline().decode())
            assert found, log.read_text()
            server = Server(found[0], process.pid, log, shared)
            wait_until(server.is_ready)
            if workers > 1:
                wait_until(lambda: len(server.workers()) == workers)
                wait_until(lambda: all(server.is_ready() for _ in range(16)))
            yield server
        finally:
            process.terminate()
