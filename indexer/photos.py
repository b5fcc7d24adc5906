"""Files of photos to ask about (CSV, JSONL or Parquet), with what they show where that is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.sources import read_records
from search.catalog.records import Reject
from search.catalog.rows import values
from search.catalog.rows.images import sources
from search.catalog.rows.layout import Record
from search.sources import is_url


def _images(value: Any) -> list[str]:
    """The sources of one cell; ValueError when one could not even be named in an answer."""
    found = sources(value)
    try:
        return [source for source in found if values.trimmed(source)]
    except ValueError as problem:
        raise ValueError(f"the image {problem}") from None


_COLUMNS: dict[str, Callable[[Any], Any]] = {
    "image": _images,
    "product_id": values.text,
    "category": values.category,
}


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo's path or URL, and what it shows; empty where the file does not say."""

    source: str
    product_id: str
    category: str


def read_photos(path: Path) -> Iterator[Photo | Reject]:
    """Yield each image of each row of the file, and a reject for a row that cannot be used.

    Paths are relative to the file. Raises CatalogFileError or OSError, while iterating.
    """
    for record in read_records(path):
        if isinstance(record, Reject):
            yield record
            continue
        try:
            found = _parse(record)
            if not found["image"]:
                raise ValueError("there is no image")
        except ValueError as problem:
            yield Reject(record.row, "", "", str(problem))
            continue
        for source in found["image"]:
            place = source if is_url(source) else str(path.parent / source)
            yield Photo(place, found["product_id"] or "", found["category"] or "")


def _parse(record: Record) -> dict[str, Any]:
    names = (name.strip().lower() for name in record.names)
    cells = dict(zip(names, record.cells, strict=False))
    return {name: parse(cells.get(name)) for name, parse in _COLUMNS.items()}
