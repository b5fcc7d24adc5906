"""Where a picture's bytes come from: files, and http(s) URLs through a fetcher."""

import os
import stat
from pathlib import Path

from search.errors import InvalidImage
from search.fetching.fetcher import Fetcher, shown

MAX_FILE_BYTES = 100_000_000


def read_bytes(source: str | Path, fetcher: Fetcher | None) -> bytes:
    """The bytes of a file or an http(s) URL; raises InvalidImage or FetchError."""
    if isinstance(source, str) and is_url(source):
        if fetcher is not None:
            return fetcher.fetch(source)
        with Fetcher() as own:
            return own.fetch(source)
    return read_file(Path(source))


def local_path(root: Path, source: str) -> Path:
    """The resolved path of ``source`` under ``root``, existing or not; InvalidImage if outside."""
    try:
        path = (root / source).resolve()
        longest = max(len(os.fsencode(part)) for part in path.parts)
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error  # an OSError's text names the whole path
        why = "a loop of links" if isinstance(error, RuntimeError) else why  # this one's, too
        reason = f"no file can have that name ({why})"
        raise InvalidImage(ascii(source), reason, "image_unreadable") from error
    if longest > 255 or len(os.fsencode(path)) > 4095:  # what file systems can hold
        raise InvalidImage(source[:100], "the file name is too long", "image_unreadable")
    if not path.is_relative_to(root.resolve()):
        raise InvalidImage(source, "the file is outside the image folder", "path_outside_root")
    return path


def is_url(source: str) -> bool:
    """Whether it is fetched, not read from disk."""
    return source.lower().startswith(("http://", "https://"))


def named(source: str | Path) -> str:
    """What messages call it: a URL without its credentials and query, a path as it is."""
    return shown(source) if isinstance(source, str) and is_url(source) else str(source)


def check_length(count: int, source: str) -> None:
    """Raise InvalidImage unless ``count`` bytes can be a picture."""
    if count == 0:
        raise InvalidImage(source, "the file is empty (0 bytes)")
    if count > MAX_FILE_BYTES:
        reason = f"the file has {count / 1e6:.0f} MB, more than {MAX_FILE_BYTES / 1e6:.0f}"
        raise InvalidImage(source, reason, "image_too_large")


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises InvalidImage."""
    try:
        with open(path, "rb", buffering=0, opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):  # a pipe or device would never end
                raise InvalidImage(str(path), "this is no ordinary file", "image_unreadable")
            check_length(status.st_size, str(path))
            return file.read(status.st_size)
    except (OSError, ValueError) as error:
        reason = f"the file cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InvalidImage(str(path), reason, "image_unreadable") from error


def _open_at_once(path: str, flags: int) -> int:
    """A pipe that nobody writes to would be waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
