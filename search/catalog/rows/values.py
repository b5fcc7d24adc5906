"""One cell of a catalog → its value; None when it is not given, ValueError when it is bad.

The errors are the end of a sentence that starts with the column and the value.
"""

import math
import re
import reprlib
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from search.catalog.records import CATEGORY_SEPARATOR, Scalar

_LONGEST_ID = 200
_SHOWN = 80
_EXACT = 2**53  # the first float whose neighbour is another whole number
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_BAD_PRICE = (
    "is not a number of at least 0; write it like 1234.5, "
    "with a decimal point and without currency or thousands signs"
)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def show(value: object) -> str:
    """The value as a reason quotes it: printable, on one line, at most 80 characters."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = _SHOWN
    return short.repr(value)[:_SHOWN]


def trimmed(value: str) -> str | None:
    """The text without blanks around it; ValueError when no database can hold it."""
    value = value.strip()
    if "\0" in value:
        raise ValueError("holds a NUL character; remove it")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("holds half of a surrogate pair; write it as UTF-8") from None
    return value or None


def scalar(value: Any) -> Scalar | None:
    """Text, number or truth as it is; dates and times as ISO text; NaN is "not given"."""
    convert = _SCALARS.get(type(value))
    if convert is None:
        raise ValueError("is not text, a number, true or false, or a date; make it one of them")
    return convert(value)


def _finite(value: float) -> float | None:
    if math.isinf(value):
        raise ValueError("is not finite; leave it empty")
    return None if math.isnan(value) else value


def _same(value: Any) -> Any:
    return value


_SCALARS: dict[type, Callable[[Any], Scalar | None]] = {
    str: trimmed,
    type(None): _same,
    int: _same,
    bool: _same,
    float: _finite,
    Decimal: lambda value: _finite(float(value)),
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    UUID: str,
}


def text(value: Any) -> str | None:
    """Text, or a number written as text (1.0 is "1")."""
    if isinstance(value, str):  # nearly always
        return trimmed(value)
    found = scalar(value)
    if found is None or isinstance(found, str):
        return found
    if isinstance(found, bool):
        raise ValueError("is not text")
    if isinstance(found, float) and found.is_integer():
        if abs(found) >= _EXACT:
            raise ValueError("is too large for a float to hold each digit; store it as text")
        found = int(found)
    return str(found)


def identifier(value: Any) -> str:
    found = text(value)
    if found is None:
        raise ValueError("is empty; each product needs its own")
    if len(found) > _LONGEST_ID:
        raise ValueError(f"has {len(found)} characters; {_LONGEST_ID} is the most")
    if _CONTROL.search(found):
        raise ValueError("holds a control character; remove it")
    return found


def price(value: Any) -> float | None:
    found = scalar(value)
    if found is None:
        return None
    if isinstance(found, bool) or (isinstance(found, str) and not _NUMBER.fullmatch(found)):
        raise ValueError(_BAD_PRICE)
    try:
        number = float(found)
    except OverflowError:
        raise ValueError(_BAD_PRICE) from None
    if not 0 <= number < math.inf:
        raise ValueError(_BAD_PRICE)
    return number


def flag(value: Any) -> bool | None:
    found = text(int(value) if isinstance(value, bool) else value)
    if found is None:
        return None
    try:
        return _FLAGS[found.lower()]
    except KeyError:
        raise ValueError("is none of true, false, yes, no, 1, 0") from None


def category(value: Any) -> str | None:
    """``A>B``, or a list of level names, as ``A > B``."""
    parts = value if isinstance(value, list) else [value]
    return _normal_path(">".join(text(part) or "" for part in parts))


@lru_cache(maxsize=1024)  # a catalog has few categories and many rows
def _normal_path(path: str) -> str | None:
    levels = (level.strip() for level in path.split(">"))
    return CATEGORY_SEPARATOR.join(filter(None, levels)) or None


def nothing(value: Any) -> None:
    """For a column without a name: only "not given" will do."""
    if scalar(value) is not None:
        raise ValueError("stands in a column without a name; name it in the header")
