"""Numbers out of a manifest's JSON, which may hold anything."""

from math import isfinite
from typing import Any


def finite(stored: Any) -> float:
    """Raises ValueError, TypeError or OverflowError when it is no number that can be used."""
    found = float(stored)
    if not isfinite(found):
        raise ValueError(f"{found} is no number")
    return found


def positive(stored: Any) -> float:
    """The same for 0 and less."""
    found = finite(stored)
    if found <= 0:
        raise ValueError(f"{found} is not above 0")
    return found
