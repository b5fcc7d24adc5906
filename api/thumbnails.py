"""Thumbnails of the catalog's files, remembered."""

from functools import lru_cache
from pathlib import Path

from search.images import load
from search.images.thumbnails import thumbnail

_KEPT = 2_000
"""Thumbnails in memory, 10 to 40 kB each."""


def thumbnail_of(path: Path, width: int) -> bytes:
    """A JPEG of a file, made anew when it changed; raises InvalidImage or OSError."""
    return _made(path, path.stat().st_mtime_ns, width)


@lru_cache(maxsize=_KEPT)
def _made(path: Path, _mtime_ns: int, width: int) -> bytes:
    return thumbnail(load(path, at_least=width).pixels, width)
