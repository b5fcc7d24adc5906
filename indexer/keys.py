"""API keys of an index: add one, list them, revoke one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from search.access.keys import ApiKey, Scope, add_key, all_keys, revoke_key
from search.access.usage import last_used, usage_of
from search.catalog.places import open_catalog
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class ListedKey:
    """What may be shown of a key; ``today`` is how many requests it made (UTC)."""

    name: str
    key_id: str
    scope: str
    per_minute: int | None
    per_day: int | None
    created_at: str
    revoked_at: str | None
    today: int
    last_used: str | None


@dataclass(frozen=True, slots=True)
class ListedKeys:
    """All keys, the oldest first."""

    keys: list[ListedKey]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was added, with the whole of it, which is shown this once."""

    key: str
    name: str
    key_id: str
    scope: str
    per_minute: int | None
    per_day: int | None


def add(
    index: Path,
    name: str,
    scope: Scope,
    per_minute: int | None,
    per_day: int | None,
    database: str | None = None,
) -> NewKey:
    """Raises IndexNotFound, IndexReadOnly, BadParameter or KeyNameTaken.

    Here and below ``database`` is the catalog's URL, by default the one that the index remembers.
    """
    with _opened(index, database) as engine:
        key, secret = add_key(engine, name, scope, per_minute, per_day)
    return NewKey(secret, key.name, key.key_id, key.scope.name.lower(), per_minute, per_day)


def listed(index: Path, database: str | None = None) -> ListedKeys:
    """Raises IndexNotFound."""
    with _opened(index, database) as engine:
        today = usage_of(engine, datetime.now(UTC).date())
        days = last_used(engine)
        keys = all_keys(engine)
    return ListedKeys(
        [_listed(key, today.get(key.number, 0), days.get(key.number)) for key in keys]
    )


def revoke(index: Path, name: str, database: str | None = None) -> ListedKey:
    """Raises IndexNotFound, IndexReadOnly or KeyNotFound."""
    with _opened(index, database) as engine:
        key = revoke_key(engine, name)
        today = usage_of(engine, datetime.now(UTC).date())
        return _listed(key, today.get(key.number, 0), last_used(engine).get(key.number))


def has_keys(index: Path, database: str | None = None) -> bool:
    """Whether a server of the index would let anybody in who needs a key; IndexNotFound."""
    return any(key.revoked_at is None for key in listed(index, database).keys)


@contextmanager
def _opened(index: Path, database: str | None) -> Iterator[Engine]:
    folder = IndexFolder(index)
    if not database:  # keys are the catalog's: before its first replica there is no folder
        folder.require_live()
    catalog = open_catalog(folder, database)
    try:
        yield catalog.engine
    finally:
        catalog.close()


def _listed(key: ApiKey, today: int, last: date | None) -> ListedKey:
    return ListedKey(
        key.name,
        key.key_id,
        key.scope.name.lower(),
        key.per_minute,
        key.per_day,
        key.created_at.isoformat(),
        key.revoked_at.isoformat() if key.revoked_at else None,
        today,
        last.isoformat() if last else None,
    )
