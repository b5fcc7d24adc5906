"""JSONL files as records."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from search.catalog.records import Reject
from search.catalog.rows.layout import Record
from search.json_text import parsed

_LONGEST_LINE = 1 << 24  # bytes; a longer line is rejected piece by piece


def read_jsonl(path: Path) -> Iterator[Record | Reject]:
    """Yield a record for each line with an object, and a reject for any other line."""
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    row = 1
    with path.open("rb") as file:
        for line in iter(partial(file.readline, _LONGEST_LINE), b""):
            if line.strip():
                yield _record(decoder, row, line)
            row += line.endswith(b"\n")


def _record(decoder: json.JSONDecoder, row: int, line: bytes) -> Record | Reject:
    try:
        value = parsed(line.decode("utf-8-sig"), decoder)
    except UnicodeDecodeError as error:
        byte = f"byte {error.start + 1} is 0x{line[error.start]:02X}"
        return Reject(row, "", "", f"not UTF-8: {byte}; save it as UTF-8")
    except ValueError as error:
        return Reject(row, "", "", f"not JSON: {error}; write one object on each line")
    if not isinstance(value, dict):
        return Reject(row, "", "", "not a JSON object; write one object on each line")
    return Record(row, tuple(value), tuple(value.values()))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
