"""What one process of a server remembers, its other processes find."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Thread
from typing import Any

log = logging.getLogger(__name__)

Find = Callable[[Any], Any]
"""A key → what this process has for it, or None; it travels by pickle."""


class Peers:
    """The processes of one server, each with a socket in a folder that they share.

    A process keeps what it remembers; the others ask when they have not got it, which is rare, so
    that remembering costs nothing. Only processes that one parent started know its key
    (``multiprocessing``'s ``authkey``): nothing of anybody else is unpickled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.socket"
        self._key = bytes(current_process().authkey)
        self._found: dict[str, Find] = {}
        self._is_closed = False
        self._listener = Listener(str(self._own), "AF_UNIX", backlog=128, authkey=self._key)
        Thread(target=self._listen, name="peers", daemon=True).start()

    def share(self, name: str, find: Find) -> None:
        """Let the others find what ``find`` gives."""
        self._found[name] = find

    def ask(self, name: str, key: Any) -> list[Any]:
        """What the others have, if they have anything; one that does not answer has nothing."""
        others = (path for path in self._folder.glob("*.socket") if path != self._own)
        found = (self._ask(other, name, key) for other in others)
        return [one for one in found if one is not None]

    def close(self) -> None:
        """The others will not find it any more."""
        self._is_closed = True
        with suppress(OSError), socket.socket(socket.AF_UNIX) as nobody:
            nobody.connect(str(self._own))  # so that it does not wait for the next one
        self._listener.close()

    def _ask(self, other: Path, name: str, key: Any) -> Any:
        try:
            with Client(str(other), "AF_UNIX", authkey=self._key) as connection:
                connection.send((name, key))
                return connection.recv()
        except (OSError, EOFError):  # it has ended
            return None

    def _listen(self) -> None:
        while not self._is_closed:
            with suppress(OSError, EOFError, AuthenticationError):
                connection = self._listener.accept()
                Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        with connection, suppress(OSError, EOFError):
            name, key = connection.recv()
            try:
                connection.send(self._found[name](key))
            except Exception:
                log.exception("Another process of this server cannot be told about '%s'", name)
                connection.send(None)
