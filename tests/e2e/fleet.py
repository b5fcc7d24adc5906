"""Servers with folders of their own, which share a catalog and a version store."""

import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from tests.serving import INDEXER, SAMPLE, Server, served

_PHOTO = SAMPLE / "queries" / "mug-01.jpg"


class Fleet:
    """A builder, and what replicas need to be told."""

    def __init__(
        self,
        root: Path,
        converted: Path,
        catalog: str,
        store: str | None = None,
        vectors: str = "files",
    ) -> None:
        self._root = root
        self._converted = converted
        self.store = root / "store"
        places = ("--versions", store or f"file://{self.store}", "--vectors", vectors)
        self.options = ("--catalog", catalog, *places)
        shutil.copytree(SAMPLE, root / "builder")
        self._rows = (root / "builder" / "catalog.csv").read_text().splitlines(keepends=True)
        self._home(root / "builder")

    def build(self, products: int) -> None:
        """Publish a version with so many of the sample's products, if it has other ones."""
        folder = self._root / "builder"
        (folder / "catalog.csv").write_text("".join(self._rows[: products + 1]))
        done = command("build", "catalog.csv", "--allow-shrink", *self.options, folder=folder)
        assert done.returncode == 0, done.stderr

    def replica(self, name: str, workers: int = 1) -> AbstractContextManager[Server]:
        """A server of its own folder, whose load balancer has a second to notice that it stops."""
        folder = self._root / name
        self._home(folder)
        return served(folder, *self.options, workers=workers, drain=1)

    def _home(self, folder: Path) -> None:
        (folder / "index").mkdir(parents=True, exist_ok=True)
        if not (folder / "index" / "cache").exists():
            (folder / "index" / "cache").symlink_to(self._converted)


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [INDEXER, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def version(server: Server) -> int:
    """What it serves."""
    with server.client() as client:
        found: int = client.get("/index").json()["version"]
        return found


def ask(client: httpx.Client, number: int) -> httpx.Response:
    """For what looks like a photo; each number another question."""
    files = {"file": _PHOTO.read_bytes()}
    return client.post("/similar", files=files, params={"k": 1 + number % 5})


def change(client: httpx.Client, product: str) -> httpx.Response:
    """Store a product with a picture."""
    picture = {"file": _PHOTO.read_bytes()}
    return client.put(f"/products/{product}", data={"title": product}, files=picture)
