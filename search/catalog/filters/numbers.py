"""How numbers are written where they stand beside texts: in filters, facets and attributes."""

import re

import numpy as np

DECIMAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"
"""Text that counts as a number: a decimal without an exponent."""

_DECIMAL = re.compile(DECIMAL)
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_LARGEST = 2**63  # databases hold larger whole numbers as floats


def written(number: float) -> str:
    """The shortest text that gives the number back, without an exponent: 3.0 is ``3``."""
    if isinstance(number, int):
        return str(number)
    if number.is_integer() and abs(number) < _LARGEST:
        return str(int(number))
    return np.format_float_positional(number, trim="-")


def number_in(text: str) -> float | None:
    """The number that a text looks like, None when it looks like none."""
    return float(text) if _DECIMAL.fullmatch(text) else None


def exactly(text: str) -> float | None:
    """The number that is written exactly so, None when there is none (``007``, ``3.0``)."""
    number = number_in(text)
    if number is None or np.isinf(number):
        return None
    if _WHOLE.fullmatch(text) and abs(int(text)) < _LARGEST:
        number = int(text)
    return number if written(number) == text else None
