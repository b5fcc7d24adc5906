"""Who has no key, a wrong one or one for less is refused; who has the right one is not."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.access.needs import NEEDS
from api.app import create_app
from api.settings import Settings
from search.access.keys import Scope, add_key

Keys = dict[Scope, str]
Bearer = Callable[[str], dict[str, str]]

ROUTES = [
    (method, path, needed)
    for path, methods in NEEDS.items()
    for method, needed in methods.items()
    if path != "/static-offline-docs/{path:path}"
]
CLOSED = [route for route in ROUTES if route[2] is not None]


def asked(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    path = path.replace("{product_id:path}", "none").replace("{image_id}", "99999")
    return client.request(method, path, headers=headers, follow_redirects=False)


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_without_a_key_only_what_is_open_is_answered(
    guarded: TestClient, method: str, path: str, needed: Scope | None
) -> None:
    answer = asked(guarded, method, path, {})
    if needed is None:
        assert answer.status_code in (200, 307, 404)
        return
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == 'Bearer realm="Lookalike"'
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


@pytest.mark.parametrize("own", list(Scope))
@pytest.mark.parametrize(("method", "path", "needed"), CLOSED)
def test_a_key_may_do_what_its_scope_includes_and_no_more(
    guarded: TestClient,
    keys: Keys,
    bearer: Bearer,
    own: Scope,
    method: str,
    path: str,
    needed: Scope,
) -> None:
    answer = asked(guarded, method, path, bearer(keys[own]))
    if own >= needed:
        assert answer.status_code not in (401, 403)
        return
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert f'scope="{needed.name.lower()}"' in answer.headers["www-authenticate"]
    assert keys[own] not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer {}"},
        {"Authorization": "bearer   {} "},
        {"X-API-Key": "{}"},
        {"X-API-Key": "{}", "Authorization": "Bearer {}"},
        {"X-API-Key": "{}", "Authorization": "Basic YTpi"},
    ],
)
def test_a_key_is_sent_in_either_header(
    guarded: TestClient, keys: Keys, headers: dict[str, str]
) -> None:
    sent = {name: value.format(keys[Scope.READ]) for name, value in headers.items()}
    assert guarded.get("/similar?product_id=p1", headers=sent).status_code == 200


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "x-api-key", "authorization"])
def test_a_key_in_the_address_opens_nothing(guarded: TestClient, keys: Keys, name: str) -> None:
    answer = guarded.get("/similar", params={"product_id": "p1", name: keys[Scope.ADMIN]})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
    assert keys[Scope.ADMIN] not in answer.text


def test_two_keys_at_once_are_none(guarded: TestClient, keys: Keys, bearer: Bearer) -> None:
    headers = {**bearer(keys[Scope.READ]), "X-API-Key": keys[Scope.ADMIN]}
    answer = guarded.get("/similar?product_id=p1", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


@given(
    given_key=st.one_of(
        st.binary(max_size=200),
        st.text("lk_0123456789abcdef-", max_size=70).map(str.encode),
        st.tuples(st.integers(0, 54), st.binary(min_size=1, max_size=2)),
    )
)
@settings(max_examples=150, deadline=None)
def test_no_other_key_is_let_in(
    guarded: TestClient, keys: Keys, given_key: bytes | tuple[int, bytes]
) -> None:
    good = keys[Scope.READ].encode()
    if isinstance(given_key, tuple):
        place, other = given_key
        given_key = good[:place] + other + good[place + 1 :]
    given_key = given_key.replace(b"\r", b"").replace(b"\n", b"")
    answer = guarded.get("/similar?product_id=p1", headers={b"X-API-Key": given_key})
    assert answer.status_code == (200 if given_key.strip() == good else 401)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_nobody_is_believed_to_be_on_this_machine(guarded: TestClient, header: str) -> None:
    value = "for=127.0.0.1" if header == "Forwarded" else "127.0.0.1"
    assert guarded.get("/similar?product_id=p1", headers={header: value}).status_code == 401


def test_what_is_not_there_is_told_to_who_has_a_key(
    guarded: TestClient, keys: Keys, bearer: Bearer
) -> None:
    assert guarded.get("/nothing").status_code == 401
    assert guarded.post("/healthz").status_code == 401
    assert guarded.get("/nothing", headers=bearer(keys[Scope.READ])).status_code == 404
    assert guarded.post("/healthz", headers=bearer(keys[Scope.READ])).status_code == 405


def test_no_cache_keeps_what_a_key_may_see_for_others(
    guarded: TestClient, client: TestClient, keys: Keys, bearer: Bearer
) -> None:
    found = guarded.get("/similar?product_id=p1", headers=bearer(keys[Scope.READ]))
    assert found.headers["cache-control"] == "no-store"
    image = found.json()["results"][0]["image"]
    own = guarded.get(image, headers=bearer(keys[Scope.READ]))
    assert own.headers["cache-control"] == "private, max-age=3600"
    assert client.get(image).headers["cache-control"] == "public, max-age=3600"


def test_while_no_index_is_there_a_key_cannot_be_judged(tmp_path: Any, bearer: Bearer) -> None:
    with TestClient(create_app(Settings(index=tmp_path))) as client:
        assert client.get("/similar").status_code == 401
        answer = client.get("/similar", headers=bearer("lk_00000000_a"))
        assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200


def test_a_server_asks_for_keys_unless_it_is_told_not_to() -> None:
    with closing(TestClient(create_app(Settings()))) as client:
        assert client.get("/similar").status_code == 401


def test_a_key_learns_of_its_limits_and_is_stopped_by_them(
    own: tuple[Any, Keys], database_of: Any, asking: Any, bearer: Bearer
) -> None:
    shop = own[0]
    with database_of(shop) as engine:
        _, slow = add_key(engine, "slow", Scope.READ, per_minute=3)
        _, few = add_key(engine, "few", Scope.READ, per_minute=100, per_day=2)
    with TestClient(create_app(asking(shop))) as client:
        found = [client.get("/images/1", headers=bearer(slow)) for _ in range(5)]
        assert [one.status_code == 429 for one in found] == [False] * 3 + [True] * 2
        assert [one.headers["ratelimit-remaining"] for one in found] == ["2", "1", "0", "0", "0"]
        assert found[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
        assert found[0].headers["ratelimit"] == '"minute";r=2;t=20'
        assert found[3].json()["code"] == "rate_exceeded"
        assert 0 < int(found[3].headers["retry-after"]) <= 20
        assert "slow" not in found[3].text
        found = [client.get("/images/1", headers=bearer(few)) for _ in range(3)]
        assert [one.status_code == 429 for one in found] == [False, False, True]
        assert found[1].headers["ratelimit-limit"] == "2"
        assert found[2].json()["code"] == "quota_exceeded"
        assert 0 < int(found[2].headers["retry-after"]) <= 86_400
        assert client.get("/healthz", headers=bearer(few)).status_code == 200
        free = client.get("/images/1", headers=bearer(own[1][Scope.READ]))
        assert "ratelimit" not in free.headers
