"""Servers learn of keys while they run, and what was counted outlives them."""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from api.access.counters import Counters, Now
from api.access.known import KnownKeys
from api.access.usage import Usage
from api.app import create_app
from search.access.keys import Scope, add_key, all_keys, revoke_key
from search.access.usage import add_usage, usage_of

Keys = dict[Scope, str]
Bearer = Callable[[str], dict[str, str]]


def today_utc() -> date:
    return datetime.now(UTC).date()


def until(holds: Callable[[], bool]) -> float:
    """Seconds until it holds."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < 30
        time.sleep(0.02)
    return time.monotonic() - start


def test_every_server_learns_of_a_new_key_and_of_a_revoked_one(
    own: tuple[Any, Keys], database_of: Any, asking: Any, bearer: Bearer
) -> None:
    shop = own[0]
    clients = [TestClient(create_app(asking(shop))) for _ in range(2)]
    with clients[0], clients[1], database_of(shop) as engine:
        key, secret = add_key(engine, "new")

        def statuses() -> set[int]:
            return {one.get("/images/1", headers=bearer(secret)).status_code for one in clients}

        until(lambda: 401 not in statuses())
        revoke_key(engine, key.key_id)
        until(lambda: statuses() == {401})
        known = clients[0].get("/images/1", headers=bearer(own[1][Scope.READ]))
        assert known.status_code != 401


def test_a_quota_outlives_the_server_and_is_shared_by_others(
    own: tuple[Any, Keys], database_of: Any, asking: Any, bearer: Bearer
) -> None:
    shop = own[0]
    with database_of(shop) as engine:
        key, secret = add_key(engine, "few", per_day=3)

    def ask(client: TestClient) -> int:
        return client.get("/images/1", headers=bearer(secret)).status_code

    with TestClient(create_app(asking(shop))) as first:
        assert [ask(first) == 429 for _ in range(2)] == [False, False]
    with database_of(shop) as engine:
        until(lambda: usage_of(engine, today_utc()) == {key.number: 2})
    with (
        TestClient(create_app(asking(shop))) as second,
        TestClient(create_app(asking(shop))) as third,
        database_of(shop) as engine,
    ):
        assert ask(second) != 429
        assert ask(second) == 429
        until(lambda: usage_of(engine, today_utc()) == {key.number: 3})
        until(lambda: ask(third) == 429)


def test_yesterdays_requests_do_not_count_today(
    own: tuple[Any, Keys], database_of: Any, asking: Any, bearer: Bearer
) -> None:
    shop = own[0]
    with database_of(shop) as engine:
        key, secret = add_key(engine, "few", per_day=1)
        add_usage(engine, {(key.number, today_utc() - timedelta(1)): 1})
    with TestClient(create_app(asking(shop))) as client:
        assert client.get("/images/1", headers=bearer(secret)).status_code != 429


def test_while_somebody_else_writes_for_long_a_revocation_is_seen(
    own: tuple[Any, Keys], database_of: Any, asking: Any, bearer: Bearer
) -> None:
    """A build compares a large file under the write lock."""
    shop, keys = own
    with TestClient(create_app(asking(shop))) as client, database_of(shop) as engine:
        assert client.get("/images/1", headers=bearer(keys[Scope.READ])).status_code != 401
        revoke_key(engine, "READ")
        with engine.execution_options(immediate=True).begin():
            until(
                lambda: client.get("/images/1", headers=bearer(keys[Scope.READ])).status_code == 401
            )


def test_keys_stay_good_while_the_database_cannot_be_read(
    own: tuple[Any, Keys], asking: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shop, keys = own
    known = KnownKeys(asking(shop), Usage(Counters()))
    known.start()
    assert known.find(keys[Scope.READ]) is not None
    assert known._catalog is not None
    engine = known._catalog.engine
    with engine.execution_options(immediate=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE api_keys RENAME TO elsewhere")
    until(lambda: "cannot be read" in caplog.text)
    assert known.find(keys[Scope.READ]) is not None
    with engine.execution_options(immediate=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO api_keys")
        connection.exec_driver_sql("UPDATE api_keys SET revoked_at = created_at")
    until(lambda: known.find(keys[Scope.READ]) is None)
    known.close()
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert all(key not in caplog.text for key in keys.values())


def test_a_server_without_any_key_says_so(
    own: tuple[Any, Keys], database_of: Any, asking: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shop = own[0]
    with database_of(shop) as engine:
        for key in all_keys(engine):
            revoke_key(engine, key.key_id)
    with TestClient(create_app(asking(shop))) as client:
        assert client.get("/healthz").status_code == 200
    said = [one.getMessage() for one in caplog.records if "no API key" in one.getMessage()]
    assert len(said) == 1
    assert "indexer keys add" in said[0]


@given(steps=st.lists(st.sampled_from(["a", "b", "store", "fail"]), max_size=30))
@settings(max_examples=20, deadline=None)
def test_no_request_is_forgotten_or_counted_twice(
    keyed: tuple[Any, Keys], database_of: Any, steps: list[str]
) -> None:
    """Two servers count one key, whenever they store that and whenever they fail to."""
    now = Now.read()
    counters = {name: Counters() for name in "ab"}
    both = {name: Usage(one) for name, one in counters.items()}
    with database_of(keyed[0]) as engine:
        key, _ = add_key(engine, secrets.token_hex(8))
        for step in steps:
            if step in both:
                counters[step].take(key.number, None, 10**6, now)
                both[step].add(key.number, now.day)
            for usage in both.values():
                if step == "store":
                    usage.store(engine)
                elif step == "fail":
                    failing = engine.execution_options(schema_translate_map={None: "nowhere"})
                    with pytest.raises(OperationalError):
                        usage.store(failing)
        for usage in (*both.values(), *both.values()):
            usage.store(engine)
        total = len([step for step in steps if step in both])
        assert usage_of(engine, now.day).get(key.number, 0) == total
    for one in counters.values():
        (standing,) = one.take(key.number, None, 10**6, now)
        assert standing.remaining == 10**6 - total - 1
        one.close()
