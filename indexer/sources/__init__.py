"""Catalog files (CSV, JSONL, Parquet) → validated products, and rejects with reasons."""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from indexer.sources.delimited import read_delimited
from indexer.sources.jsonl import read_jsonl
from indexer.sources.parquet import read_parquet
from search.catalog.records import ProductRow, Reject
from search.catalog.rows.layout import Layout, RawRow, Record
from search.errors import CatalogFileError

__all__ = ["opened", "read_catalog", "read_rows"]

_FORMATS: dict[str, Callable[[Path], Iterator[Record | Reject]]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
}
_REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "there is no such file; check the path",
    NotADirectoryError: "there is no such file; check the path",
    IsADirectoryError: "this is a folder; name the catalog file inside it",
    PermissionError: "you may not read this file; change its permissions",
}


def read_catalog(path: Path) -> Iterator[ProductRow | Reject]:
    """Yield each product of the file, in order, with the rejects of its row before it.

    Memory and errors are as with ``read_rows``.
    """
    for item in read_rows(path):
        if isinstance(item, Reject):
            yield item
        else:
            yield from item.parse()


def read_rows(path: Path) -> Iterator[RawRow | Reject]:
    """Yield each row of the file, in order, not parsed yet; a reject where there is no row.

    Memory is bounded by a few hundred rows. Raises CatalogFileError, while iterating, when the
    file cannot be used at all; the first record that can be read decides about its columns.
    """
    empty = True
    try:
        for item in _laid_out(read_records(path), path):
            empty = False
            yield item
    except OSError as error:
        reason = _REMEDIES.get(type(error), f"this file cannot be read: {error}")
        raise CatalogFileError(f"{path}: {reason}") from error
    if empty:
        raise CatalogFileError(
            f"{path}: there are no products in this file; give each product a row "
            "with at least product_id and image"
        )


def opened(rows: Iterator[RawRow | Reject]) -> Iterator[RawRow | Reject]:
    """Read the first row now: a file that cannot be used at all then leaves nothing behind."""
    return chain([next(rows)], rows)


def read_records(path: Path) -> Iterator[Record | Reject]:
    """What the file holds, in its own columns; raises CatalogFileError or OSError."""
    with path.open("rb"):  # say what is wrong with the file before what is wrong with its name
        read = _FORMATS.get(path.suffix.lower())
    if read is None:
        raise CatalogFileError(
            f"{path}: {path.suffix or 'no suffix'} is no catalog format; save it as one of "
            f"{', '.join(_FORMATS)}"
        )
    return read(path) if path.stat().st_size else iter(())


def _laid_out(records: Iterator[Record | Reject], path: Path) -> Iterator[RawRow | Reject]:
    layouts = lru_cache(Layout)  # JSONL may have other columns in each row
    folder = os.path.abspath(path.parent)  # noqa: PTH100 - links stay as they are
    readable = False
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        try:
            layout = layouts(record.names, folder)
        except ValueError as problem:
            if not readable:
                raise CatalogFileError(f"{path}: {problem}") from None
            yield Reject(record.row, "", "", str(problem))
        else:
            yield RawRow(record, layout)
        readable = True
