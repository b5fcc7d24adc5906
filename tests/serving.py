"""``indexer serve`` in processes of its own, for tests that ask it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

INDEXER = Path(sys.executable).parent / "indexer"
SERVE = (INDEXER, "serve", "--port", "0")
SAMPLE = Path(__file__).parents[1] / "data" / "sample"
PATIENCE = 300.0
"""Seconds that anything may take on a busy machine."""


@dataclass(frozen=True)
class Server:
    """``log`` is all that it writes; ``shared`` is where its processes share what they do."""

    process: subprocess.Popen[str]
    url: str
    log: Path
    shared: Path

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)

    def is_ready(self) -> bool:
        with self.client() as client:
            return is_ready(client)

    def workers(self) -> set[int]:
        """The ids of the processes that answer, as many as live."""
        found = {int(path.stem) for path in self.shared.glob("lookalike-*/*.socket")}
        return {one for one in found if is_alive(one)}

    @contextmanager
    def only(self, worker: int) -> Iterator[httpx.Client]:
        """A client whose connection is to that one: the others stand still while it connects."""
        others = self.workers() - {worker}
        for other in others:
            os.kill(other, signal.SIGSTOP)
        with self.client() as client:
            try:
                assert client.get("/healthz").status_code == 200
            finally:
                for other in others:
                    os.kill(other, signal.SIGCONT)
            yield client

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def is_alive(process: int) -> bool:
    """What ended and was not waited for by its parent is no more."""
    try:
        return ") Z" not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def is_ready(client: httpx.Client) -> bool:
    return client.get("/readyz").status_code == 200


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def sample_shop(folder: Path, converted: Path, products: int | None = None) -> Path:
    """The sample catalog, or the first of its products, built in a new folder."""
    shutil.copytree(SAMPLE, folder)
    if products is not None:
        rows = (folder / "catalog.csv").read_text().splitlines(keepends=True)
        (folder / "catalog.csv").write_text("".join(rows[: products + 1]))
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    subprocess.run([INDEXER, "build", "catalog.csv"], cwd=folder, capture_output=True, check=True)
    return folder


@contextmanager
def served(
    folder: Path,
    *options: str | Path,
    command: Sequence[str | Path] = SERVE,
    workers: int = 1,
    **settings: object,
) -> Iterator[Server]:
    """``served(folder, "--auth", header_timeout=1)``: a server of ``folder/index``, when it is
    ready to answer, until the end."""
    if workers > 1:
        options += ("--workers", str(workers))
    named = {f"LOOKALIKE_{name.upper()}": str(value) for name, value in settings.items()}
    log = folder / "server.log"
    with (
        tempfile.TemporaryDirectory() as shared,
        log.open("w") as file,
        subprocess.Popen(
            [*command, *options],
            cwd=folder,
            stdout=file,
            stderr=file,
            text=True,
            env=os.environ | named | {"TMPDIR": shared, "PYTHONUNBUFFERED": "1"},
        ) as process,
    ):
        try:
            wait_until(lambda: _address(log) is not None or process.poll() is not None)
            server = Server(process, _address(log) or "", log, Path(shared))
            assert server.url, log.read_text()
            _wait_until_ready(server, workers)
            yield server
        finally:
            if process.poll() is None:
                process.terminate()


def _address(log: Path) -> str | None:
    found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
    return found and found[0]


def _wait_until_ready(server: Server, workers: int) -> None:
    if workers == 1:
        wait_until(server.is_ready)
        return
    wait_until(lambda: len(server.workers()) == workers)
    for worker in server.workers():
        with server.only(worker) as client:
            wait_until(lambda client=client: is_ready(client))  # type: ignore[misc]
