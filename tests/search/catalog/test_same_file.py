"""A catalog that is moved away, comes back, or is replaced, under whoever has it open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.same_file import CatalogReplaced


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Catalog.create(sqlite_url(tmp_path / "catalog.sqlite")).close()
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(sqlite_url(path))
    yield opened
    opened.close()


def test_while_it_is_away_nothing_is_read_and_nothing_made_in_its_place(
    path: Path, catalog: Catalog
) -> None:
    away = path.with_name("away.sqlite")
    path.rename(away)
    for _ in range(3):
        with pytest.raises(SQLAlchemyError):
            catalog.revision()
    assert not path.exists()
    away.rename(path)
    assert catalog.revision() == 0


def test_another_file_in_its_place_is_not_read(path: Path, catalog: Catalog) -> None:
    other = path.with_name("other.sqlite")
    shutil.copyfile(path, other)
    other.replace(path)
    for _ in range(3):
        with pytest.raises(CatalogReplaced):
            catalog.revision()
    again = Catalog.open(sqlite_url(path))
    assert again.revision() == 0
    again.close()


def test_a_file_made_after_it_was_deleted_is_another_one(path: Path, catalog: Catalog) -> None:
    data = path.read_bytes()
    path.unlink()
    with pytest.raises(SQLAlchemyError):
        catalog.revision()
    path.write_bytes(data)
    with pytest.raises(CatalogReplaced):
        catalog.revision()
