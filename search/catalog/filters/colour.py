"""``color`` where no product has an attribute of that name: what was measured in the pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from search.catalog.filters.attributes import Member
from search.catalog.filters.expressions import All, Between, Expression, Field, Not, OneOf
from search.catalog.filters.kept import Known
from search.catalog.records import Scalar
from search.catalog.tables import colours, images, products
from search.colours.names import NAMES
from search.errors import BadFilter

COLOR = "color"

ENOUGH = 0.2
"""A product has a colour if that is so much of what one of its images shows of it."""

_MEASURED = and_(
    images.c.product_id == products.c.product_id,
    images.c.width.is_not(None),
    images.c.sha256 == colours.c.sha256,
)


def own_column(
    connection: Connection, name: str, known: Known[tuple[str, ...]] | None
) -> tuple[str, ...]:
    """The name if a product has an attribute of it, else nothing."""
    query = select(products.c.product_id).where(~products.c.deleted, Member(name).exists())
    if known is not None and not known.value:
        query = query.where(products.c.revision > known.revision)
    return () if connection.scalar(query.limit(1)) is None else (name,)


def measured(expression: Expression) -> Expression:
    """The same, where ``color`` is what was measured; raises BadFilter for an unknown colour."""
    match expression:
        case OneOf(field, values) if field.name == COLOR:
            for value in values:
                _require_colour(field, str(value))
            return replace(expression, field=measured_field(field))
        case Between(field) if field.name == COLOR:
            raise _unknown(field, "")
        case Not(inner):
            return Not(measured(inner))
        case All(several):
            return All(tuple(map(measured, several)))
    return expression


def measured_field(field: Field) -> Field:
    """The field of what was measured."""
    return replace(field, is_measured=True)


def has_colour(names: Sequence[Scalar]) -> ColumnElement[bool]:
    """Whether a product has one of the colours."""
    enough = (colours.c.found[(str(name), 0)].as_float() >= ENOUGH for name in names)
    return select(images.c.image_id).where(_MEASURED, or_(*enough)).correlate(products).exists()


def colours_of(connection: Connection, query: Select[Any]) -> Iterator[tuple[int, str]]:
    """For a query of (image,) of products: each with every colour that the product has."""
    pairs = query.add_columns(colours.c.found).where(_MEASURED)
    found = {
        (image_id, name)
        for image_id, shares in connection.execute(pairs, execution_options={"yield_per": 1_000})
        for name, (share, _) in shares.items()
        if share >= ENOUGH
    }
    yield from sorted(found)


def _require_colour(field: Field, name: str) -> None:
    if name not in NAMES:
        raise _unknown(field, name)


def _unknown(field: Field, value: str) -> BadFilter:
    text, start = field.place or (f"{field.name}:{value}", 0)
    after = text.find(":", start) + 1
    position = max(text.find(value, after), after)
    return BadFilter(text, position, f"a colour: {', '.join(NAMES)}")
