"""Clients that are slow, silent, gone or loud do no harm to the others."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import httpx
import pytest

from tests.attacks.conftest import Shop
from tests.serving import Server, served, wait_until

HEADERS, DEADLINE, LONGEST, CONNECTIONS = 3.0, 8.0, 4096, 1200

IDLE = 1000

HEAD = (
    b"POST /similar HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n"
)


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[Server]:
    with served(
        shop.index.parent,
        header_timeout=HEADERS,
        deadline=DEADLINE,
        max_header_bytes=LONGEST,
        max_connections=CONNECTIONS,
    ) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made
        assert_answers(made)


def assert_answers(client: httpx.Client) -> None:
    answer = client.get("/similar", params={"product_id": "p3"})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["product_id"] == "p3"


def connected(server: Server) -> socket.socket:
    made = socket.create_connection(server.address)
    made.settimeout(60)
    return made


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up; fails when it never does."""
    found = b""
    try:
        while chunk := connection.recv(1 << 16):
            found += chunk
    except ConnectionResetError:
        pass
    return found


def wait_for(connection: socket.socket, answers: int) -> None:
    """So many that say that the server is well."""
    found = b""
    while found.count(b'{"status":"ok"}') < answers:
        chunk = connection.recv(1 << 16)
        assert chunk, found
        found += chunk


def dripped(connection: socket.socket, data: bytes) -> bytes:
    """A byte every tenth of a second, until the server has had enough; what it says."""
    connection.settimeout(0.1)
    for byte in data:
        try:
            connection.sendall(bytes([byte]))
            if not (found := connection.recv(1 << 16)):
                return b""
            connection.settimeout(60)
            return found + rest(connection)
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            return b""
    raise AssertionError("the server took it all")


def code(answer: bytes) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return str(json.loads(body)["code"])


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"\r\n\r\n"])
def test_a_client_that_says_nothing_more_is_left(
    server: Server, client: httpx.Client, sent: bytes
) -> None:
    with connected(server) as connection:
        connection.sendall(sent)
        assert rest(connection) == b""


def test_headers_that_come_a_byte_at_a_time_are_not_waited_for(
    server: Server, client: httpx.Client
) -> None:
    with connected(server) as connection:
        assert dripped(connection, b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 600) == b""


def test_a_second_request_must_come_as_quickly_as_the_first(
    server: Server, client: httpx.Client
) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(connection, 1)
        assert dripped(connection, b"GET /healthz HTTP/1.1\r\nX-A: " + b"a" * 600) == b""


def test_a_body_that_never_ends_is_refused_in_time(server: Server, client: httpx.Client) -> None:
    with connected(server) as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n--x\r\n")
        answer = dripped(connection, b"a" * 600)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b'"deadline_passed"' in answer


def test_a_body_that_nobody_reads_does_not_hold_the_connection(
    server: Server, client: httpx.Client
) -> None:
    with connected(server) as connection:
        connection.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        )
        wait_for(connection, 1)
        assert dripped(connection, b"a" * 600) == b""


def test_an_answer_that_nobody_takes_is_not_kept(server: Server, client: httpx.Client) -> None:
    with connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            for _ in range(400):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            return
        wait_until(lambda: not open_connections(server, connection))


def open_connections(server: Server, connection: socket.socket) -> bool:
    """Whether the server's end is still open, from Linux's ``/proc``."""
    port = f":{connection.getsockname()[1]:04X}"
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        rows = [line.split() for line in table]
    theirs = f":{server.address[1]:04X}"
    return any(
        row[1].endswith(theirs) and row[2].endswith(port) and row[3] == "01" for row in rows[1:]
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff" * 500,
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost a\r\n\r\n",
        b"POST /similar HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /similar HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /similar HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_not_http_is_told_so(server: Server, client: httpx.Client, sent: bytes) -> None:
    with connected(server) as connection:
        connection.sendall(sent)
        answers = rest(connection)
    assert code(answers[answers.rindex(b"HTTP/1.1 4") :]) in ("bad_request", "bad_form")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 2 * LONGEST + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 2 * LONGEST + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-A: a\r\n" * LONGEST + b"\r\n",
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 4_000_000,
    ],
    ids=["address", "one header", "many headers", "endless header"],
)
def test_headers_that_are_too_long_are_refused(
    server: Server, client: httpx.Client, sent: bytes
) -> None:
    with connected(server) as connection:
        try:
            connection.sendall(sent)
        except (ConnectionResetError, BrokenPipeError):
            return  # it hung up in the middle
        answer = rest(connection)
    assert not answer or code(answer) == "headers_too_large"


def test_requests_that_come_all_at_once_are_answered_in_turn(
    server: Server, client: httpx.Client
) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        wait_for(connection, 20)


def test_no_connection_has_thousands_of_requests_wait(server: Server, client: httpx.Client) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /similar?product_id=p1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5000)
        assert b"HTTP/1.1 400" in rest(connection)


def test_clients_that_leave_in_the_middle_of_an_upload_cost_no_place(
    server: Server, client: httpx.Client, shop: Shop
) -> None:
    picture = shop.pictures["p2"]
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = part + picture + b"\r\n--x--\r\n"
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    random = Random(0)  # noqa: S311
    for _ in range(300):  # more than there are places
        with connected(server) as connection:
            connection.sendall(whole[: random.randrange(len(whole))])
    wait_until(lambda: client.post("/similar", files={"file": picture}).status_code == 200)
    assert "Traceback" not in server.log.read_text()


def test_beside_a_thousand_idle_connections_requests_are_answered(
    server: Server, client: httpx.Client
) -> None:
    with ExitStack() as idle:
        for _ in range(IDLE):
            idle.enter_context(connected(server))
        for _ in range(20):
            assert_answers(client)


def test_more_connections_than_it_takes_are_refused_and_then_taken_again(
    server: Server, client: httpx.Client
) -> None:
    with ExitStack() as many:
        for _ in range(CONNECTIONS + 50):
            connection = many.enter_context(connected(server))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = rest(connection)
    if answer:  # the last of them may find that the server has hung up already
        assert code(answer) == "too_many_connections"
    wait_until(lambda: client.get("/healthz").status_code == 200)
