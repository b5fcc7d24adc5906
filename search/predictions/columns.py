"""The columns whose values a picture may tell."""

from collections.abc import Mapping
from typing import Protocol

from search.catalog.records import Scalar
from search.predictions.prototypes import CATEGORY, Value

BRAND = "brand"


class Described(Protocol):
    """A product, or what else has columns."""

    @property
    def category(self) -> str:
        """A path."""
        ...

    @property
    def brand(self) -> str:
        """Empty where there is none."""
        ...

    @property
    def attributes(self) -> Mapping[str, Scalar]:
        """Every other column."""
        ...


def value_of(product: Described, column: str) -> Value | None:
    """What a product has there; None for nothing, and for a number, which no picture tells."""
    if column == CATEGORY:
        return product.category or None
    value = product.brand if column == BRAND else product.attributes.get(column)
    return value if isinstance(value, str | bool) and value != "" else None
