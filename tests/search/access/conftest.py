"""An empty catalog's database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Engine]:
    catalog = Catalog.create(sqlite_url(path))
    yield catalog.engine
    catalog.close()
