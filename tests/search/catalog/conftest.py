"""Empty catalogs, migrated once and copied: a property test needs hundreds."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url


@pytest.fixture(scope="session")
def new_catalog(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Catalog]:
    """``new_catalog()``: an empty one of its own, to be closed by the test."""
    folder = tmp_path_factory.mktemp("catalogs")
    template = folder / "template.sqlite"
    Catalog.create(sqlite_url(template)).close()
    numbers = count(1)

    def make() -> Catalog:
        path: Path = folder / f"{next(numbers)}.sqlite"
        shutil.copy(template, path)
        return Catalog.open(sqlite_url(path))

    return make


@pytest.fixture
def catalog(new_catalog: Callable[[], Catalog]) -> Iterator[Catalog]:
    """An empty catalog."""
    with closing(new_catalog()) as made:
        yield made
