"""Who calls the server by another name than its own is not answered, where that is set."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings

OWN = ("localhost", "127.0.0.1", "[::1]")


@pytest.fixture(scope="module")
def local() -> Iterator[TestClient]:
    with closing(TestClient(create_app(Settings(auth=False, hosts=OWN)))) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]", "[::1]:8000", "127.0.0.1"]
)
def test_its_own_names_are_answered(local: TestClient, host: str) -> None:
    assert local.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "127.1"),
        *("", "::1", "[::1", "[::2]", "[::1].evil.example", "a@localhost"),
        *("evil.example#localhost", "localhost:a", "localhost, evil.example"),
    ],
)
def test_other_names_are_not(local: TestClient, host: str) -> None:
    answer = local.get("/similar", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host_unknown")


def test_two_names_at_once_are_none(local: TestClient) -> None:
    headers = [("Host", "localhost"), ("Host", "evil.example")]
    assert local.get("/healthz", headers=headers).status_code == 421


def test_any_name_is_answered_where_none_is_set() -> None:
    with closing(TestClient(create_app(Settings(auth=False)))) as client:
        assert client.get("/healthz", headers={"Host": "any.example"}).status_code == 200
