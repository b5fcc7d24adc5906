"""Statements that are compiled once and read by the driver itself: a query's way to the catalog."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Engine, Select, any_, bindparam
from sqlalchemy.exc import DatabaseError

Row = list[Any]


class Prepared:
    """The rows of a ``query`` whose ``column`` has one of several values.

    For ten rows SQLAlchemy takes three times as long as SQLite: to begin and to end a transaction,
    to look up the compiled statement, and to make rows with names.
    """

    def __init__(self, engine: Engine, query: Select[Any], column: ColumnElement[Any]) -> None:
        self._engine = engine
        self._query = query
        self._column = column
        self._statements: dict[int, str] = {}
        self._takes_lists = engine.dialect.name == "postgresql"  # and gives values of all types
        self._readers = [] if self._takes_lists else _readers(engine, query)

    def rows(self, values: Sequence[Any]) -> list[Row]:
        """In the order of the query; raises SQLAlchemyError, as SQLAlchemy does.

        Databases limit how many values one statement may carry: 10,000 are not too many.
        """
        if not values:
            return []
        statement, given = self._list(values) if self._takes_lists else self._each(values)
        try:
            with closing(self._engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute(statement, given)
                rows: list[Row] = list(map(list, cursor.fetchall()))
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise DatabaseError(statement, None, error) from error
        for at, read in self._readers:
            for row in rows:
                row[at] = read(row[at])
        return rows

    def _list(self, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
        """The statement for any number of values, which are one parameter."""
        found = self._statements.get(0)
        if found is None:
            several = any_(bindparam("wanted", type_=ARRAY(self._column.type)))
            compiled = self._query.where(self._column == several).compile(self._engine)
            found = self._statements[0] = str(compiled)
        return found, {"wanted": list(values)}

    def _each(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """A statement with a parameter for each value, for few numbers of them."""
        count = 1 << (len(values) - 1).bit_length()
        found = self._statements.get(count)
        if found is None:
            query = self._query.where(self._column.in_([None] * count))
            compiled = query.compile(self._engine, compile_kwargs={"render_postcompile": True})
            found = self._statements[count] = str(compiled)
        return found, (*values, *[values[-1]] * (count - len(values)))


def _readers(engine: Engine, query: Select[Any]) -> list[tuple[int, Callable[[Any], Any]]]:
    """What turns the driver's values into those of the columns' types, by place."""
    types = [column.type.dialect_impl(engine.dialect) for column in query.selected_columns]
    found = [(at, one.result_processor(engine.dialect, None)) for at, one in enumerate(types)]
    return [(at, read) for at, read in found if read is not None]
