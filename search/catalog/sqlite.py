"""SQLite: a file in the index folder, which readers and one writer at a time share."""

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from search.catalog.same_file import SameFile
from search.errors import IndexNotFound

_PATIENCE = 60
"""Seconds that a writer waits for another one: a large file is compared under the write lock."""

# A new file's pages: in one of 4,096 bytes, SQLite's own choice, a row of 1,280 features leaves a
# third empty. FULL: what was acknowledged survives a power cut too.
_PRAGMAS = ("page_size=8192", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def connect_sqlite(url: URL, *, create: bool, **options: Any) -> Engine:
    """An engine with write-ahead logging, so that readers never wait.

    A file that this user may not write to is opened for reading only. Raises IndexNotFound where
    there is none and it may not be made.
    """
    path = Path(url.database or "")
    if not create and not path.exists():
        raise IndexNotFound(
            f"There is no catalog at '{path}'; run 'indexer build' once to make it."
        )
    if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return _for_reading(path)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE}, **options)
    SameFile(path, may_create=create).watch(engine)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _for_reading(path: Path) -> Engine:
    """Each connection is a new one, which looks whether somebody else is writing now."""
    name = quote(str(path.resolve()))

    def opened() -> sqlite3.Connection:
        # SQLite cannot make the files of its log here: where there are none it must not need them.
        logs = [path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm")]
        is_still = not all(log.exists() for log in logs) and not _has_bytes(logs[0])
        options = f"mode=ro{'&immutable=1' * is_still}"
        return sqlite3.connect(f"file:{name}?{options}", uri=True, isolation_level=None)

    engine = create_engine(
        f"sqlite:///file:{name}?mode=ro&uri=true", creator=opened, poolclass=NullPool
    )
    SameFile(path, may_create=False).watch(engine)
    event.listen(engine, "begin", _begin)
    return engine


def _has_bytes(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: ``_begin`` does
    cursor = connection.cursor()
    for setting in _PRAGMAS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
