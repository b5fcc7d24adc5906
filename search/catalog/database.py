"""Connections to the catalog's database, and its migrations."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONEncoder
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)

from search.catalog.same_file import SameFile
from search.errors import IndexNotFound, IndexReadOnly

SCHEMA = "0006"
"""The newest migration; a test holds it against the folder."""

_MIGRATIONS = Path(__file__).parent / "migrations"

_PATIENCE = 60
"""Seconds that a writer waits for another one: a large file is compared under the write lock."""

_CANONICAL = JSONEncoder(sort_keys=True).encode
"""SQL compares JSON as text."""

# FULL: what was acknowledged survives a power cut too.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


def connect(url: str, *, create: bool = False) -> Engine:
    """An engine for ``url``; SQLite is set to write-ahead logging, so that readers never wait.

    A SQLite file that this user may not write to is opened for reading only. Raises IndexNotFound
    where there is none and it may not be made.
    """
    place = make_url(url)
    if place.get_backend_name() != "sqlite":
        return create_engine(url, json_serializer=_CANONICAL)
    path = Path(place.database or "")
    if not create and not path.exists():
        raise IndexNotFound(
            f"There is no catalog at '{path}'; run 'indexer build' once to make it."
        )
    if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return _for_reading(path)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE})
    SameFile(path, may_create=create).watch(engine)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_read_only(engine: Engine) -> bool:
    """Whether ``connect`` found that nothing can be written."""
    return engine.url.query.get("mode") == "ro"


def require_writable(engine: Engine) -> None:
    """Raises IndexReadOnly when nothing can be written."""
    if is_read_only(engine):
        raise IndexReadOnly(
            "The index folder may only be read here, so nothing was changed; change it where it "
            "may be written."
        )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its first statement, committed at the end.

    Without the lock, SQLite refuses to write what was read before another writer's commit.
    """
    with engine.execution_options(immediate=True).begin() as connection:
        yield connection


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema; quick when it is there already."""
    if schema_of(engine) == SCHEMA:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)


def schema_of(engine: Engine) -> str | None:
    """The migration that the database is at, None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


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
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _has_bytes(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: ``_begin_sqlite`` does
    cursor = connection.cursor()
    for setting in _PRAGMAS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
