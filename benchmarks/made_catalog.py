"""A catalog of any size of which everything is known already: rows, files, features, colours."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import insert, text

from indexer.workbench import Workbench
from search.arrays import Floats, Ids
from search.catalog.database import writing
from search.catalog.features import STORED
from search.catalog.tables import colours, features

CATALOG = "catalog.csv"

_IN_A_FOLDER = 1_000
_PART = 10_000
_RED = {"red": [1.0, "#ff0000"]}
_NAMES = ("product_id", "image", "title", "description", "category", "brand", "price")


def write_catalog(folder: Path, rows: int, content: Callable[[int], bytes]) -> None:
    """``catalog.csv`` of 10 columns and 60 categories, and the ``content`` of each picture."""
    with (folder / CATALOG).open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow([*_NAMES, "currency", "in_stock", "colour"])
        for n in range(rows):
            image = folder / f"{n // _IN_A_FOLDER}" / f"{n}.jpg"
            if n % _IN_A_FOLDER == 0:
                image.parent.mkdir()
            image.write_bytes(content(n))
            category = f"Home > Room {n % 6} > Kind {n % 60}"
            words = [f"Mug number {n}", f"A mug that holds {n % 500} ml", category]
            known = [f"Brand {n % 90}", n % 99 + 0.5, "EUR", "true", "red"]
            table.writerow([f"sku-{n:08}", image.relative_to(folder), *words, *known])


def fill_in(bench: Workbench, folder: Path, features_of: Callable[[Ids], Floats]) -> None:
    """What reading the pictures would have found; each has its own content.

    ``features_of`` gives the (n, dim) features of (n,) images.
    """
    backbone = bench.embedder.backbone.fingerprint
    with writing(bench.catalog.engine) as connection:
        found = connection.execute(text("SELECT image_id, source FROM images"))
        for part in found.partitions(_PART):
            stats = [(one, (folder / source).stat()) for one, source in part]
            names = ("id", "sha256", "bytes", "mtime_ns")
            values = [
                dict(zip(names, (one, f"{one:064x}", stat.st_size, stat.st_mtime_ns), strict=True))
                for one, stat in stats
            ]
            connection.execute(
                text(
                    "UPDATE images SET sha256 = :sha256, bytes = :bytes, mtime_ns = :mtime_ns, "
                    "width = 500, height = 500, status = 'ok' WHERE image_id = :id"
                ),
                values,
            )
            data = features_of(np.array([one for one, _ in stats], np.int64)).astype(STORED)
            rows = [
                {"sha256": one["sha256"], "backbone": backbone, "data": row.tobytes()}
                for one, row in zip(values, data, strict=True)
            ]
            connection.execute(insert(features), rows)
            connection.execute(
                insert(colours), [{"sha256": one["sha256"], "found": _RED} for one in values]
            )
