"""Attributes in SQL: the members of a JSON object, alike in SQLite and PostgreSQL.

``json_each`` finds a member by whatever name it has; SQLite's JSON paths cannot hold quotes, and
know other letters than ASCII only as they are escaped.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    TableValuedAlias,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from search.catalog.filters.numbers import DECIMAL
from search.catalog.tables import products

# Each database has its own words for what JSON knows; no word means something else in the other.
TEXTS = ("text", "string")
NUMBERS = ("integer", "real", "number")
TRUTHS = ("true", "false", "boolean")
"""Where the kind is ``boolean``, the content is the text ``true`` or ``false``."""


class _OfMember(FunctionElement[str]):
    """Something of a JSON member, each database in its own way; arguments: value, type, atom."""

    type = Text()


class Kind(_OfMember):
    """What the member is: one of TEXTS, NUMBERS, TRUTHS or something else."""

    inherit_cache = True


class Content(_OfMember):
    """The member as SQL has it: text as text, a number as a number or as text."""

    inherit_cache = True


class _IsDecimal(FunctionElement[bool]):
    """Whether a text is a number as ``numbers.DECIMAL`` has it."""

    inherit_cache = True


class Member:
    """The attribute of a name, as a table with at most one row for each product."""

    def __init__(self, name: str) -> None:
        table = func.json_each(products.c.attributes).table_valued(
            "key", "value", "type", "atom", joins_implicitly=True
        )
        self.table: TableValuedAlias = table
        self.is_named: ColumnElement[bool] = table.c.key == name
        self.kind = Kind(table.c.value, table.c.type, table.c.atom)
        self.content = Content(table.c.value, table.c.type, table.c.atom)

    def exists(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a product has the attribute and it meets every condition."""
        found = exists().where(self.is_named, *conditions)
        return found.select_from(self.table).correlate(products)

    @property
    def number(self) -> ColumnElement[float | None]:
        """The value of a number; NULL for anything else."""
        return self._number(self.kind.in_(NUMBERS))

    @property
    def number_or_decimal(self) -> ColumnElement[float | None]:
        """The value of a number, or of a text that is one, as CSV files have them."""
        is_decimal = and_(self.kind.in_(TEXTS), _IsDecimal(self.content))
        return self._number(or_(self.kind.in_(NUMBERS), is_decimal))

    def _number(self, is_one: ColumnElement[bool]) -> ColumnElement[float | None]:
        # CASE: PostgreSQL fails where it casts what is no number. NUMERIC: all digits are kept.
        return case((is_one, cast(self.content, Numeric(asdecimal=False))))


def _sql(compiler: SQLCompiler, element: FunctionElement[Any], **options: Any) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


@compiles(Kind, "sqlite")
def _kind_in_sqlite(element: Kind, compiler: SQLCompiler, **options: Any) -> str:
    return _sql(compiler, element, **options)[1]


@compiles(Kind, "postgresql")
def _kind_in_postgresql(element: Kind, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_typeof({_sql(compiler, element, **options)[0]})"


@compiles(Content, "sqlite")
def _content_in_sqlite(element: Content, compiler: SQLCompiler, **options: Any) -> str:
    return _sql(compiler, element, **options)[2]


@compiles(Content, "postgresql")
def _content_in_postgresql(element: Content, compiler: SQLCompiler, **options: Any) -> str:
    return f"({_sql(compiler, element, **options)[0]} #>> '{{}}')"


@compiles(_IsDecimal, "sqlite")
def _is_decimal_in_sqlite(element: _IsDecimal, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = _sql(compiler, element, **options)
    return (
        f"({text} GLOB '*[0-9]*' AND {text} GLOB '[-+.0-9]*'"
        f" AND {text} NOT GLOB '?*[^.0-9]*' AND {text} NOT GLOB '*.*.*')"
    )


@compiles(_IsDecimal, "postgresql")
def _is_decimal_in_postgresql(element: _IsDecimal, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = _sql(compiler, element, **options)
    return f"({text} ~ '^({DECIMAL})$')"
