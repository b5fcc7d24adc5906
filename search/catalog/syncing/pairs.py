"""Many values for one statement."""

from collections.abc import Mapping

from sqlalchemy import (
    ARRAY,
    JSON,
    Connection,
    Integer,
    String,
    TableValuedAlias,
    column,
    func,
    literal,
)


def pairs(connection: Connection, values: Mapping[str, int]) -> TableValuedAlias:
    """A table of ``key`` and ``value`` in few parameters: thousands of them are slow to bind."""
    columns = column("key", String), column("value", Integer)
    if connection.dialect.name == "sqlite":
        return func.json_each(literal(values, JSON)).table_valued(*columns)
    keys, numbers = literal([*values], ARRAY(String)), literal([*values.values()], ARRAY(Integer))
    return func.unnest(keys, numbers).table_valued(*columns).render_derived()
