"""What stands beside a vector in Milvus, so that filters can be asked there.

Every field is exact: text that Milvus cannot hold, or that its expressions cannot name, is there as
its SHA-256, in filters too. What is not given is a value that no filter takes for one.
"""

import hashlib
import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from search.arrays import Floats
from search.catalog.filterable import Filterable
from search.catalog.filters.numbers import number_in, written
from search.catalog.records import CATEGORY_SEPARATOR

KEY, VECTOR = "image_id", "vector"

_HASHED = "sha256:"
_LONGEST_TEXT = 200
_LONGEST_VARCHAR = 1_000
_MOST_ITEMS = 1_000
_LARGEST_JSON = 60_000
"""Bytes; Milvus takes 65,536."""

log = logging.getLogger(__name__)


def schema(client: Any, dim: int) -> Any:
    """Of a collection with vectors of ``dim`` numbers."""
    from pymilvus import DataType

    text = {"datatype": DataType.VARCHAR, "max_length": _LONGEST_VARCHAR}
    several = {
        "datatype": DataType.ARRAY,
        "element_type": DataType.VARCHAR,
        "max_length": _LONGEST_VARCHAR,
        "max_capacity": _MOST_ITEMS,
    }
    made = client.create_schema(auto_id=False, enable_dynamic_field=False)
    made.add_field(KEY, DataType.INT64, is_primary=True)
    made.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
    for name in ("product_id", "brand", "currency"):
        made.add_field(name, **text)
    for name in ("categories", "colors", "attribute_names"):
        made.add_field(name, **several)
    made.add_field("price", DataType.DOUBLE)
    made.add_field("has_price", DataType.BOOL)
    made.add_field("in_stock", DataType.INT8)
    made.add_field("attributes", DataType.JSON)
    return made


def row(image_id: int, vector: Floats, known: Filterable | None) -> dict[str, Any]:
    """Of an image; nothing is ``known`` of one that the catalog lost meanwhile."""
    return {KEY: image_id, VECTOR: vector, **(_NOTHING if known is None else _values(known))}


_NOTHING = {
    "product_id": "",
    "brand": "",
    "currency": "",
    "categories": [],
    "colors": [],
    "price": 0.0,
    "has_price": False,
    "in_stock": -1,
    "attributes": {},
    "attribute_names": [],
}


def _values(known: Filterable) -> dict[str, Any]:
    product = known.product
    attributes = _attributes(product.product_id, product.attributes)
    numbers = [number_of(name) for name, value in attributes.items() if "number" in value]
    return {
        "product_id": stored(product.product_id),
        "brand": stored(product.brand),
        "currency": stored(product.currency),
        "categories": [stored(path) for path in _above(product.category)][:_MOST_ITEMS],
        "colors": list(known.colours),
        "price": 0.0 if product.price is None else float(product.price),
        "has_price": product.price is not None,
        "in_stock": -1 if product.in_stock is None else int(product.in_stock),
        "attributes": attributes,
        "attribute_names": [*attributes, *numbers],
    }


def stored(text: str) -> str:
    """The text itself, or what stands for it; two texts never give the same."""
    if text.isprintable() and len(text) <= _LONGEST_TEXT and not text.startswith(_HASHED):
        return text
    return _HASHED + hashlib.sha256(text.encode()).hexdigest()


def stored_name(name: str) -> str:
    """Of an attribute: Milvus finds members of JSON by paths, which know few signs."""
    is_plain = name.isascii() and name.replace("_", "").isalnum() and len(name) <= _LONGEST_TEXT
    return name if is_plain else hashlib.sha256(name.encode()).hexdigest()


def number_of(name: str) -> str:
    """What is among the ``attribute_names`` where the attribute of that ``stored_name`` has one."""
    return f"{name}.number"


def _above(category: str) -> list[str]:
    """The category's path and all above it, as ``expressions.Under`` has it."""
    found, start = [], 0
    while (start := category.find(CATEGORY_SEPARATOR, start)) >= 0:
        found.append(category[:start])
        start += 1
    return [*found, category]


def _attributes(product_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {stored_name(name): _attribute(value) for name, value in given.items()}
    found = {name: value for name, value in known.items() if value}
    if len(json.dumps(found)) > _LARGEST_JSON or 2 * len(found) > _MOST_ITEMS:
        log.warning("Filters in Milvus do not know the attributes of '%s': too many", product_id)
        return {}
    return found


def _attribute(value: Any) -> dict[str, Any]:
    """``is`` what ``expressions.OneOf`` compares, ``number`` what ``Between`` does."""
    if isinstance(value, bool):
        return {"is": str(value).lower()}
    if isinstance(value, int | float):
        return {"is": stored(written(value)), "number": _bounded(value)}
    if not isinstance(value, str):
        return {}
    number = number_in(value)
    return {"is": stored(value)} | ({} if number is None else {"number": _bounded(number)})


def _bounded(number: float) -> float:
    most = sys.float_info.max
    return float(min(max(number, -most), most))
