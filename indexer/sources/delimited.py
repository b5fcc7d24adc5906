"""CSV and TSV files as records."""

import csv
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from search.catalog.records import Reject
from search.catalog.rows.layout import Record
from search.errors import CatalogFileError

_DELIMITERS = ",;\t"
_LONGEST_LINE = 1 << 20  # characters; the rest of a longer line counts as the next row


def read_delimited(path: Path) -> Iterator[Record | Reject]:
    """Yield a record for each row under the header, and a reject where the quoting is broken."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _records(file)
    except UnicodeDecodeError:
        raise CatalogFileError(f"{path}: {_first_bad_byte(path)}; save it as UTF-8") from None
    except csv.Error as error:
        raise CatalogFileError(f"{path}: the header line is broken: {error}") from None


def _records(file: TextIO) -> Iterator[Record | Reject]:
    lines = iter(partial(file.readline, _LONGEST_LINE), "")
    header = next((line for line in lines if line.strip()), None)
    if header is None:
        return
    rows = csv.reader(
        chain([header], lines), delimiter=_delimiter(header), skipinitialspace=True, strict=True
    )
    names = tuple(next(rows))
    row = 1
    while True:
        row += 1
        first_line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            lines_lost = f"lines {first_line} to {rows.line_num} are skipped"
            yield Reject(row, "", "", f"cannot be read: {error}; check its quotes ({lines_lost})")
        else:
            if any(cells):  # spreadsheets write empty rows as ",,,"
                yield Record(row, names, cells)


def _delimiter(header: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=unquoted.count)


def _first_bad_byte(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                bad = line[error.start]
                return f"not UTF-8: line {number}, byte {error.start + 1} of it is 0x{bad:02X}"
    return "not UTF-8"  # the file changed meanwhile
