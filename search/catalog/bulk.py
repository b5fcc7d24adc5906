"""Many rows at once, by the quickest way of each database."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from search.catalog.postgresql import copy_new_rows, copy_rows


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; there may be none."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        copy_rows(connection, table, rows)
    else:
        connection.execute(insert(table), list(rows))


def insert_new_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """The same, of which those whose key is there already are left out."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        copy_new_rows(connection, table, rows)
    else:
        connection.execute(insert_of(connection, table).on_conflict_do_nothing(), list(rows))


def insert_of(connection: Connection, table: Table) -> Any:
    """The insert of the database's own dialect, which knows what to do on a conflict.

    Importing all dialects would take long.
    """
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)


def analyze(connection: Connection, *tables: Table) -> None:
    """Have PostgreSQL look at temporary tables that were filled: nobody else does.

    Without it, it takes them for nearly empty, and may compare each row with each.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {', '.join(table.name for table in tables)}"))
