"""Expressions → Milvus expressions over ``fields``, with the meaning of ``filters.sql``."""

import json
import math
from collections.abc import Iterable

from search.catalog.filters.expressions import All, Between, Expression, Field, Not, OneOf, Under
from search.vectors.milvus.fields import KEY, number_of, stored, stored_name

_EVERYTHING = f"{KEY} >= 0"
_NOTHING = f"{KEY} < 0"
_TEXTS = ("product_id", "brand", "currency")


class Inexpressible(Exception):
    """What is asked about is not kept beside the vectors."""


def compiled(expression: Expression) -> str:
    """True for just the images of the products that pass; raises Inexpressible."""
    match expression:
        case OneOf(field, values):
            return _one_of(field, values) if values else _NOTHING
        case Between():
            return _between(expression)
        case Under(paths):
            return _any_in("categories", paths)
        case Not(inner):
            return f"not ({compiled(inner)})"
        case All(several):
            return " and ".join(f"({compiled(one)})" for one in several) or _EVERYTHING


def _one_of(field: Field, values: Iterable[object]) -> str:
    if field.is_measured:
        return _any_in("colors", map(str, values))
    if field.is_attribute:
        name = stored_name(field.name)
        alike = [f'attributes["{name}"]["is"] == {_text(str(value))}' for value in values]
        return f"{_has(name)} and ({' or '.join(alike)})"
    if field.name in _TEXTS:
        return f"{field.name} in [{', '.join(_text(str(value)) for value in values)}]"
    if field.name == "in_stock":
        return f"in_stock in [{', '.join(str(int(bool(value))) for value in values)}]"
    if field.name == "price":
        numbers = ", ".join(_number(float(str(value))) for value in values)
        return f"has_price == true and price in [{numbers}]"
    raise Inexpressible(field.name)


def _between(wanted: Between) -> str:
    if wanted.field.is_attribute:
        name = stored_name(wanted.field.name)
        number, known = f'attributes["{name}"]["number"]', [_has(number_of(name))]
    elif wanted.field.name == "price":
        number, known = "price", ["has_price == true"]
    else:
        raise Inexpressible(wanted.field.name)
    above = [] if wanted.low is None else [f"{number} >= {_number(wanted.low)}"]
    below = [] if wanted.high is None else [f"{number} <= {_number(wanted.high)}"]
    if not above and not below:
        raise Inexpressible(wanted.field.name)
    return " and ".join(known + above + below)


def _any_in(field: str, texts: Iterable[str]) -> str:
    listed = ", ".join(map(_text, texts))
    return f"array_contains_any({field}, [{listed}])" if listed else _NOTHING


def _has(name: str) -> str:
    """Some engines take a comparison with nothing, and its negation, for neither true nor false."""
    return f"array_contains(attribute_names, {json.dumps(name)})"


def _text(text: str) -> str:
    return json.dumps(stored(text), ensure_ascii=False)


def _number(number: float) -> str:
    if not math.isfinite(number):
        raise Inexpressible("a number that is too large")
    return repr(float(number))
