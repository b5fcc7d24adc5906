"""Browsers are told to trust answers with nothing, and whose pages may read them."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.app import create_app
from api.settings import Settings

SHOP = "https://shop.example"


def server(**more: Any) -> Any:
    return closing(TestClient(create_app(Settings(**more)), raise_server_exceptions=False))


def defect() -> None:
    raise RuntimeError


@pytest.fixture(scope="module")
def closed() -> Iterator[TestClient]:
    with server(auth=False) as client:
        yield client


@pytest.fixture(scope="module")
def shared() -> Iterator[TestClient]:
    """A server that asks for keys, and whose answers a shop's pages may read."""
    with server(cors_origins=(SHOP,)) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/healthz", "/nothing", "/similar", "/docs", "/openapi.json", "/defect", "/metrics"]
)
def test_every_answer_has_the_security_headers_once(path: str) -> None:
    with server(auth=False) as client:
        client.app.add_api_route("/defect", defect)
        headers = client.get(path).headers
        for name, value in {
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "x-frame-options": "DENY",
            "cross-origin-resource-policy": "same-origin",
        }.items():
            assert headers.get_list(name) == [value]
        (policy,) = headers.get_list("content-security-policy")
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "strict-transport-security" not in headers


def test_the_page_may_run_its_own_scripts_and_no_others(closed: TestClient) -> None:
    answer = closed.get("/docs")
    policy = answer.headers["content-security-policy"]
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert len(scripts) == 1
    digest = b64encode(sha256(scripts[0].encode()).digest()).decode()
    (allowed,) = re.findall(r"script-src ([^;]*);", policy)
    assert allowed == f"'self' 'sha256-{digest}'"
    links = re.findall(r"""(?:src|href)=["']([^"']+)""", answer.text)
    assert all(link.startswith("/") for link in links)


def test_https_is_demanded_where_that_is_set() -> None:
    with server(auth=False, hsts=31_536_000) as client:
        found = client.get("/healthz").headers["strict-transport-security"]
        assert found == "max-age=31536000"


def test_pages_of_other_origins_are_let_in_only_where_that_is_set(
    closed: TestClient, shared: TestClient
) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
    assert closed.options("/similar", headers=asked).status_code == 405
    for client, origin, allowed in (
        (closed, SHOP, None),
        (shared, "https://other.example", None),
        (shared, SHOP, SHOP),
    ):
        answer = client.get("/healthz", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed
    assert shared.get("/healthz").headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_browser_may_ask_beforehand_without_a_key(shared: TestClient, method: str) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": method}
    asked["Access-Control-Request-Headers"] = "authorization, x-api-key, content-type"
    answer = shared.options("/products/g01", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "x-api-key", "content-type"} <= set(allowed.split(", "))


def test_a_page_may_read_why_it_was_refused_and_when_to_come_again(shared: TestClient) -> None:
    answer = shared.get("/similar", headers={"Origin": SHOP})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == SHOP
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert {"x-request-id", "retry-after", "ratelimit", "ratelimit-remaining"} <= set(exposed)


def test_any_origin_may_be_let_in() -> None:
    with server(auth=False, cors_origins=("*",)) as client:
        answer = client.get("/healthz", headers={"Origin": "https://any.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/", "https://Shop.example", "https://*", "null"]
)
def test_what_is_no_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("LOOKALIKE_CORS_ORIGINS", f"{SHOP}, {origin}")
    with pytest.raises(ValidationError, match="no origin"):
        Settings()


def test_origins_are_joined_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_CORS_ORIGINS", "https://a.example:8443, http://[::1]:8000,*")
    assert Settings().cors_origins == ("https://a.example:8443", "http://[::1]:8000", "*")
