"""Opening a catalog's database: with the tables of this release, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from search.catalog.database import SCHEMA, connect, migrate, schema_of, without_secrets
from search.errors import IndexNotFound


def made(url: str) -> Engine:
    """For building: tables are made or migrated where needed; see ``Catalog.create``."""
    with _closed_on_error(connect(url, create=True)) as engine:
        migrate(engine)
        return engine


def opened(url: str) -> Engine:
    """For reading; see ``Catalog.open``."""
    with _closed_on_error(connect(url)) as engine:
        found = schema_of(engine)
        if found != SCHEMA:
            raise IndexNotFound(
                f"The catalog at {without_secrets(engine.url)} has schema {found}, this release "
                f"needs {SCHEMA}; run 'indexer build' once to bring it up to date."
            )
        return engine


def is_empty(url: str) -> bool:
    """Whether nothing was ever built there; raises BadCatalogUrl or CatalogUnreachable."""
    engine = connect(url, create=True)
    try:
        return schema_of(engine) is None
    finally:
        engine.dispose()


@contextmanager
def _closed_on_error(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    except BaseException:
        engine.dispose()
        raise
