"""``rejects.csv``: every row and image that was turned away, and why."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Self

from indexer.sources import read_catalog
from search.catalog.catalog import Catalog
from search.catalog.records import ProductRow, Reject
from search.versions.rejects import HEADER

_CHUNK = 1_000


class RejectFile:
    """Rejects as they come, written at once; ``count`` is how many."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, reject: Reject) -> None:
        """Write one line."""
        self.count += 1
        row = reject.row or ""
        self._writer.writerow((row, reject.product_id, reject.source, reject.reason))

    def add_images(self, catalog: Catalog, path: Path) -> None:
        """Write the images that the catalog rejects, with their rows in the file at ``path``.

        Reads the file again, because row numbers are not kept: any edit would shift them all.
        """
        rows = (row for row in read_catalog(path) if isinstance(row, ProductRow))
        while chunk := list(islice(rows, _CHUNK)):
            rejected = catalog.rejected_images([row.product_id for row in chunk])
            for reject in _matches(chunk, rejected):
                self.add(reject)


def _matches(rows: list[ProductRow], rejected: dict[tuple[str, str], str]) -> Iterator[Reject]:
    for row in rows:
        for source in row.images:
            reason = rejected.pop((row.product_id, source), None)
            if reason is not None:
                yield Reject(row.row, row.product_id, source, reason)
