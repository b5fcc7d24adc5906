"""Image URLs that strangers may name: fetched within limits, and from public addresses only."""

import re
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

import httpcore

from search.addresses import AddressPolicy
from search.errors import FetchError

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
HEADERS = [
    (b"User-Agent", b"lookalike/0.1"),
    (b"Accept", b"image/*, */*;q=0.5"),
    (b"Accept-Encoding", b"identity"),  # what is counted is what is used
]
# ValueError: the TLS and IDNA layers refuse some host names with it.
FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError)

# When the fetch that runs in this thread must be over, on the monotonic clock. A kept-alive
# connection serves one fetch after another, so the moment cannot be the connection's own.
_deadline: ContextVar[float] = ContextVar("deadline")


def shown(url: str) -> str:
    """The URL as messages may show it: no credentials, no query, at most 200 characters."""
    return re.split(r"[?#]", re.sub(r"//[^/?#]*@", "//", url))[0][:200]


class Fetcher:
    """Downloads images over http(s); one serves many threads, and keeps connections alive.

    ``max_bytes`` bounds a body and ``timeout`` (seconds) a whole fetch with its redirects. Only
    the system's name lookup cannot be cut short: it ends by the resolver's own limits.
    """

    def __init__(
        self, allow: Sequence[str] = (), max_bytes: int = 20_000_000, timeout: float = 10.0
    ) -> None:
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpcore.default_ssl_context(),
            max_connections=None,  # each calling thread needs one at most
            max_keepalive_connections=20,
            keepalive_expiry=10.0,
            network_backend=_CheckedBackend(AddressPolicy(allow)),
        )

    def fetch(self, url: str) -> bytes:
        """The body behind ``url``; FetchError on anything but a 200 within the limits."""
        token = _deadline.set(time.monotonic() + self._timeout)
        try:
            return self._follow(url)
        except FetchError as error:
            raise FetchError(shown(url), error.reason, error.code) from error
        except httpcore.TimeoutException as error:
            reason = f"no complete answer within {self._timeout:g} seconds"
            raise FetchError(shown(url), reason, "fetch_timeout") from error
        except FAILURES as error:
            raise FetchError(shown(url), f"the connection failed ({error})") from error
        finally:
            _deadline.reset(token)

    def _follow(self, url: str) -> bytes:
        import httpx  # takes long, and few programs fetch

        target = httpx.URL()
        for _ in range(MAX_REDIRECTS + 1):
            target = _joined(target, url)
            answer = self._get(target)
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise FetchError(url, f"it redirects more than {MAX_REDIRECTS} times")

    def _get(self, url: "httpx.URL") -> bytes | str:
        """The body, or the place that the server redirects to."""
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        # netloc: httpcore's own Host header lacks the brackets of an IPv6 address
        request = [(b"Host", url.netloc), *HEADERS]
        with self._pool.stream("GET", target, headers=request) as response:
            headers = {key.lower(): value.decode("latin-1") for key, value in response.headers}
            if response.status in REDIRECTS and b"location" in headers:
                return headers[b"location"]
            if response.status != 200:
                raise FetchError(str(url), f"the server answered with status {response.status}")
            self._limit(int(headers.get(b"content-length", "0")))
            return self._body(response)

    def _body(self, response: httpcore.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            self._limit(len(body))
        return bytes(body)

    def _limit(self, size: int) -> None:
        if size > self._max_bytes:
            reason = f"the file is larger than {self._max_bytes / 1e6:g} MB"
            raise FetchError("image", reason, "image_too_large")

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _CheckedBackend(httpcore.SyncBackend):
    """Connects to the very addresses that were checked, whatever the name server says later."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        for address in self._policy.check(host):
            try:
                return _TimedStream(super().connect_tcp(address, port, _time_left()))
            except httpcore.ConnectError as error:
                failure = error
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """Gives every read and write what is left of the fetch's time, so a slow drip ends too."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, *_: Any, **__: Any) -> bytes:
        return self._stream.read(max_bytes, _time_left())

    def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        self._stream.write(buffer, _time_left())

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(*args, **options | {"timeout": _time_left()}))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _time_left() -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


def _joined(base: "httpx.URL", url: str) -> "httpx.URL":
    import httpx

    try:
        joined = base.join(url)
    except httpx.InvalidURL as error:
        raise FetchError(url, "it is not a valid URL") from error
    if joined.scheme not in {"http", "https"}:
        raise FetchError(url, "only http and https URLs are fetched", "fetch_blocked")
    if joined.userinfo:
        raise FetchError(url, "URLs with a user name or password are refused", "fetch_blocked")
    if not joined.host.strip(".") or not 0 < (80 if joined.port is None else joined.port) < 65536:
        raise FetchError(url, "it has no usable host and port")
    return joined
