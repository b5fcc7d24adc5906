"""Which names a catalog knows: what is said where a filter or a facet asks for another one."""

from sqlalchemy import Connection, select

from search.catalog.filters.attributes import Member
from search.catalog.filters.colour import COLOR
from search.catalog.filters.expressions import COLUMNS, Field
from search.catalog.tables import colours, products
from search.errors import BadFilter, BadParameter

COUNTED = ("category", "brand", "price", "currency", "in_stock")
"""Columns with facets; in the others nearly every product has a value of its own."""

_SAMPLE = 1_000
_MOST_SHOWN = 20


def require_attribute(connection: Connection, field: Field) -> None:
    """Raises BadFilter, or BadParameter for a facet, if nothing is known of the field."""
    if field.is_measured:
        is_there = _is_measured(connection)
    elif field.is_attribute:
        has_it = Member(field.name).exists()
        found = select(products.c.product_id).where(~products.c.deleted, has_it)
        is_there = connection.scalar(found.limit(1)) is not None
    else:
        is_there = True
    if is_there:
        return
    columns = COLUMNS if field.place else COUNTED
    there = ", ".join([*columns, *_some_attributes(connection)])
    if field.place:
        raise BadFilter(*field.place, f"the name of a column or attribute, like {there}")
    raise BadParameter(f"There is no '{field.name[:200]}' to count; facets are of: {there}.")


def _some_attributes(connection: Connection) -> list[str]:
    query = select(products.c.attributes).where(~products.c.deleted).limit(_SAMPLE)
    names = dict.fromkeys(name for row in connection.scalars(query) for name in row)
    measured = [COLOR] if _is_measured(connection) and COLOR not in names else []
    return list(names)[:_MOST_SHOWN] + measured


def _is_measured(connection: Connection) -> bool:
    return connection.scalar(select(colours.c.sha256).limit(1)) is not None
