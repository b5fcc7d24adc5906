"""Keys are shown once, are kept as hashes, and are good until they are revoked."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from search.access.keys import (
    ApiKey,
    Scope,
    add_key,
    all_keys,
    digest_of,
    good_keys,
    id_of,
    revoke_key,
)
from search.errors import BadParameter, KeyNameTaken, KeyNotFound


def test_a_key_is_found_again_by_its_public_part(database: Engine) -> None:
    key, secret = add_key(database, "shop", Scope.WRITE, 600, 10_000)
    assert good_keys(database) == [key]
    assert id_of(secret) == key.key_id
    assert key.is_of(secret)
    assert (key.scope, key.per_minute, key.per_day) == (Scope.WRITE, 600, 10_000)
    assert re.fullmatch(r"lk_[0-9a-f]{8}_[\w-]{43}", secret, re.ASCII)


def test_the_database_has_the_key_nowhere(database: Engine, path: Path) -> None:
    _, secret = add_key(database, "shop")
    files = [file.read_bytes() for file in path.parent.glob("catalog.sqlite*")]
    assert any(digest_of(secret).encode() in file for file in files)
    assert not any(secret[12:].encode() in file for file in files)


def test_no_two_keys_are_alike(database: Engine) -> None:
    made = [add_key(database, f"key {number}") for number in range(50)]
    assert len({secret for _, secret in made}) == len({key.key_id for key, _ in made}) == 50
    assert len({key.number for key, _ in made}) == 50


SECRET = "lk_3f9c21d0_" + "a" * 43
KEY = ApiKey(
    1,
    id_of(SECRET),
    "a",
    Scope.READ,
    digest_of(SECRET),
    None,
    None,
    datetime(2026, 1, 1, tzinfo=UTC),
)


@given(place=st.integers(0, 54), other=st.characters(codec="utf-8"))
def test_a_key_with_one_other_character_is_wrong(place: int, other: str) -> None:
    changed = SECRET[:place] + other + SECRET[place + 1 :]
    assert KEY.is_of(changed) is (changed == SECRET)


@pytest.mark.parametrize("by", ["name", "id", "key"])
def test_a_key_is_revoked_by_its_name_its_id_or_itself(database: Engine, by: str) -> None:
    key, secret = add_key(database, "shop")
    other, _ = add_key(database, "other")
    gone = revoke_key(database, {"name": "shop", "id": key.key_id, "key": secret}[by])
    assert (gone.key_id, gone.revoked_at is not None) == (key.key_id, True)
    assert good_keys(database) == [other]
    assert [one.name for one in all_keys(database)] == ["shop", "other"]


def test_a_name_is_free_again_when_its_key_is_revoked(database: Engine) -> None:
    first, _ = add_key(database, "shop")
    with pytest.raises(KeyNameTaken, match="'shop' already"):
        add_key(database, "shop")
    revoke_key(database, "shop")
    second, _ = add_key(database, "shop")
    assert second.number > first.number
    assert good_keys(database) == [second]


def test_what_cannot_be_revoked_is_named_without_its_secret(database: Engine) -> None:
    _, secret = add_key(database, "shop")
    revoke_key(database, "shop")
    with pytest.raises(KeyNotFound) as error:
        revoke_key(database, secret)
    assert secret[12:] not in str(error.value)
    assert secret[:11] in str(error.value)


@pytest.mark.parametrize("name", ["", " a", "a\nb", "a" * 81, "lk_00000000", "\x1b[31m"])
def test_a_name_must_be_one_that_a_line_can_show(database: Engine, name: str) -> None:
    with pytest.raises(BadParameter, match="name"):
        add_key(database, name)


@pytest.mark.parametrize("limits", [(0, None), (None, 0), (-1, None), (100_001, None)])
def test_limits_that_mean_nothing_are_refused(
    database: Engine, limits: tuple[int | None, int | None]
) -> None:
    with pytest.raises(BadParameter, match="impossible"):
        add_key(database, "shop", Scope.READ, *limits)
