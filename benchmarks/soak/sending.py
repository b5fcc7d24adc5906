"""Sending as a good client does: once more when the connection broke, later when asked to."""

import time
from typing import Any

import httpx

from benchmarks.soak.findings import Findings

_LONGEST = 16.0
"""Seconds that a client waits, at most, before it asks again."""


class Sender:
    """One client's connection.

    What is sent here may be sent twice (RFC 9110, 9.2.2). After a refusal nothing is sent for as
    long as ``Retry-After`` says, and twice as long after each further one.
    """

    def __init__(self, url: str, findings: Findings) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self._findings = findings
        self._refused = 0

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def send(
        self, right: tuple[int, ...], method: str, path: str, **more: Any
    ) -> httpx.Response | None:
        """An answer with one of the ``right`` statuses; None when it failed, which is noted."""
        began = time.monotonic()
        try:
            answer = self._sent(method, path, **more)
        except httpx.HTTPError as error:
            self._findings.done.wait(self._findings.failed(error, began))
            return None
        if answer.status_code in right:
            self._refused = 0
            return answer
        pause = self._findings.failed(answer, began) * 2**self._refused
        self._refused += 1
        self._findings.done.wait(min(pause, _LONGEST))
        return None

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **more)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            self._findings.sent_again.append(time.monotonic())
            return self._client.request(method, path, **more)
