"""PostgreSQL, through psycopg: many readers and writers, and one order of changes.

Writers take turns, as with SQLite: each holds one lock of the database from its first statement to
its commit. So a revision is given out only when every lower one is committed, or never will be:
whoever has seen all changes up to revision r misses none that commits late. Readers take no lock
and never wait; each of their transactions sees one moment of the catalog.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event

_PATIENCE = "60s"
"""How long a writer waits for another one, as with SQLite."""

_LOCK = 0x6C6F6F6B616C696B
"""Any number that no other program of the database locks."""

_BEGIN = f"SET LOCAL lock_timeout = '{_PATIENCE}'; SELECT pg_advisory_xact_lock({_LOCK})"

_CONNECTING = {
    "connect_timeout": "5",
    # A server that is cut off is noticed after so long, not after the system's two hours.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "lookalike",
}
"""What libpq is told, unless the URL says otherwise."""


def connect_postgresql(url: URL, **options: Any) -> Engine:
    """An engine whose connections are tried before each use: a server may have been restarted."""
    engine = create_engine(
        url,
        connect_args={name: _CONNECTING[name] for name in _CONNECTING.keys() - url.query.keys()},
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        **options,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("immediate", False):
        connection.exec_driver_sql(_BEGIN)


def copy_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], into: str = ""
) -> None:
    """COPY; every row has the same columns of the table, or of one like it that is called so."""
    names = list(rows[0])
    write = [table.c[name].type.bind_processor(connection.dialect) for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    with (
        closing(connection.connection.cursor()) as cursor,
        cursor.copy(f"COPY {into or table.name} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(_bound(row.values(), write))


def copy_new_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """``copy_rows``, but for those whose key is there: COPY itself knows no such thing."""
    into = f"new_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {into} (LIKE {table.name}) ON COMMIT DELETE ROWS"
    )
    copy_rows(connection, table, rows, into)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} SELECT * FROM {into} ON CONFLICT DO NOTHING"  # noqa: S608
    )


def _bound(values: Iterable[Any], write: Sequence[Any]) -> list[Any]:
    return [
        value if process is None or value is None else process(value)
        for value, process in zip(values, write, strict=True)
    ]
