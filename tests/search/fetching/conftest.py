"""Listeners that count connections, resolvers that say what a test wants, and a web server."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

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
    numbers_and(monkeypatch, lambda _: ["127.0.0.1", "::1"])


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
