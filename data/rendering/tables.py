"""The two csv files of the sample."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from .products import PRODUCTS, category
from .specs import Product

CATALOG_COLUMNS = (
    "product_id",
    "image",
    "title",
    "description",
    "category",
    "brand",
    "price",
    "currency",
    "in_stock",
    "url",
    "colour",
    "material",
)
QUERY_COLUMNS = ("image", "product_id", "category")


def write_tables(out: Path) -> None:
    """Write catalog.csv and queries.csv for all products."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "catalog.csv", CATALOG_COLUMNS, [_catalog_row(p) for p in PRODUCTS])
    queries = [(f"queries/{p.product_id}.jpg", p.product_id, category(p)) for p in PRODUCTS]
    _write(out / "queries.csv", QUERY_COLUMNS, queries)


def _catalog_row(product: Product) -> tuple[str, ...]:
    images = "|".join(f"images/{product.product_id}-{view}.jpg" for view in "abc")
    return (
        product.product_id,
        images,
        product.title,
        product.description,
        category(product),
        product.brand,
        f"{product.price:.2f}",
        "EUR",
        "true" if product.in_stock else "false",
        f"https://shop.example/p/{product.product_id}",
        product.colour,
        product.material,
    )


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
