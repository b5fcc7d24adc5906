"""A catalog's file that goes and comes back under those who have it open."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url, writing
from search.catalog.revisions import next_revision
from search.catalog.tables import products


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.create(sqlite_url(tmp_path / "catalog.sqlite"))


def test_a_file_that_is_gone_is_said_to_be_gone_and_no_empty_one_is_made(
    catalog: Catalog, tmp_path: Path
) -> None:
    file = tmp_path / "catalog.sqlite"
    before = catalog.revision()
    file.rename(tmp_path / "away")
    for _ in range(3):
        with pytest.raises(SQLAlchemyError, match="it is gone"):
            catalog.revision()
    assert not file.exists()
    (tmp_path / "away").rename(file)
    assert catalog.revision() == before
    catalog.close()


def test_a_file_that_was_put_in_its_place_is_read_from_then_on(
    catalog: Catalog, tmp_path: Path
) -> None:
    other = Catalog.create(sqlite_url(tmp_path / "other.sqlite"))
    with writing(other.engine) as connection:
        row = dict.fromkeys(("title", "description", "category", "brand", "currency", "url"), "")
        more = {"product_id": "a", "attributes": {}, "deleted": False}
        revision = next_revision(connection)
        connection.execute(products.insert(), row | more | {"revision": revision})
    other.close()
    assert catalog.revision() == 0
    for rest in tmp_path.glob("catalog.sqlite-*"):
        rest.unlink()
    shutil.move(tmp_path / "other.sqlite", tmp_path / "catalog.sqlite")
    assert catalog.revision() == 1
    catalog.close()
