"""The migrations make the very tables that the code uses, and an old database is told apart."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from search.catalog import database
from search.catalog.catalog import Catalog
from search.catalog.database import SCHEMA, sqlite_url
from search.catalog.tables import metadata
from search.errors import IndexNotFound
from tests.postgresql import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "catalog.sqlite")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database().render_as_string()


def test_the_schema_is_the_newest_migration() -> None:
    config = Config()
    folder = Path(database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA]


def test_the_migrated_tables_are_those_of_the_code(url: str) -> None:
    with closing(Catalog.create(url)) as catalog, catalog.engine.connect() as made:
        context = MigrationContext.configure(
            made, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_creating_twice_changes_nothing(url: str) -> None:
    for _ in range(2):
        with closing(Catalog.create(url)) as catalog:
            assert catalog.revision() == 0
            assert database.schema_of(catalog.engine) == SCHEMA


def test_those_who_migrate_at_once_wait_for_each_other(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(Catalog.create, [url] * 4))
    for catalog in made:
        with closing(catalog):
            assert database.schema_of(catalog.engine) == SCHEMA


def test_the_first_migration_can_be_undone(url: str) -> None:
    with closing(Catalog.create(url)) as catalog:
        config = Config()
        folder = Path(database.__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder))
        with catalog.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
        with catalog.engine.connect() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]


def test_where_there_is_no_sqlite_file_opening_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with pytest.raises(IndexNotFound, match=rf"no catalog at '{path}'.*run 'indexer build'"):
        Catalog.open(sqlite_url(path))
    assert not path.exists()


def test_opening_an_empty_database_says_what_to_do(url: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
    with pytest.raises(IndexNotFound, match=r"schema None.*run 'indexer build'"):
        Catalog.open(url)


@pytest.mark.parametrize("schema", ["0000", "9999"])
def test_opening_another_releases_database_says_what_to_do(url: str, schema: str) -> None:
    with closing(Catalog.create(url)) as catalog, catalog.engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{schema}'"))  # noqa: S608
    with pytest.raises(IndexNotFound, match=rf"schema {schema}, this release needs {SCHEMA}"):
        Catalog.open(url)


def test_an_interrupted_migration_starts_again(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    engine.dispose()
    with pytest.raises(IndexNotFound):
        Catalog.open(url)
    with closing(Catalog.create(url)) as catalog:
        assert catalog.counts() == (0, 0)


def test_readers_never_wait_for_a_writer_in_sqlite(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "catalog.sqlite")
    with closing(Catalog.create(url)) as catalog, catalog.engine.connect() as opened:
        assert opened.scalar(text("PRAGMA journal_mode")) == "wal"
        assert opened.scalar(text("PRAGMA foreign_keys")) == 1
