"""A SQLite file that is deleted or put back while it is open."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError


def follow_file(engine: Engine, path: Path) -> None:
    """Each use of a connection looks whether its file is still the one at ``path``.

    SQLite itself goes on with a file that was deleted or replaced, and makes an empty one where
    there is none. Once the file was opened, whoever uses it while it is gone gets an
    OperationalError, and the file that is there later is opened anew.
    """
    was_there = False

    def connect(*_: Any) -> None:
        if was_there and not path.exists():
            raise sqlite3.OperationalError(f"unable to open {path}: it is gone")

    def connected(_: Any, record: Any) -> None:
        nonlocal was_there
        record.info["file"] = _identity(path)
        was_there = True

    def checkout(_: Any, record: Any, __: Any) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"{path} is another file now")

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checkout)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
