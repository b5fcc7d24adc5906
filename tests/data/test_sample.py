"""The sample catalog is complete, consistent with its script, and small."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
from PIL import Image

from indexer.sources import read_catalog
from search.catalog.records import ProductRow

DATA = Path(__file__).parents[2] / "data"
SAMPLE = DATA / "sample"


def rows() -> list[ProductRow]:
    read = list(read_catalog(SAMPLE / "catalog.csv"))
    assert all(isinstance(row, ProductRow) for row in read)
    return [row for row in read if isinstance(row, ProductRow)]


def test_every_product_has_three_views_and_every_known_column() -> None:
    products = rows()
    assert len(products) == 72
    for row in products:
        assert len(row.images) == 3
        assert all((row.title, row.description, row.brand, row.currency, row.url))
        assert row.price is not None
        assert row.in_stock is not None
        assert len(row.category.split(" > ")) == 3
        assert set(row.attributes) == {"colour", "material"}


def test_there_are_at_least_twelve_kinds_with_several_products_each() -> None:
    kinds = Counter(row.category for row in rows())
    assert len(kinds) >= 12
    assert min(kinds.values()) >= 4


def test_each_product_has_a_customer_photo_in_its_own_category() -> None:
    queries = pd.read_csv(SAMPLE / "queries.csv")
    categories = {row.product_id: row.category for row in rows()}
    assert dict(zip(queries["product_id"], queries["category"], strict=True)) == categories


def test_every_picture_is_a_jpeg_that_a_table_names_and_all_fit_in_8_megabytes() -> None:
    named = {source for row in rows() for source in row.images}
    named |= set(pd.read_csv(SAMPLE / "queries.csv")["image"])
    found = {str(path.relative_to(SAMPLE)) for path in SAMPLE.glob("*/*")}
    assert found == named
    for path in SAMPLE.glob("*/*"):
        with Image.open(path) as picture:
            assert picture.format == "JPEG"
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.*")) <= 8_000_000


def test_the_tables_are_what_the_script_writes(tmp_path: Path) -> None:
    script = [sys.executable, str(DATA / "render_sample.py"), "--csv-only", "--out", str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    for name in ("catalog.csv", "queries.csv"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes()
