"""Image URLs that strangers may name: fetched within limits, and from public addresses only."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpcore

from search.errors import FetchError
from search.fetching.addresses import AddressPolicy
from search.fetching.connecting import CheckedBackend, deadline

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

_PASSING = {408, 429, 500, 502, 503, 504}
"""Statuses with which a server says that asking again later may help."""

_LONGEST_REASON = 200
"""Characters; a server's broken answer is part of some."""

_LONGEST = 500
"""Characters of a validator: longer ones are not kept."""


class Validators(NamedTuple):
    """What a server calls a state of what it sent (RFC 9110, 8.8), each None where it does not."""

    etag: str | None = None
    last_modified: str | None = None


NO_VALIDATORS = Validators()


class Fetched(NamedTuple):
    """A body, or None when it is still what ``validators`` name."""

    data: bytes | None
    validators: Validators


def shown(url: str) -> str:
    """The URL as messages may show it: no credentials, no query, at most 200 characters."""
    bare = re.split(r"[?#]", re.sub(r"//[^/?#]*@", "//", url))[0][:200]
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in bare)


class Fetcher:
    """Downloads images over http(s); one serves many threads, and keeps connections alive.

    ``max_bytes`` bounds a body and ``timeout`` (seconds) a whole fetch with its redirects. Only
    the system's name lookup cannot be cut short: it ends by the resolver's own limits.
    """

    def __init__(
        self, allow: Sequence[str] = (), max_bytes: int = 20_000_000, timeout: float = 10.0
    ) -> None:
        self._allow = tuple(allow)
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._policy = AddressPolicy(allow)
        self._opened: httpcore.ConnectionPool | None = None
        self._opening = Lock()

    @property
    def _pool(self) -> httpcore.ConnectionPool:
        """Reading the certificates takes 0.1 s, and few programs fetch."""
        with self._opening:
            if self._opened is None:
                self._opened = httpcore.ConnectionPool(
                    ssl_context=httpcore.default_ssl_context(),
                    max_connections=None,  # each calling thread needs one at most
                    max_keepalive_connections=20,
                    keepalive_expiry=10.0,
                    network_backend=CheckedBackend(self._policy),
                )
            return self._opened

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process it has connections of its own."""
        return Fetcher, (self._allow, self._max_bytes, self._timeout)

    def fetch(self, url: str) -> bytes:
        """The body behind ``url``; FetchError on anything but a 200 within the limits."""
        return self.fetch_new(url).data or b""

    def fetch_new(self, url: str, known: Validators = NO_VALIDATORS) -> Fetched:
        """The body behind ``url`` unless it is still the ``known`` one; raises as ``fetch`` does.

        ``FetchError.wait`` says whether asking again may help.
        """
        token = deadline.set(time.monotonic() + self._timeout)
        try:
            return self._follow(url, known)
        except FetchError as error:
            raise FetchError(shown(url), error.reason, error.code, error.wait) from error
        except httpcore.TimeoutException as error:
            reason = f"no complete answer within {self._timeout:g} seconds"
            raise FetchError(shown(url), reason, "fetch_timeout", wait=0) from error
        except FAILURES as error:
            # Certificates and host names that were refused, ValueErrors, will be again.
            wait = None if isinstance(error.__cause__ or error, ValueError) else 0
            reason = f"the connection failed ({str(error)[:_LONGEST_REASON]})"
            raise FetchError(shown(url), reason, wait=wait) from error
        finally:
            deadline.reset(token)

    def _follow(self, url: str, known: Validators) -> Fetched:
        import httpx  # takes long, and few programs fetch

        target = httpx.URL()
        for _ in range(MAX_REDIRECTS + 1):
            target = _joined(target, url)
            answer = self._get(target, known)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise FetchError(url, f"it redirects more than {MAX_REDIRECTS} times")

    def _get(self, url: "httpx.URL", known: Validators) -> Fetched | str:
        """What came, or the place that the server redirects to."""
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        # netloc: httpcore's own Host header lacks the brackets of an IPv6 address
        request = [(b"Host", url.netloc), *HEADERS, *_conditions(known)]
        with self._pool.stream("GET", target, headers=request) as response:
            headers = {key.lower(): value.decode("latin-1") for key, value in response.headers}
            if response.status in REDIRECTS and b"location" in headers:
                return headers[b"location"]
            if response.status == 304 and any(known):
                return Fetched(None, known)
            if response.status != 200:
                reason = f"the server answered with status {response.status}"
                raise FetchError(str(url), reason, wait=_wait(response.status, headers))
            self._limit(int(headers.get(b"content-length", "0")))
            return Fetched(self._body(response), _validators(headers))

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
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _joined(base: "httpx.URL", url: str) -> "httpx.URL":
    import httpx

    try:
        joined = base.join(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(url, "it is not a valid URL", "bad_url") from error
    if joined.scheme not in {"http", "https"}:
        raise FetchError(url, "only http and https URLs are fetched", "fetch_blocked")
    if joined.userinfo:
        raise FetchError(url, "URLs with a user name or password are refused", "fetch_blocked")
    if not joined.host.strip(".") or not 0 < (80 if joined.port is None else joined.port) < 65536:
        raise FetchError(url, "it has no usable host and port", "bad_url")
    return joined


def _conditions(known: Validators) -> list[tuple[bytes, bytes]]:
    names = (b"If-None-Match", b"If-Modified-Since")
    return [
        (name, value.encode("latin-1")) for name, value in zip(names, known, strict=True) if value
    ]


def _validators(headers: Mapping[bytes, str]) -> Validators:
    found = (headers.get(name, "") for name in (b"etag", b"last-modified"))
    return Validators(*(value if 0 < len(value) <= _LONGEST else None for value in found))


def _wait(status: int, headers: Mapping[bytes, str]) -> float | None:
    """Seconds after which asking again may help, as the server says; None when it never will."""
    if status not in _PASSING:
        return None
    said = headers.get(b"retry-after", "")
    if said.isdecimal() and len(said) < 9:
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
