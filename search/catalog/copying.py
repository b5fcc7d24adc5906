"""A whole catalog from one database into another, of the same kind or not."""

from sqlalchemy import Connection, Engine, Table, func, select, text

from search.catalog.bulk import insert_rows
from search.catalog.database import without_secrets, writing
from search.catalog.tables import metadata
from search.errors import BackupRefused

_PAGE = 2_000
"""Rows that are in memory at once: some MB of features."""


def copy_catalog(source: Engine, target: Engine) -> None:
    """Give an empty catalog the rows of another one, as that was at one moment.

    Who writes to the source goes on meanwhile. Nothing is written when this raises: BackupRefused
    if the target is not empty.
    """
    with source.connect() as reading, writing(target) as connection:
        _require_empty(connection)
        for table in metadata.sorted_tables:
            rows = reading.execute(select(table), execution_options={"yield_per": _PAGE})
            for page in rows.mappings().partitions():
                insert_rows(connection, table, [dict(row) for row in page])
        for table in metadata.sorted_tables:
            if table.autoincrement_column is not None:
                _set_highest(connection, table, _highest(reading, table))


def _require_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.scalar(select(func.count()).select_from(table)):
            raise BackupRefused(
                f"The catalog at {without_secrets(connection.engine.url)} is not empty, and "
                "nothing in it is ever overwritten; name an empty database."
            )


def _highest(connection: Connection, table: Table) -> int:
    """The last id that was given out, though its row may be gone: it must not come back."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return connection.scalar(query, {"name": table.name}) or 0
    query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(table)}")  # noqa: S608
    return connection.scalar(query) or 0


def _set_highest(connection: Connection, table: Table, number: int) -> None:
    if number and connection.dialect.name == "sqlite":
        values = {"name": table.name, "number": number}
        for statement in (
            "DELETE FROM sqlite_sequence WHERE name = :name",
            "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)",
        ):
            connection.execute(text(statement), values)
    elif number:
        connection.execute(text(f"SELECT setval('{_sequence(table)}', {number})"))


def _sequence(table: Table) -> str:
    assert table.autoincrement_column is not None  # noqa: S101 - narrows
    return f"{table.name}_{table.autoincrement_column.name}_seq"
