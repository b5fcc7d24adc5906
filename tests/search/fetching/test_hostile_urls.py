"""No URL of a stranger opens a connection that it should not.

What names this machine is fetched for real, beside listeners that count connections; what names
any other is only asked of the policy, with sockets that fail.
"""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from search.errors import FetchError
from search.fetching.addresses import AddressPolicy
from search.fetching.fetcher import Fetcher
from tests.search.fetching.conftest import Listeners, numbers_and
from tests.search.fetching.hostile import (
    DISGUISED,
    ELSEWHERE,
    METADATA,
    NAMES,
    NUMBERS,
    SCHEMES,
    UNUSABLE,
)

PUBLIC = "93.184.216.34"

HOSTILE = [
    *(f"http://{host}:{{port}}/photo.jpg" for host in NUMBERS + NAMES),
    *(f"{scheme}://127.0.0.1:{{port}}/photo.jpg" for scheme in SCHEMES),
    *UNUSABLE,
    *DISGUISED,
]


@pytest.fixture(scope="module")
def strict() -> Iterator[Fetcher]:
    """As a server has it that allows nothing."""
    with Fetcher(timeout=5) as fetcher:
        yield fetcher


def refused(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    assert len(str(caught.value)) < 600
    return caught.value


def test_there_are_enough_hostile_urls() -> None:
    assert len(set(HOSTILE)) >= 150
    assert len(set(ELSEWHERE)) >= 100


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
def test_no_url_of_this_machine_is_connected_to(
    listeners: Listeners, attempts: list[Any], strict: Fetcher, url: str
) -> None:
    error = refused(strict, url.format(port=listeners.port))
    assert "secret" not in str(error)
    assert attempts == []


@pytest.mark.usefixtures("lenient")
def test_real_listeners_see_no_connection(listeners: Listeners, strict: Fetcher) -> None:
    """The same again, with nothing in the way of a connection but the product."""
    for url in HOSTILE:
        refused(strict, url.format(port=listeners.port))
    assert listeners.connections() == 0
    with Fetcher(["localhost"], timeout=0.2) as fetcher:  # the count does count
        refused(fetcher, f"http://localhost:{listeners.port}/")
    assert listeners.connections() == 1


@pytest.mark.parametrize("host", ELSEWHERE)
def test_no_address_elsewhere_passes_the_policy(
    monkeypatch: pytest.MonkeyPatch, attempts: list[Any], host: str
) -> None:
    numbers_and(monkeypatch, lambda _: [PUBLIC])
    (found,) = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    numbers_and(monkeypatch, lambda _: [PUBLIC, found[4][0]])  # what a name server can say
    for asked in (host, "shop.test"):
        with pytest.raises(FetchError) as caught:
            AddressPolicy().check(asked)
        assert caught.value.code == "fetch_blocked"
    assert attempts == []


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "192.0.0.192"])
def test_no_name_of_a_clouds_metadata_passes_the_policy(
    monkeypatch: pytest.MonkeyPatch, attempts: list[Any], host: str, address: str
) -> None:
    numbers_and(monkeypatch, lambda _: [address])
    with pytest.raises(FetchError) as caught:
        AddressPolicy(["shop.test", "10.0.0.0/8"]).check(host)
    assert caught.value.code == "fetch_blocked"
    assert attempts == []


@pytest.mark.parametrize(
    "answers",
    [[[PUBLIC], ["127.0.0.1"]], [[PUBLIC], ["::1"]], [[PUBLIC], [PUBLIC, "127.0.0.1"]]],
)
def test_a_name_that_changes_its_address_is_connected_to_the_checked_one(
    monkeypatch: pytest.MonkeyPatch, attempts: list[Any], answers: list[list[str]]
) -> None:
    later = iter(answers)
    numbers_and(monkeypatch, lambda _: next(later))
    with Fetcher() as fetcher:
        error = refused(fetcher, "http://rebinding.test:8080/")
        assert [address[:2] for address in attempts] == [(PUBLIC, 8080)]
        assert error.code == "fetch_failed"
        assert refused(fetcher, "http://rebinding.test:8080/").code == "fetch_blocked"
    assert len(attempts) == 1


@pytest.mark.parametrize("mixed", [[PUBLIC, "127.0.0.1"], ["::1", PUBLIC], ["127.0.0.1"]])
def test_one_address_that_is_not_public_refuses_all(
    monkeypatch: pytest.MonkeyPatch, attempts: list[Any], mixed: list[str]
) -> None:
    numbers_and(monkeypatch, lambda _: mixed)
    with Fetcher() as fetcher:
        assert refused(fetcher, "http://mixed.test/").code == "fetch_blocked"
    assert attempts == []


@pytest.mark.usefixtures("lenient")
def test_a_redirect_is_refused_like_the_url_itself(listeners: Listeners, site: int) -> None:
    with Fetcher(["shop.test"], timeout=5) as fetcher:
        start = f"http://shop.test:{site}"
        assert fetcher.fetch(f"{start}/to?/photo.jpg")
        for url in HOSTILE:
            if "shop.test" in url or not url.isascii() or not url.isprintable():
                continue
            target = url.format(port=listeners.port)
            if target.startswith(("http", "//", "HTTP", "hTTp")) or "://" in target:
                try:
                    body = fetcher.fetch(f"{start}/to?{target.replace('#', '%23')}")
                except FetchError:
                    continue
                assert body.startswith(f"shop.test:{site} ".encode())  # a path of the same server
    assert listeners.connections() == 0
