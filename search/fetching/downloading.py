"""Fetching many images: again when a server is busy, and never too many of one server at once."""

import random
from collections import defaultdict
from threading import BoundedSemaphore, Event, Lock

from search.errors import FetchError
from search.fetching.fetcher import NO_VALIDATORS, Fetched, Fetcher, Validators, shown

AT_ONCE = 8
"""Fetches from one host at the same time."""

_TRIES = 4
_LONGEST_WAIT = 30.0
"""Seconds; a server that asks for more is not waited for."""

_FAILURES = 16
"""So many images in a row that failed after every try: the host is not asked any more."""


class Downloader:
    """Downloads by many threads through one fetcher, gently: for a build, which has the time.

    What may pass (429, 5xx, no answer, no connection) is tried again after ``pause`` seconds, then
    twice as long each time, less a random part so that threads do not come back together; or when
    the server says. Anything else fails at once.
    """

    def __init__(self, fetcher: Fetcher, pause: float = 0.5) -> None:
        self._fetcher = fetcher
        self._pause = pause
        self._stopped = Event()
        self._lock = Lock()
        self._hosts: dict[str, _Host] = defaultdict(_Host)

    def fetch(self, url: str, known: Validators = NO_VALIDATORS) -> Fetched:
        """As ``Fetcher.fetch_new``."""
        host = self._host(url)
        with host.places:
            if self._stopped.is_set():
                raise FetchError(shown(url), "it was not fetched any more")
            if host.failures >= _FAILURES:
                reason = f"its server failed {_FAILURES} times in a row and was not asked again"
                raise FetchError(shown(url), reason)
            return self._try(url, known, host)

    def stop(self) -> None:
        """Wait for no server any more, and ask none again: whoever wanted it has given up."""
        self._stopped.set()

    def _try(self, url: str, known: Validators, host: "_Host") -> Fetched:
        for attempt in range(_TRIES):
            try:
                found = self._fetcher.fetch_new(url, known)
            except FetchError as error:
                delay = self._delay(error, attempt)
                if delay is None or self._stopped.wait(delay):
                    host.failures = 0 if error.wait is None else host.failures + 1
                    raise
            else:
                host.failures = 0
                return found
        raise AssertionError("the last try returns or raises")

    def _delay(self, error: FetchError, attempt: int) -> float | None:
        """Seconds until the next try, None when there is none."""
        if error.wait is None or error.wait > _LONGEST_WAIT or attempt == _TRIES - 1:
            return None
        longest = self._pause * float(2**attempt)
        return max(error.wait, longest * random.uniform(0.5, 1))  # noqa: S311 - no secret

    def _host(self, url: str) -> "_Host":
        import httpx  # takes long, and few programs fetch

        try:
            name = httpx.URL(url).netloc.decode("latin-1")
        except (httpx.InvalidURL, ValueError):
            name = ""
        with self._lock:
            return self._hosts[name]


class _Host:
    """One server: how many may ask it now, and how many images failed since one did not."""

    def __init__(self) -> None:
        self.places = BoundedSemaphore(AT_ONCE)
        self.failures = 0
