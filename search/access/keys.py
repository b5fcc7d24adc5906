"""API keys: made once and shown once, kept as hashes, and found again by a part that is public.

A key is ``lk_3f9c21d0_`` and 256 random bits. A fast hash (SHA-256) keeps it: slow ones are for
passwords, which can be guessed; trying 2**256 keys takes forever at any speed, and a slow hash of
each request would let anybody keep the server busy.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from search.catalog.database import require_writable, writing
from search.catalog.tables import api_keys
from search.errors import BadParameter, KeyNameTaken, KeyNotFound

PREFIX = "lk_"
MOST_PER_MINUTE = 100_000
MOST_PER_DAY = 10**9
_ID_LENGTH = len(PREFIX) + 8


class Scope(IntEnum):
    """What a key may do; each scope includes those below it."""

    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept; ``number`` is its row, ``key_id`` the public part of it.

    ``per_minute`` and ``per_day`` are numbers of requests, None for any. Times are UTC.
    """

    number: int
    key_id: str
    name: str
    scope: Scope
    digest: str
    per_minute: int | None
    per_day: int | None
    created_at: datetime
    revoked_at: datetime | None = None

    def is_of(self, secret: str) -> bool:
        """Whether the whole key is this one; takes as long for every wrong one."""
        return compare_digest(self.digest, digest_of(secret))


def digest_of(secret: str) -> str:
    """The SHA-256 of a key in hex."""
    return sha256(secret.encode()).hexdigest()


def id_of(secret: str) -> str:
    """The public part of what may be a key."""
    return secret[:_ID_LENGTH]


def add_key(
    engine: Engine,
    name: str,
    scope: Scope = Scope.READ,
    per_minute: int | None = None,
    per_day: int | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is nowhere afterwards.

    Raises BadParameter, KeyNameTaken or IndexReadOnly.
    """
    _check(name, per_minute, per_day)
    require_writable(engine)
    key_id = PREFIX + secrets.token_hex(4)
    secret = f"{key_id}_{secrets.token_urlsafe(32)}"
    now = datetime.now(UTC).replace(microsecond=0)
    key = ApiKey(0, key_id, name, scope, digest_of(secret), per_minute, per_day, now)
    row = asdict(key) | {"scope": scope.name.lower(), "created_at": now.replace(tzinfo=None)}
    row["good_name"] = name
    del row["number"]
    try:
        with writing(engine) as connection:
            connection.execute(insert(api_keys).values(row))
    except IntegrityError as error:
        raise KeyNameTaken(
            f"There is a key '{name}' already; take another name, or revoke that one first."
        ) from error
    return _named(engine, key_id), secret


def all_keys(engine: Engine) -> list[ApiKey]:
    """Every key there ever was, the oldest first."""
    with engine.connect() as connection:
        return [_of(row) for row in connection.execute(select(api_keys).order_by("number"))]


def good_keys(engine: Engine) -> list[ApiKey]:
    """Those that are not revoked."""
    return [key for key in all_keys(engine) if key.revoked_at is None]


def revoke_key(engine: Engine, name: str) -> ApiKey:
    """The key with that name, that id, or the key itself: it is good for nothing any more.

    Raises KeyNotFound or IndexReadOnly.
    """
    require_writable(engine)
    wanted = id_of(name) if name.startswith(PREFIX) else name
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    own = api_keys.c.revoked_at.is_(None) & (
        (api_keys.c.name == wanted) | (api_keys.c.key_id == wanted)
    )
    with writing(engine) as connection:
        key_id = connection.scalar(select(api_keys.c.key_id).where(own))
        if key_id is None:
            raise KeyNotFound(
                f"There is no key '{wanted[:80]}' to revoke; 'indexer keys list' shows them."
            )
        connection.execute(
            update(api_keys)
            .where(api_keys.c.key_id == key_id)
            .values(revoked_at=now, good_name=None)
        )
    return _named(engine, key_id)


def _check(name: str, per_minute: int | None, per_day: int | None) -> None:
    if not 0 < len(name) <= 80 or not name.isprintable() or name != name.strip():
        raise BadParameter("A key's name is one line of 1 to 80 characters, like shop-web.")
    if name.startswith(PREFIX):
        raise BadParameter(f"A key's name must not begin with {PREFIX}, as keys do.")
    for given, most, what in (
        (per_minute, MOST_PER_MINUTE, "minute"),
        (per_day, MOST_PER_DAY, "day"),
    ):
        if given is not None and not 0 < given <= most:
            raise BadParameter(f"{given}/{what} is impossible; allow 1 to {most} requests.")


def _named(engine: Engine, key_id: str) -> ApiKey:
    with engine.connect() as connection:
        return _of(connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one())


def _of(row: Row[tuple[object, ...]]) -> ApiKey:
    values = dict(row._mapping)
    del values["good_name"]
    values["scope"] = Scope[values["scope"].upper()]
    for name in ("created_at", "revoked_at"):
        values[name] = values[name] and values[name].replace(tzinfo=UTC)
    return ApiKey(**values)
