"""No URL of a stranger opens a connection that it should not, and every good one works.

What names this machine is fetched for real, beside listeners that count connections; what names
any other is only asked of the policy, with sockets that fail.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from search.addresses import AddressPolicy
from search.errors import FetchError
from search.fetching import Fetcher
from tests.search.hostile import (
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

Lookup = Callable[..., Any]


class Listeners:
    """Sockets of one port of this machine; the system completes connections to them."""

    def __init__(self, stack: ExitStack) -> None:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        self.port: int = first.getsockname()[1]
        self._all = [first]
        if socket.has_ipv6:
            second = socket.create_server(("::1", self.port), family=socket.AF_INET6)
            self._all.append(stack.enter_context(second))
        for one in self._all:
            one.setblocking(False)

    def connections(self) -> int:
        """How many were made since the last time."""
        count = 0
        for one in self._all:
            while True:
                try:
                    one.accept()[0].close()
                except BlockingIOError:
                    break
                count += 1
        return count


@pytest.fixture(scope="module")
def listeners() -> Iterator[Listeners]:
    with ExitStack() as stack:
        yield Listeners(stack)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that anything tried to connect to, and was refused."""
    tried: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


def entry(address: str) -> Any:
    """One address as ``getaddrinfo`` gives it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, 6, "", (address, 0))


RESOLVER = socket.getaddrinfo


def numbers_and(monkeypatch: pytest.MonkeyPatch, names: Lookup) -> None:
    """Numbers are what the system's own resolver says, ``names`` answers the rest: no packets."""

    def lookup(host: str, port: Any, *args: Any, **options: Any) -> Any:
        try:
            return RESOLVER(host, port, *args, **options | {"flags": socket.AI_NUMERICHOST})
        except socket.gaierror:
            return [entry(address) for address in names(host)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver to which every name is this machine, however odd."""
    numbers_and(monkeypatch, lambda host: ["127.0.0.1", "::1"])


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
    listeners: Listeners, attempts: list[Any], url: str
) -> None:
    with Fetcher() as fetcher:
        error = refused(fetcher, url.format(port=listeners.port))
    assert "secret" not in str(error)
    assert attempts == []


@pytest.mark.usefixtures("lenient")
def test_real_listeners_see_no_connection(listeners: Listeners) -> None:
    """The same again, with nothing in the way of a connection but the product."""
    with Fetcher(timeout=5) as fetcher:
        for url in HOSTILE:
            refused(fetcher, url.format(port=listeners.port))
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


class Pages(BaseHTTPRequestHandler):
    """``/to?URL`` redirects there, ``/hops/3/…`` through so many pages; all else is a picture."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path
        if path.startswith("/to?"):
            self._answer(302, path.removeprefix("/to?"))
        elif path.startswith("/hops/") and path[6] != "0":
            self._answer(307, f"/hops/{int(path[6]) - 1}{path[7:]}")
        else:
            self._answer(200)

    def _answer(self, status: int, location: str = "") -> None:
        body = b"" if location else f"{self.headers['Host']} {self.path}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


class Pages6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def run(server: ThreadingHTTPServer) -> Iterator[int]:
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of a web server on 127.0.0.1."""
    yield from run(ThreadingHTTPServer(("127.0.0.1", 0), Pages))


@pytest.fixture(scope="module")
def site6() -> Iterator[int]:
    """The port of a web server on ::1."""
    try:
        server = Pages6(("::1", 0), Pages)
    except OSError:
        pytest.skip("there is no ::1")
    yield from run(server)


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


GOOD = [
    ("127.0.0.1", "http://127.0.0.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.0/8", "http://127.0.0.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.1", "http://127.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.1", "http://0x7f.1:{port}/a.jpg", "/a.jpg"),
    ("localhost", "http://localhost:{port}/a.jpg", "/a.jpg"),
    ("LocalHost.", "HTTP://LOCALHOST:{port}/a.jpg", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}", "/"),
    ("shop.test", "http://shop.test.:{port}/", "/"),
    ("shop.test", "http://shop.test:{port}?size=big", "/?size=big"),
    ("shop.test", "http://shop.test:{port}/a.jpg#top", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}/a%20b/c%2Fd.jpg", "/a%20b/c%2Fd.jpg"),
    ("shop.test", "http://shop.test:{port}/a b.jpg", "/a%20b.jpg"),
    ("shop.test", "http://shop.test:{port}/tröja.jpg", "/tr%C3%B6ja.jpg"),
    ("shop.test", "http://shop.test:{port}/a.jpg?w=1&h=2&s=a%2Bb+c", "/a.jpg?w=1&h=2&s=a%2Bb+c"),
    ("shop.test", "http://shop.test:{port}/?u=http://127.0.0.1/", "/?u=http://127.0.0.1/"),
    ("shop.test", "http://shop.test:{port}/@me/a;v=1,2.jpg", "/@me/a;v=1,2.jpg"),
    ("bücher.test", "http://bücher.test:{port}/a.jpg", "/a.jpg"),
    ("BÜCHER.test", "http://xn--bcher-kva.test:{port}/a.jpg", "/a.jpg"),
    ("xn--bcher-kva.test", "http://bücher.test:{port}/a.jpg", "/a.jpg"),
    ("my_shop.test", "http://my_shop.test:{port}/a.jpg", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}/hops/3/a.jpg", "/hops/0/a.jpg"),
    ("shop.test", "http://shop.test:{port}/to?b.jpg", "/b.jpg"),
    ("shop.test", "http://shop.test:{port}/to?//shop.test:{port}/b.jpg", "/b.jpg"),
    ("127.0.0.0/8", "http://shop.test:{port}/to?http://other.test:{port}/b.jpg", "/b.jpg"),
    ("127.0.0.0/8", "http://shop.test:{port}/to?http://127.0.0.1:{port}/b.jpg", "/b.jpg"),
]


@pytest.mark.parametrize(("allow", "url", "path"), GOOD)
def test_a_good_url_is_fetched(
    monkeypatch: pytest.MonkeyPatch, site: int, allow: str, url: str, path: str
) -> None:
    numbers_and(monkeypatch, lambda _: ["127.0.0.1"])
    with Fetcher([allow], timeout=5) as fetcher:
        body = fetcher.fetch(url.format(port=site)).decode()
    assert body.split(" ", 1)[1] == path
    assert str(site) in body.split(" ", 1)[0]


@pytest.mark.parametrize("allow", ["::1", "::1/128", "::/0"])
@pytest.mark.parametrize("host", ["[::1]", "[0:0:0:0:0:0:0:1]"])
def test_an_ipv6_url_is_fetched(site6: int, allow: str, host: str) -> None:
    with Fetcher([allow], timeout=5) as fetcher:
        assert fetcher.fetch(f"http://{host}:{site6}/a.jpg").endswith(b" /a.jpg")


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners, site: int, name: str
) -> None:
    """It would look names up itself, past every check."""
    for spelled in (name, name.upper()):
        monkeypatch.setenv(spelled, f"http://127.0.0.1:{listeners.port}")
    with Fetcher(["127.0.0.1"], timeout=5) as fetcher:
        assert fetcher.fetch(f"http://127.0.0.1:{site}/a.jpg").endswith(b" /a.jpg")
    assert listeners.connections() == 0
