"""Which database an index uses is decided in one place, and no secret is kept or said there."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from search.catalog.catalog import Catalog
from search.catalog.database import connect, parse_url, sqlite_url
from search.catalog.places import catalog_url, make_catalog, open_catalog, remember_catalog
from search.errors import BadCatalogUrl, CatalogUnreachable
from search.versions import IndexFolder
from tests.postgresql import PostgresServer


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    made = IndexFolder(tmp_path / "index")
    made.create()
    return made


def test_sqlite_in_the_folder_is_the_default(folder: IndexFolder) -> None:
    assert catalog_url(folder) == sqlite_url(folder.path / "catalog.sqlite")
    make_catalog(folder).close()
    assert folder.catalog.exists()
    assert not folder.catalog_url.exists(), "a folder that is moved takes its own file with it"


def test_what_is_named_wins_and_is_remembered_by_a_build(
    folder: IndexFolder, postgres: PostgresServer
) -> None:
    url = postgres.new_database().render_as_string()
    make_catalog(folder, url).close()
    with closing(open_catalog(folder)) as catalog:
        assert catalog.engine.dialect.name == "postgresql"
    assert not folder.catalog.exists()
    assert catalog_url(folder, "sqlite:///other") == "sqlite:///other"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:s3cret@db.test:5433/shop?sslmode=require",
        "postgresql://me@db.test:5433/shop?sslmode=require&password=s3cret",
        "postgres://me:other@db.test:5433/shop?sslpassword=s3cret&sslmode=require",
    ],
)
def test_no_password_is_ever_written(folder: IndexFolder, url: str) -> None:
    remember_catalog(folder, url)
    written = folder.catalog_url.read_text()
    assert "s3cret" not in written
    expected = "postgresql+psycopg://me@db.test:5433/shop?sslmode=require"
    assert make_url(written.strip()) == make_url(expected)
    assert catalog_url(folder) == expected


@pytest.mark.parametrize(
    "url", ["nonsense s3cret", "mysql://me:s3cret@db/shop", "postgresql+asyncpg://u:s3cret@db/x",
            "sqlite://", "http://s3cret", "postgresql://u:s3cret@db:port/x"],
)  # fmt: skip
def test_a_url_of_nothing_usable_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadCatalogUrl, match="must be like postgresql") as refused:
        parse_url(url)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("secret", ["me:s3cret@/shop?", "me@/shop?password=s3cret&"])
def test_a_server_that_is_not_there_is_said_in_one_sentence(tmp_path: Path, secret: str) -> None:
    url = f"postgresql+psycopg://{secret}host={tmp_path}"
    for action in (Catalog.open, Catalog.create):
        with pytest.raises(CatalogUnreachable) as refused:
            action(url)
        said = str(refused.value)
        assert "cannot be reached" in said
        assert "--catalog" in said
        assert "\n" not in said
        assert "s3cret" not in said


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer) -> None:
    url = postgres.url.set(database="nowhere").render_as_string()
    with pytest.raises(CatalogUnreachable, match='database "nowhere" does not exist'):
        Catalog.open(url)


def test_connections_are_given_up_when_the_server_is_cut_off(postgres: PostgresServer) -> None:
    engine = connect(postgres.url.render_as_string())
    with engine.connect() as connection:
        settings = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    assert settings["connect_timeout"] == "5"
    assert settings["tcp_user_timeout"] == "10000"
    own = connect(postgres.url.update_query_dict({"connect_timeout": "9"}).render_as_string())
    with own.connect() as connection:
        settings = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    own.dispose()
    assert settings["connect_timeout"] == "9"
