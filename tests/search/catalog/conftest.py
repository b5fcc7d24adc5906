"""Empty catalogs, migrated once and copied: a property test needs hundreds.

Every test runs over each database.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import text

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.tables import metadata
from tests.postgresql import PostgresServer

NewCatalog = Callable[[], Catalog]

_SETTINGS = "_hypothesis_internal_use_settings"

_EMPTY = "; ".join(
    [
        *(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables)),  # noqa: S608
        "SELECT setval('images_image_id_seq', 1, false)",
    ]
)
"""Quicker than TRUNCATE for a few rows."""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_catalog(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewCatalog]:
    """``new_catalog()``: an empty one of its own, to be closed by the test."""
    if request.param == "sqlite":
        yield _in_files(tmp_path_factory.mktemp("catalogs"))
    else:
        with _in_server(request.getfixturevalue("postgres")) as make:
            yield make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A quarter of a property's examples over PostgreSQL: each asks a server tens of times."""
    test = getattr(item, "obj", None)
    known: settings | None = getattr(test, _SETTINGS, None)
    if known is None or "[postgresql" not in item.name:
        return (yield)
    setattr(test, _SETTINGS, settings(known, max_examples=known.max_examples // 4))
    try:
        return (yield)
    finally:
        setattr(test, _SETTINGS, known)


def _in_files(folder: Path) -> NewCatalog:
    template = folder / "template.sqlite"
    Catalog.create(sqlite_url(template)).close()
    numbers = count(1)

    def make() -> Catalog:
        path = folder / f"{next(numbers)}.sqlite"
        shutil.copy(template, path)
        return Catalog.open(sqlite_url(path))

    return make


@contextmanager
def _in_server(server: PostgresServer) -> Iterator[NewCatalog]:
    """One is emptied and lent again once it was closed: to make or to connect one takes long."""
    free: list[Catalog] = []

    class Lent(Catalog):
        def close(self) -> None:
            free.append(self)

    def make() -> Catalog:
        if not free:
            return Lent.create(server.new_database().render_as_string())
        lent = free.pop()
        with lent.engine.begin() as connection:
            connection.execute(text(_EMPTY))
        return lent

    yield make
    for one in free:
        one.engine.dispose()


@pytest.fixture
def catalog(new_catalog: NewCatalog) -> Iterator[Catalog]:
    """An empty catalog."""
    with closing(new_catalog()) as made:
        yield made
