"""Expressions → conditions on ``products``, alike in SQLite and PostgreSQL."""

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, true

from search.catalog.filters.attributes import TEXTS, Member
from search.catalog.filters.colour import has_colour
from search.catalog.filters.expressions import All, Between, Expression, Not, OneOf, Under
from search.catalog.filters.numbers import exactly
from search.catalog.records import CATEGORY_SEPARATOR
from search.catalog.tables import products


def condition(expression: Expression) -> ColumnElement[bool]:
    """True for the products that pass, false or NULL for the others."""
    match expression:
        case OneOf():
            return _one_of(expression)
        case Between():
            return _between(expression)
        case Under():
            return or_(*map(_under, expression.paths))
        case Not():
            return not_(func.coalesce(condition(expression.expression), false()))
        case All():
            return and_(true(), *map(condition, expression.expressions))


def _one_of(wanted: OneOf) -> ColumnElement[bool]:
    if wanted.field.is_measured:
        return has_colour(wanted.values)
    if not wanted.field.is_attribute:
        return products.c[wanted.field.name].in_(wanted.values)
    member = Member(wanted.field.name)
    texts = [str(value) for value in wanted.values]
    alike = [and_(member.kind.in_(TEXTS), member.content.in_(texts))]
    # Each a literal: as values of a NUMERIC they would become floats, which lose digits.
    if numbers := [literal(number) for text in texts if (number := exactly(text)) is not None]:
        alike.append(member.number.in_(numbers))
    if truths := [text for text in texts if text in ("true", "false")]:
        is_named = and_(member.kind == "boolean", member.content.in_(truths))
        alike += [member.kind.in_(truths), is_named]
    return member.exists(or_(*alike))


def _between(wanted: Between) -> ColumnElement[bool]:
    if not wanted.field.is_attribute:
        return _inside(products.c[wanted.field.name], wanted)
    member = Member(wanted.field.name)
    return member.exists(_inside(member.number_or_decimal, wanted))


def _inside(number: ColumnElement[float | None], wanted: Between) -> ColumnElement[bool]:
    above = true() if wanted.low is None else number >= wanted.low
    below = true() if wanted.high is None else number <= wanted.high
    return and_(above, below)


def _under(path: str) -> ColumnElement[bool]:
    # No LIKE: SQLite's takes no notice of case, and every wildcard would have to be escaped.
    below = path + CATEGORY_SEPARATOR
    return or_(
        products.c.category == path, func.substr(products.c.category, 1, len(below)) == below
    )
