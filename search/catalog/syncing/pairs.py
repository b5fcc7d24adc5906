"""Many values for one statement."""

from collections.abc import Mapping

from sqlalchemy import JSON, Connection, Integer, String, TableValuedAlias, column, func, literal


def pairs(connection: Connection, values: Mapping[str, int]) -> TableValuedAlias:
    """A table of ``key`` and ``value`` in one parameter: thousands of them are slow to bind."""
    each = func.json_each if connection.dialect.name == "sqlite" else func.json_each_text
    columns = column("key", String), column("value", Integer)
    return each(literal(values, JSON)).table_valued(*columns)
