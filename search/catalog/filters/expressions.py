"""What a filter means: a small tree that never changes and can be the key of a cache."""

from dataclasses import dataclass, field
from typing import NamedTuple

from search.catalog.records import Product, Scalar

COLUMNS = tuple(name for name in Product.__dataclass_fields__ if name != "attributes")
"""The names that every catalog has; any other name is an attribute."""


class Place(NamedTuple):
    """Where a filter names a field: its whole text, and a position that counts from 0."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Field:
    """A column, an attribute, or what was measured in the pictures.

    ``place`` is where it was asked for, and makes none differ.
    """

    name: str
    place: Place | None = field(default=None, compare=False)
    is_measured: bool = False

    @classmethod
    def of(cls, name: str, place: Place | None = None) -> "Field":
        """Columns are known in any case, as in a catalog file; attributes in their own."""
        known = name.lower()
        return cls(known if known in COLUMNS else name, place)

    @property
    def is_attribute(self) -> bool:
        """Whether it is in the products' ``attributes``."""
        return not self.is_measured and self.name not in COLUMNS


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of ``values``: numbers of the price, truths of in_stock, texts of others.

    A number or truth among an attribute's values is compared as ``numbers.written`` writes it.
    """

    field: Field
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The value is a number from ``low`` to ``high``, both included; None leaves a side open."""

    field: Field
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Under:
    """The category is one of ``paths`` or below one; paths are as ``rows.values`` writes them."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What does not pass ``expression``, products without a value included."""

    expression: "Expression"


@dataclass(frozen=True, slots=True)
class All:
    """What passes each of ``expressions``; without any, every product."""

    expressions: tuple["Expression", ...] = ()


Expression = OneOf | Between | Under | Not | All


def fields(expression: Expression) -> list[Field]:
    """Every field that is asked about, in the order of the filters."""
    match expression:
        case OneOf(field=one) | Between(field=one):
            return [one]
        case Not(expression=inner):
            return fields(inner)
        case All(expressions=several):
            return [one for inner in several for one in fields(inner)]
        case Under():
            return []
