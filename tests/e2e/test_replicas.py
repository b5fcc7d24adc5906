"""Two servers with folders of their own share PostgreSQL and a version store."""

import shutil
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest

from tests.e2e.balancing import Balancer
from tests.postgresql import PostgresServer
from tests.serving import INDEXER, SAMPLE, Server, served, wait_until

ASKED = "mug-01"


class Fleet:
    """A builder, and what replicas need to be told."""

    def __init__(self, root: Path, converted: Path, catalog: str) -> None:
        self._root = root
        self._converted = converted
        self.options = ("--catalog", catalog, "--versions", f"file://{root}/store")
        shutil.copytree(SAMPLE, root / "builder")
        self._rows = (root / "builder" / "catalog.csv").read_text().splitlines(keepends=True)
        self._home(root / "builder")

    def build(self, products: int) -> None:
        """Publish a version with so many of the sample's products."""
        folder = self._root / "builder"
        (folder / "catalog.csv").write_text("".join(self._rows[: products + 1]))
        command = [INDEXER, "build", "catalog.csv", *self.options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def replica(self, name: str) -> AbstractContextManager[Server]:
        """A server of its own folder, whose load balancer has a second to notice that it stops."""
        folder = self._root / name
        self._home(folder)
        return served(folder, *self.options, drain=1)

    def _home(self, folder: Path) -> None:
        (folder / "index").mkdir(parents=True, exist_ok=True)
        if not (folder / "index" / "cache").exists():
            (folder / "index" / "cache").symlink_to(self._converted)


@pytest.fixture
def fleet(tmp_path: Path, converted: Path, postgres: PostgresServer) -> Fleet:
    made = Fleet(tmp_path, converted, postgres.new_database().render_as_string())
    made.build(12)
    return made


def version(server: Server) -> int:
    with server.client() as client:
        found: int = client.get("/index").json()["version"]
        return found


def ask(client: httpx.Client, number: int) -> httpx.Response:
    photo = (SAMPLE / "queries" / f"{ASKED}.jpg").read_bytes()
    return client.post("/similar", files={"file": photo}, params={"k": 1 + number % 5})


def change(client: httpx.Client, number: int) -> httpx.Response:
    product = {"product_id": "changed", "title": f"Number {number}"}
    picture = SAMPLE / "queries" / f"{ASKED}.jpg"
    return client.put("/products/changed", data=product, files={"file": picture.read_bytes()})


def test_no_request_is_lost_while_each_is_restarted_and_a_version_is_published(
    fleet: Fleet,
) -> None:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(fleet.replica(name)) for name in ("a", "b")}
        balancer = Balancer(servers)
        with balancer.asking(ask):
            for name in ("a", "b"):
                wait_until(lambda: len(balancer.ready) == 2)
                assert servers[name].stop() == 0
                servers[name] = stack.enter_context(fleet.replica(name))
            wait_until(lambda: len(balancer.ready) == 2)
            fleet.build(14)
            wait_until(lambda: {version(one) for one in servers.values()} == {2})
        assert balancer.failed == []
        assert balancer.answered > 20


def test_all_go_back_when_one_is_told_to(fleet: Fleet, tmp_path: Path) -> None:
    fleet.build(13)
    with fleet.replica("a") as server:
        assert version(server) == 2
        command = [INDEXER, "rollback", "--index", "elsewhere", *fleet.options[2:]]
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        wait_until(lambda: version(server) == 1)


def test_one_that_starts_without_its_store_serves_what_it_has(fleet: Fleet, tmp_path: Path) -> None:
    with fleet.replica("a") as server:
        assert version(server) == 1
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").write_text("no folder")
    with fleet.replica("a") as server:
        assert version(server) == 1
        assert "What the folder holds is served" in server.log.read_text()
    command = [INDEXER, "serve", "--index", "new", *fleet.options]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
