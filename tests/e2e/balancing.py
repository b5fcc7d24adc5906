"""A client that asks whichever server is ready, as a Kubernetes service has it."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

import httpx

from tests.serving import PATIENCE, Server

PROBED_EVERY = 0.2
"""Seconds between two looks at /readyz: what is asked meanwhile may go to one that is stopping."""

Ask = Callable[[httpx.Client, int], httpx.Response]


@contextmanager
def going_on(ended: Event, *works: Callable[[], None]) -> Iterator[None]:
    """A thread for each of ``works``, which end when ``ended`` is set, as it is at the end."""
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


class Balancer:
    """Sends requests in turn to the ``servers`` that were ready when they were probed last."""

    def __init__(self, servers: dict[str, Server]) -> None:
        self.servers = servers
        self.ready: dict[str, str] = {}
        self.answered = 0
        self.failed: list[str] = []
        self._ended = Event()

    @contextmanager
    def asking(self, *asks: Ask) -> Iterator[None]:
        """A thread for each of ``asks`` goes on asking, with a growing number."""
        self._probe_once()
        asked = [partial(self._ask, ask) for ask in asks]
        with going_on(self._ended, self._probe, *asked):
            yield

    def _probe(self) -> None:
        while not self._ended.wait(PROBED_EVERY):
            self._probe_once()

    def _probe_once(self) -> None:
        self.ready = {
            name: server.url for name, server in list(self.servers.items()) if _is_ready(server.url)
        }

    def _ask(self, ask: Ask) -> None:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            for number in itertools.count():
                if self._ended.is_set():
                    return
                ready = sorted(self.ready.items())
                if not ready:
                    self.failed.append("no server was ready")
                    time.sleep(PROBED_EVERY)
                    continue
                _, url = ready[number % len(ready)]
                client.base_url = httpx.URL(url)
                try:
                    answer = ask(client, number)
                    if not answer.is_success:
                        self.failed.append(answer.text)
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                self.answered += 1


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=PATIENCE, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
