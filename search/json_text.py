"""JSON that somebody else wrote."""

import json
import re
from typing import Any

DEEPEST = 100
"""Levels of arrays and objects within each other."""

_DECODER = json.JSONDecoder()
_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def parsed(text: str, decoder: json.JSONDecoder = _DECODER) -> Any:
    """What it says; raises ValueError for what is no JSON, or is nested more than 100 levels deep.

    The parser would go as deep as Python's stack does, and whatever else runs there would fail.
    """
    if text.count("[") + text.count("{") > DEEPEST and _is_too_deep(text):
        raise ValueError(f"more than {DEEPEST} levels of arrays and objects")
    return decoder.decode(text)


def _is_too_deep(text: str) -> bool:
    depth, is_string = 0, False
    for found in _MARK.finditer(text):
        mark = found[0]
        if mark == '"':
            is_string = not is_string
        elif not is_string and mark in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif not is_string and mark in "]}":
            depth -= 1
    return False
