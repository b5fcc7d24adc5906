"""Connections to one SQLite file, however long that takes: none to what took its place."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import finalize

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError


class CatalogReplaced(SQLAlchemyError):
    """Another file is where the catalog was: what was read of that one does not fit it."""


class SameFile:
    """Holds an engine to the file that it reaches first.

    Left alone, SQLite makes an empty file where the catalog was moved away, and goes on writing
    into one that was moved or deleted, where nobody will find it.
    """

    def __init__(self, path: Path, *, may_create: bool) -> None:
        self._path = path
        self._may_create = may_create
        self._first: tuple[int, int] | None = None
        self._unpinned: finalize[[int], SameFile] | None = None

    def watch(self, engine: Engine) -> None:
        """From now on a connection raises SQLAlchemyError while the file is away."""
        event.listen(engine, "do_connect", self._connecting)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "engine_disposed", self._unpin)

    def _connecting(self, _dialect: Any, _record: Any, args: list[Any], options: Any) -> None:
        if not self._may_create and "uri" not in options:
            args[0] = f"file:{quote(str(self._path.resolve()))}?mode=rw"
            options["uri"] = True

    def _connected(self, _connection: Any, _record: Any) -> None:
        if self._first is None:
            self._first = self._there()
            self._may_create = False
            self._pin()

    def _taken(self, _connection: Any, _record: Any, _proxy: Any) -> None:
        if self._there() != self._first:
            raise CatalogReplaced(f"{self._path} is not the file any more that was opened")

    def _there(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise SQLAlchemyError(f"{self._path} cannot be reached: {error.strerror}") from error
        return found.st_dev, found.st_ino

    def _pin(self) -> None:
        """So that no other file gets its number. To close an O_PATH gives up no lock of SQLite."""
        if hasattr(os, "O_PATH"):
            pin = os.open(self._path, os.O_PATH | os.O_CLOEXEC)
            self._unpinned = finalize(self, os.close, pin)

    def _unpin(self, _engine: Engine) -> None:
        """Nobody uses the engine any more: its file may go, and so may its disk."""
        self._first = None
        if self._unpinned is not None:
            self._unpinned()
