"""One command at a time changes an index."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from search.errors import IndexBusy


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which goes with the process however that ends.

    Raises IndexBusy at once when another command holds it.
    """
    with (folder / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read() or "just started"
            raise IndexBusy(
                f"Another command ({holder}) is changing '{folder}'; wait until it is done."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M}")
        file.flush()
        yield
