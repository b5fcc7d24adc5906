"""Connections for fetching: to checked addresses only, and within the time of one fetch."""

import time
from contextvars import ContextVar
from typing import Any

import httpcore

from search.fetching.addresses import AddressPolicy

# When the fetch that runs in this thread must be over, on the monotonic clock. A kept-alive
# connection serves one fetch after another, so the moment cannot be the connection's own.
deadline: ContextVar[float] = ContextVar("deadline")


class CheckedBackend(httpcore.SyncBackend):
    """Connects to the very addresses that were checked, whatever the name server says later."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        for address in self._policy.check(host):
            try:
                return _TimedStream(super().connect_tcp(address, port, time_left()))
            except httpcore.ConnectError as error:
                failure = error
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """Gives every read and write what is left of the fetch's time, so a slow drip ends too."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, *_: Any, **__: Any) -> bytes:
        return self._stream.read(max_bytes, time_left())

    def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        self._stream.write(buffer, time_left())

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(*args, **options | {"timeout": time_left()}))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def time_left() -> float:
    """Seconds; raises ReadTimeout when there are none."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
