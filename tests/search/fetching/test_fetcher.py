"""Image URLs are fetched from public or allowed addresses only, within size and time."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpcore
import pytest

from search.errors import FetchError
from search.fetching.fetcher import NO_VALIDATORS, Fetched, Fetcher, Validators, shown

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
LOOPBACK = ("127.0.0.0/8",)
Resolving = Callable[..., None]
over = Event()  # set once a test is done: lets a slow handler go


class Shop(BaseHTTPRequestHandler):
    """A web server with every bad habit."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        page: Callable[[], None] | None = getattr(self, self.path.split("/")[1].split("?")[0], None)
        page() if page else self.send_error(404)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def photo(self) -> None:
        self.answer(200, b"pixels")

    def named(self) -> None:
        """A photo with an ETag and a date."""
        if self.headers["If-None-Match"] == '"v1"' or self.headers["If-Modified-Since"] == DATE:
            self.answer(304, ETag='"v1"')
        else:
            self.answer(200, b"pixels", ETag='"v1"', Last_Modified=DATE)

    def unasked(self) -> None:
        self.answer(304)

    def wordy(self) -> None:
        self.answer(200, b"pixels", ETag=f'"{"x" * 600}"', Last_Modified="")

    def hop(self) -> None:
        left = int(self.path.split("/")[2])
        self.answer(302, Location="/photo" if left == 1 else f"../hop/{left - 1}")

    def to(self) -> None:
        self.answer(301, Location=self.path.removeprefix("/to/"))

    def nowhere(self) -> None:
        self.answer(302)

    def declared(self) -> None:
        self.answer(200, b"x", Content_Length="1001")

    def undeclared(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"x" * 1001)
        self.close_connection = True

    def short(self) -> None:
        self.answer(200, b"x", Content_Length="10")
        self.close_connection = True

    def silent(self) -> None:
        over.wait(10)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "900")
        self.end_headers()
        self.drop_by_drop(b"x")

    def header_drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.drop_by_drop(b"x")

    def drop_by_drop(self, drop: bytes) -> None:
        while not over.wait(0.02):
            try:
                self.wfile.write(drop)
            except OSError:
                break
        self.close_connection = True

    def garbage(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        self.close_connection = True

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Shop)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.connections = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None: ...


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    over.clear()
    with Server() as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def shop(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(LOOPBACK, max_bytes=1000, timeout=5) as fetcher:
        yield fetcher


def refusal(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    return caught.value


def test_the_body_of_a_200_is_returned(server: Server, shop: str, fetcher: Fetcher) -> None:
    assert fetcher.fetch(f"{shop}/photo") == b"pixels"
    assert fetcher.fetch(f"{shop}/photo/röd tröja.jpg?a=b c") == b"pixels"
    path, headers = server.seen[-1]
    assert path == "/photo/r%C3%B6d%20tr%C3%B6ja.jpg?a=b%20c"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"].startswith("lookalike/")
    assert headers["Host"] == shop.removeprefix("http://")


def test_one_connection_is_kept_for_many_fetches(
    server: Server, shop: str, fetcher: Fetcher
) -> None:
    for _ in range(3):
        fetcher.fetch(f"{shop}/photo")
    assert server.connections == 1


def test_many_threads_share_a_fetcher(shop: str, fetcher: Fetcher) -> None:
    with ThreadPoolExecutor(16) as threads:
        bodies = list(threads.map(fetcher.fetch, [f"{shop}/photo"] * 64))
    assert bodies == [b"pixels"] * 64


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433"])
def test_loopback_is_refused_unconnected_however_it_is_spelled(server: Server, host: str) -> None:
    with Fetcher() as fetcher:
        error = refusal(fetcher, f"http://{host}:{server.server_port}/photo")
    assert error.code == "fetch_blocked"
    assert host in error.reason
    assert server.connections == 0


def test_three_redirects_are_followed_and_no_more(shop: str, fetcher: Fetcher) -> None:
    assert fetcher.fetch(f"{shop}/hop/3") == b"pixels"
    assert "redirects more than 3" in refusal(fetcher, f"{shop}/hop/4").reason


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "fetch_blocked"),
        ("http://[::ffff:10.0.0.1]/", "fetch_blocked"),
        ("file:///etc/passwd", "fetch_blocked"),
        ("http://user:hidden@127.0.0.1/", "fetch_blocked"),
        ("http://127.0.0.1:99999/", "bad_url"),
    ],
)
def test_a_redirect_is_checked_like_any_url(
    shop: str, fetcher: Fetcher, target: str, code: str
) -> None:
    error = refusal(fetcher, f"{shop}/to/{target}")
    assert error.code == code
    assert error.url.startswith(shop)


@pytest.mark.parametrize(("page", "status"), [("missing", "404"), ("nowhere", "302")])
def test_any_status_but_200_is_named(shop: str, fetcher: Fetcher, page: str, status: str) -> None:
    error = refusal(fetcher, f"{shop}/{page}")
    assert (error.code, status in error.reason) == ("fetch_failed", True)


@pytest.mark.parametrize("page", ["named", "to/named"])
@pytest.mark.parametrize(
    "known", [Validators('"v1"', DATE), Validators('"v1"'), Validators(None, DATE)]
)
def test_a_body_that_is_known_is_not_sent_again(
    shop: str, fetcher: Fetcher, page: str, known: Validators
) -> None:
    url = f"{shop}/{page.replace('to/', f'to/{shop}/')}"
    assert fetcher.fetch_new(url) == Fetched(b"pixels", Validators('"v1"', DATE))
    assert fetcher.fetch_new(url, known) == Fetched(None, known)
    assert fetcher.fetch_new(url, Validators('"v0"')).data == b"pixels"


def test_validators_that_are_too_long_or_empty_are_none(shop: str, fetcher: Fetcher) -> None:
    assert fetcher.fetch_new(f"{shop}/wordy").validators == NO_VALIDATORS


def test_an_unchanged_answer_to_no_question_is_refused(shop: str, fetcher: Fetcher) -> None:
    assert "304" in refusal(fetcher, f"{shop}/unasked").reason


@pytest.mark.parametrize("page", ["declared", "undeclared"])
def test_a_body_over_the_limit_is_refused(shop: str, fetcher: Fetcher, page: str) -> None:
    assert refusal(fetcher, f"{shop}/{page}").code == "image_too_large"


@pytest.mark.parametrize("page", ["silent", "drip", "header_drip"])
def test_a_slow_server_ends_with_the_deadline(shop: str, page: str) -> None:
    started = time.monotonic()
    with Fetcher(LOOPBACK, timeout=0.3) as fetcher:
        assert refusal(fetcher, f"{shop}/{page}").code == "fetch_timeout"
    assert 0.3 <= time.monotonic() - started < 2


def test_a_kept_connection_gets_a_new_deadline(shop: str) -> None:
    with Fetcher(LOOPBACK, timeout=0.5) as fetcher:
        first = time.monotonic()
        while time.monotonic() - first < 0.7:
            assert fetcher.fetch(f"{shop}/photo") == b"pixels"


@pytest.mark.parametrize("page", ["short", "garbage"])
def test_a_broken_answer_is_a_failed_fetch(shop: str, fetcher: Fetcher, page: str) -> None:
    assert refusal(fetcher, f"{shop}/{page}").code == "fetch_failed"


def test_a_refused_connection_is_a_failed_fetch(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refusal(fetcher, f"http://127.0.0.1:{port}/")
    assert (error.code, "refused" in error.reason) == ("fetch_failed", True)


def test_an_unknown_host_is_named(fetcher: Fetcher, resolving: Resolving) -> None:
    resolving()
    for host in ["no.such.shop", "a..b", ".a", "a" * 300]:
        reason = refusal(fetcher, f"http://{host}/").reason
        assert reason == f"its host {host[:100]} was not found"


@pytest.mark.parametrize(
    "url",
    ["http://", "http:///a", "http://a:x/", "http://a:99999/", "http://a:0/", "http://a\nb/",
     "http://[::1", "http://./", "https://" + "a" * 70_000, "", "photo.jpg", "ftp://a/b",
     "http://me:hidden@a/b", "http://me@a/b", "gopher://127.0.0.1/"],
)  # fmt: skip
def test_an_unusable_url_is_refused_without_a_lookup(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    error = refusal(fetcher, url)
    assert "hidden" not in str(error)
    assert len(str(error)) < 300


def test_messages_show_neither_credentials_nor_query() -> None:
    assert shown("https://me:hidden@shop/a@b.jpg?token=1#x") == "https://shop/a@b.jpg"
    assert len(shown("https://shop/" + "a" * 999)) == 200


def test_the_checked_address_is_the_one_connected_to(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that would give another address the second time is not asked again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: Any, *args: Any, **options: Any) -> Any:
        if host != "shop.test":
            return real(host, port, *args, **options)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.99"
        return real(address, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert fetcher.fetch(f"http://shop.test:{server.server_port}/photo") == b"pixels"
    assert asked == ["shop.test"]


def test_the_next_address_is_tried_when_one_refuses(
    server: Server, fetcher: Fetcher, resolving: Resolving
) -> None:
    resolving(shop_test=["127.0.0.99", "127.0.0.1"])
    assert fetcher.fetch(f"http://shop.test:{server.server_port}/photo") == b"pixels"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for shop.test, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test"]
    files = ["-out", str(cert), "-keyout", str(key)]
    subprocess.run([openssl, *command.split(), *names, *files], check=True, capture_output=True)
    return cert, key


def test_tls_verifies_the_name_not_the_address(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, resolving: Resolving
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr(httpcore, "default_ssl_context", lambda: trusting)
    resolving(shop_test=["127.0.0.1"], other_test=["127.0.0.1"])
    with serving(context) as server, Fetcher(LOOPBACK) as fetcher:
        assert fetcher.fetch(f"https://shop.test:{server.server_port}/photo") == b"pixels"
        for host in ["other.test", "127.0.0.1"]:
            error = refusal(fetcher, f"https://{host}:{server.server_port}/photo")
            assert (error.code, "mismatch" in error.reason) == ("fetch_failed", True)
