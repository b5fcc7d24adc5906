"""Connections to the catalog's database, and its migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONEncoder
from pathlib import Path

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    collate,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, OperationalError

from search.catalog.postgresql import connect_postgresql
from search.catalog.sqlite import connect_sqlite
from search.errors import BadCatalogUrl, CatalogUnreachable, IndexReadOnly

SCHEMA = "0006"
"""The newest migration; a test holds it against the folder."""

_MIGRATIONS = Path(__file__).parent / "migrations"

_CANONICAL = JSONEncoder(sort_keys=True).encode
"""SQL compares JSON as text."""


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


def parse_url(text: str) -> URL:
    """``sqlite:///FILE`` or a PostgreSQL URL, for psycopg; raises BadCatalogUrl.

    The error never repeats the URL: it may hold a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadCatalogUrl(_EXPECTED) from None
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or not url.database:
        raise BadCatalogUrl(_EXPECTED)
    return url


_EXPECTED = (
    "The catalog's URL cannot be used: it must be like "
    "postgresql+psycopg://user@host:5432/database or sqlite:////folder/catalog.sqlite."
)


def without_secrets(url: URL) -> URL:
    """The same without a password, also in the query, where libpq takes one: to be shown, or kept.

    It is in the form of ``parse_url``.
    """
    shown = url.difference_update_query(("password", "sslpassword"))
    return URL.create(
        shown.drivername, shown.username, None, shown.host, shown.port, shown.database, shown.query
    )


def connect(url: str, *, create: bool = False) -> Engine:
    """An engine for ``url``; nothing is connected yet.

    Raises BadCatalogUrl, or IndexNotFound where there is no SQLite file and none may be made.
    """
    place = parse_url(url)
    if place.get_backend_name() == "sqlite":
        return connect_sqlite(place, create=create, json_serializer=_CANONICAL)
    try:
        return connect_postgresql(place, json_serializer=_CANONICAL)
    except ModuleNotFoundError as error:
        raise BadCatalogUrl(
            "The catalog's URL needs the PostgreSQL driver, which is not installed; "
            "run: pip install 'lookalike[postgres]'."
        ) from error


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


def seeing_commits(connection: Connection) -> Connection:
    """The same; each statement sees what was committed before it, as who waits for a lock must.

    SQLite needs nothing for that: its lock comes with the transaction.
    """
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="READ COMMITTED")
    return connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its first statement, committed at the end.

    Without the lock, SQLite refuses to write what was read before another writer's commit, and
    PostgreSQL would not commit revisions in their order.
    """
    with engine.connect() as opened:
        connection = seeing_commits(opened).execution_options(immediate=True)
        with connection.begin():
            yield connection


def by_bytes(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """To order texts by, alike in each database, whatever language PostgreSQL was set up for."""
    return collate(column, "C") if connection.dialect.name == "postgresql" else column


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema; quick when it is there already.

    Who comes while another one migrates waits for that.
    """
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
    """The migration that the database is at, None when it is empty; raises CatalogUnreachable."""
    with first_connection(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


@contextmanager
def first_connection(engine: Engine) -> Iterator[Connection]:
    """A connection; raises CatalogUnreachable if PostgreSQL gives none."""
    try:
        connection = engine.connect()
    except OperationalError as error:
        if engine.dialect.name == "sqlite":
            raise
        raise CatalogUnreachable(
            f"The catalog at {without_secrets(engine.url)} cannot be reached "
            f"({_first_line(error)}); start the database, or name the right one with --catalog."
        ) from error
    with connection:
        yield connection


def _first_line(error: OperationalError) -> str:
    """Of what the driver says, which never holds a password."""
    lines = [line.strip() for line in str(error.orig).splitlines()]
    failed = [line for line in lines if "failed:" in line]
    return (failed or lines or [""])[0]
