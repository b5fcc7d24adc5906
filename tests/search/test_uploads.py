"""Pictures sent with a request are kept by their content, for as long as a product has them."""

import os
from pathlib import Path

import pytest

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.products import upsert_product
from search.catalog.records import ProductRow, ReadImage
from search.errors import InvalidImage
from search.uploads import ImagePlaces, upload_source


@pytest.fixture
def places(tmp_path: Path) -> ImagePlaces:
    (tmp_path / "photos").mkdir()
    return ImagePlaces(tmp_path / "photos", tmp_path)


def test_what_is_kept_is_read_back(places: ImagePlaces) -> None:
    for _ in range(2):
        places.keep(b"picture")
    assert places.path(upload_source(b"picture")).read_bytes() == b"picture"


@pytest.mark.parametrize(
    "source", ["upload:", "upload:../CURRENT", "upload:" + "g" * 64, "upload:ab"]
)
def test_no_source_leads_out_of_the_uploads(places: ImagePlaces, source: str) -> None:
    with pytest.raises(InvalidImage, match="no such upload"):
        places.path(source)


def test_other_sources_are_below_the_root(places: ImagePlaces) -> None:
    assert places.path("a.png") == places.root / "a.png"
    with pytest.raises(InvalidImage, match="outside"):
        places.path("../a.png")


def test_only_old_uploads_that_no_product_has_are_forgotten(
    places: ImagePlaces, tmp_path: Path
) -> None:
    catalog = Catalog.create(sqlite_url(tmp_path / "catalog.sqlite"))
    used = ReadImage(upload_source(b"used"), "0" * 64, (9, 9))
    upsert_product(catalog.engine, ProductRow(0, "p1", (used.source,)), [used])
    for data in (b"used", b"left", b"young"):
        places.keep(data)
    for data in (b"used", b"left"):
        os.utime(places.path(upload_source(data)), (0, 0))
    places.forget_unused(catalog.engine)
    there = [
        data for data in (b"used", b"left", b"young") if places.path(upload_source(data)).exists()
    ]
    assert there == [b"used", b"young"]
    catalog.close()
