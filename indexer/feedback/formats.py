"""Feedback as the rows of a file: CSV, JSONL, or Parquet with the queries' features."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from search.feedback.reading import GivenFeedback
from search.feedback.records import Feedback

_COLUMNS = (*Feedback.__dataclass_fields__, "backbone")
_SCHEMA = pa.schema(
    [
        ("feedback_id", pa.int64()),
        ("given_at", pa.string()),
        ("request_id", pa.string()),
        ("product_id", pa.string()),
        ("verdict", pa.string()),
        ("category", pa.string()),
        ("score", pa.float64()),
        ("version", pa.int64()),
        ("asked", pa.string()),
        ("backbone", pa.string()),
        ("features", pa.list_(pa.float32())),  # of no fixed length: models may have changed
    ]
)
_PAGE = 1_000

Write = Callable[[Path, Iterable[GivenFeedback]], int]


def write_csv(path: Path, given: Iterable[GivenFeedback]) -> int:
    """Returns how many rows; what is not known is empty."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for page in _pages(given):
            writer.writerows(map(_row, page))
            count += len(page)
    return count


def write_jsonl(path: Path, given: Iterable[GivenFeedback]) -> int:
    """Returns how many rows; what is not known is null."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for page in _pages(given):
            file.writelines(f"{json.dumps(_row(one), ensure_ascii=False)}\n" for one in page)
            count += len(page)
    return count


def write_parquet(path: Path, given: Iterable[GivenFeedback]) -> int:
    """Returns how many rows; they have the query's ``features`` too."""
    count = 0
    with pq.ParquetWriter(path, _SCHEMA) as writer:
        for page in _pages(given):
            rows = [_row(one) | {"features": one.features} for one in page]
            writer.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA))
            count += len(page)
    return count


FORMATS: dict[str, Write] = {
    ".csv": write_csv,
    ".jsonl": write_jsonl,
    ".parquet": write_parquet,
}
"""By the suffix of the file."""


def _pages(given: Iterable[GivenFeedback]) -> Iterator[list[GivenFeedback]]:
    rows = iter(given)
    while page := list(islice(rows, _PAGE)):
        yield page


def _row(one: GivenFeedback) -> dict[str, Any]:
    return asdict(one.feedback) | {"backbone": one.backbone}
