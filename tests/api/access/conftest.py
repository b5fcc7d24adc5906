"""A shop whose server asks for keys, and one key of each scope."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from search.access.keys import Scope, add_key
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url


@contextmanager
def database(shop: Any) -> Iterator[Engine]:
    with closing(Catalog.open(sqlite_url(shop.index / "catalog.sqlite"))) as catalog:
        yield catalog.engine


@pytest.fixture(scope="session")
def database_of() -> Callable[[Any], Any]:
    """``with database_of(shop) as engine``."""
    return database


def copied(shop: Any, folder: Path) -> tuple[Any, dict[Scope, str]]:
    shutil.copytree(shop.index, folder / "index", symlinks=True)
    own = replace(shop, index=folder / "index")
    with database(own) as engine:
        return own, {scope: add_key(engine, scope.name, scope)[1] for scope in Scope}


@pytest.fixture(scope="session")
def keyed(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[Scope, str]]:
    """The shop, and its keys by scope; nobody changes them."""
    return copied(shop, tmp_path_factory.mktemp("keyed"))


@pytest.fixture
def own(shop: Any, tmp_path: Path) -> tuple[Any, dict[Scope, str]]:
    """The same, to be changed."""
    return copied(shop, tmp_path)


@pytest.fixture(scope="session")
def keys(keyed: tuple[Any, dict[Scope, str]]) -> dict[Scope, str]:
    return keyed[1]


@pytest.fixture(scope="session")
def guarded(
    keyed: tuple[Any, dict[Scope, str]], opened: Callable[[TestClient], None]
) -> Iterator[TestClient]:
    """A client without a key, of a server that asks for one."""
    with TestClient(create_app(with_auth(keyed[0]))) as client:
        opened(client)
        yield client


def with_auth(shop: Any, **more: Any) -> Any:
    return shop.settings().model_copy(update={"auth": True, **more})


@pytest.fixture(scope="session")
def asking() -> Callable[..., Any]:
    """``asking(shop, hsts=1)``: settings of a server that asks for keys."""
    return with_auth


@pytest.fixture(scope="session")
def bearer() -> Callable[[str], dict[str, str]]:
    """``bearer(key)``: the headers that send it."""
    return lambda key: {"Authorization": f"Bearer {key}"}
