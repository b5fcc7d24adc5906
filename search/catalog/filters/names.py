"""Which names a catalog knows: what is said where a filter or a facet asks for another one."""

from sqlalchemy import Connection, select

from search.catalog.filters.attributes import Member
from search.catalog.filters.expressions import COLUMNS, Field
from search.catalog.tables import products
from search.errors import BadFilter, BadParameter

COUNTED = ("category", "brand", "price", "currency", "in_stock")
"""Columns with facets; in the others nearly every product has a value of its own."""

_SAMPLE = 1_000
_MOST_SHOWN = 20


def require_attribute(connection: Connection, field: Field) -> None:
    """Raises BadFilter, or BadParameter for a facet, if no product has the attribute."""
    if not field.is_attribute:
        return
    found = select(products.c.product_id).where(~products.c.deleted, Member(field.name).exists())
    if connection.scalar(found.limit(1)) is not None:
        return
    columns = COLUMNS if field.place else COUNTED
    there = ", ".join([*columns, *_some_attributes(connection)])
    if field.place:
        raise BadFilter(*field.place, f"the name of a column or attribute, like {there}")
    raise BadParameter(f"There is no '{field.name[:200]}' to count; facets are of: {there}.")


def _some_attributes(connection: Connection) -> list[str]:
    query = select(products.c.attributes).where(~products.c.deleted).limit(_SAMPLE)
    names = dict.fromkeys(name for row in connection.scalars(query) for name in row)
    return list(names)[:_MOST_SHOWN]
