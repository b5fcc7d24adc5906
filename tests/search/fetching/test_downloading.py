"""A build's downloads: busy servers are asked again with patience, and none by too many at once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest

from search.errors import FetchError
from search.fetching.downloading import AT_ONCE, Downloader
from search.fetching.fetcher import Fetcher

Answer = tuple[int, dict[str, str]]
GOOD: Answer = (200, {})


class Shop(ThreadingHTTPServer):
    """Answers a path with the first that is left of its ``script``, and 200 after that."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script: dict[str, list[Answer]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.lock = Lock()
        self.now = self.most = 0
        self.is_full = Event()

    def handle_error(self, request: Any, client_address: Any) -> None: ...


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shop

    def do_GET(self) -> None:
        shop = self.server
        with shop.lock:
            shop.asked[self.path] += 1
            shop.now += 1
            shop.most = max(shop.most, shop.now)
            if shop.now >= AT_ONCE:
                shop.is_full.set()
            status, headers = (shop.script[self.path] or [GOOD]).pop(0)
        if self.path.startswith("/slow"):
            shop.is_full.wait(5)
        with shop.lock:
            shop.now -= 1  # before the answer: who has it may come again
        if status == 0:  # it hangs up
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Length": "6", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"pixels")

    def log_message(self, *args: object) -> None: ...


@contextmanager
def opened() -> Iterator[Shop]:
    with Shop() as shop:
        thread = Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield shop
        shop.shutdown()
        thread.join()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with opened() as shop:
        yield shop


class Patient(Downloader):
    """Notes how long it would wait, and goes on at once."""

    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__(fetcher)
        self.waits: list[float] = []
        self._stopped.wait = self._noted  # type: ignore[method-assign]

    def _noted(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return False


@pytest.fixture
def downloader() -> Iterator[Patient]:
    with Fetcher(["127.0.0.1"], timeout=5) as fetcher:
        yield Patient(fetcher)


def refusal(call: Callable[[], object]) -> FetchError:
    with pytest.raises(FetchError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("status", [0, 408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(shop: Shop, downloader: Patient, status: int) -> None:
    shop.script["/a"] = [(status, {}), (status, {})]
    assert downloader.fetch(f"{shop.url}/a").data == b"pixels"
    assert shop.asked["/a"] == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 501])
def test_what_will_not_pass_is_asked_once(shop: Shop, downloader: Patient, status: int) -> None:
    shop.script["/a"] = [(status, {})] * 9
    assert str(status) in refusal(lambda: downloader.fetch(f"{shop.url}/a")).reason
    assert shop.asked["/a"] == 1
    assert downloader.waits == []


def test_a_blocked_address_is_not_connected_to_and_not_tried_again(shop: Shop) -> None:
    with Fetcher() as fetcher:
        downloader = Patient(fetcher)
        error = refusal(lambda: downloader.fetch(f"{shop.url}/a"))
    assert (error.code, downloader.waits, shop.asked) == ("fetch_blocked", [], {})


def test_a_server_without_an_answer_is_asked_again(shop: Shop) -> None:
    with Fetcher(["127.0.0.1"], timeout=0.2) as fetcher:
        downloader = Patient(fetcher)
        assert refusal(lambda: downloader.fetch(f"{shop.url}/slow")).code == "fetch_timeout"
    assert len(downloader.waits) == 3


def test_the_pauses_double_less_a_random_part_and_end(shop: Shop, downloader: Patient) -> None:
    shop.script["/a"] = [(503, {})] * 9
    refusal(lambda: downloader.fetch(f"{shop.url}/a"))
    assert shop.asked["/a"] == 4
    for wait, longest in zip(downloader.waits, [0.5, 1, 2], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_server_is_left_alone_for_as_long_as_it_says(shop: Shop, downloader: Patient) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    shop.script["/a"] = [(429, {"Retry-After": "7"}), (503, {"Retry-After": moment})]
    assert downloader.fetch(f"{shop.url}/a").data == b"pixels"
    assert downloader.waits[0] == 7
    assert 10 < downloader.waits[1] <= 20


@pytest.mark.parametrize("said", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_wants_too_long_a_pause_is_not_waited_for(
    shop: Shop, downloader: Patient, said: str
) -> None:
    shop.script["/a"] = [(429, {"Retry-After": said})]
    refusal(lambda: downloader.fetch(f"{shop.url}/a"))
    assert (shop.asked["/a"], downloader.waits) == (1, [])


@pytest.mark.parametrize("said", ["soon", "-5", "Wed, 99 Foo", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_a_pause_that_makes_no_sense_is_the_usual_one(
    shop: Shop, downloader: Patient, said: str
) -> None:
    shop.script["/a"] = [(429, {"Retry-After": said})]
    downloader.fetch(f"{shop.url}/a")
    assert downloader.waits[0] <= 0.5


def test_no_server_is_asked_by_too_many_at_once_and_each_for_itself(downloader: Patient) -> None:
    with ExitStack() as stack:
        shops = [stack.enter_context(opened()) for _ in range(2)]
        urls = [f"{shop.url}/slow/{n}" for n in range(3 * AT_ONCE) for shop in shops]
        with ThreadPoolExecutor(len(urls)) as threads:
            assert {found.data for found in threads.map(downloader.fetch, urls)} == {b"pixels"}
        assert [shop.most for shop in shops] == [AT_ONCE, AT_ONCE]


def test_a_server_that_always_fails_is_given_up_and_others_are_not(downloader: Patient) -> None:
    with opened() as broken, opened() as sound:
        urls = [f"{broken.url}/{n}" for n in range(40)]
        broken.script.update({f"/{n}": [(500, {})] * 9 for n in range(40)})
        reasons = [refusal(lambda url=url: downloader.fetch(url)).reason for url in urls]  # type: ignore[misc]
        assert len(broken.asked) == 16
        assert "failed 16 times in a row" in reasons[-1]
        assert downloader.fetch(f"{sound.url}/a").data == b"pixels"


def test_after_stopping_no_server_is_asked_or_waited_for(shop: Shop) -> None:
    with Fetcher(["127.0.0.1"]) as fetcher:
        downloader = Downloader(fetcher, pause=1_000)
        shop.script["/a"] = [(503, {})] * 9
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(downloader.fetch, f"{shop.url}/a")
            while not shop.asked:
                assert not waiting.done()
            downloader.stop()
            assert isinstance(waiting.exception(5), FetchError)
        refusal(lambda: downloader.fetch(f"{shop.url}/b"))
        assert shop.asked == {"/a": 1}
