"""A light load: many connections in one process, which imports nothing that costs."""

import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Load:
    """Seconds that each answer took, how long all took, and the statuses that were not 200."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


class _Client:
    """Asks one request after the other, as soon as the answer is there."""

    def __init__(self, address: tuple[str, int], requests: Sequence[bytes], first: int) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._next = first
        self._got = bytearray()
        self._wanted = 0
        self.start = 0.0

    def ask(self) -> None:
        self._got.clear()
        self._wanted = 0
        self.start = perf_counter()
        self.socket.sendall(self._requests[self._next % len(self._requests)])
        self._next += 1

    def is_answered(self) -> bool:
        """Read what there is; True when that was the rest."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self._got += chunk
        if not self._wanted:
            end = self._got.find(_HEAD_END)
            if end < 0:
                return False
            head = bytes(self._got[:end]).lower()
            place = head.index(_LENGTH) + len(_LENGTH)
            self._wanted = end + len(_HEAD_END) + int(head[place:].split(b"\r", 1)[0])
        return len(self._got) >= self._wanted

    @property
    def status(self) -> str:
        return self._got[9:12].decode()


def run(address: tuple[str, int], requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """So many clients for so long; answers of the first tenth of the time are not counted."""
    selector = selectors.DefaultSelector()
    everybody = [_Client(address, requests, 7 * number) for number in range(clients)]
    for client in everybody:
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.ask()
    load = Load()
    begin = perf_counter() + seconds / 10
    end = begin + seconds
    while (now := perf_counter()) < end:
        for key, _ in selector.select(end - now):
            client = key.data
            if client.is_answered():
                _note(load, client, begin)
                client.ask()
    load.seconds = perf_counter() - begin
    for client in everybody:
        client.socket.close()
    return load


def _note(load: Load, client: _Client, begin: float) -> None:
    now = perf_counter()
    if client.status != "200":
        load.failures.append(client.status)
    if now >= begin:
        load.latencies.append(now - client.start)
