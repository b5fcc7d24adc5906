"""Small JPEGs of pictures, as they are shown."""

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

from search.images import Picture, load

_KEPT = 2_000
"""Thumbnails in memory, 10 to 40 kB each."""

_QUALITY = 82


def thumbnail(picture: Picture, width: int) -> bytes:
    """A JPEG whose longer side is ``width`` pixels at most."""
    small = picture.pixels.copy()
    small.thumbnail((width, width), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def thumbnail_of(path: Path, width: int) -> bytes:
    """The same of a file, remembered until it changes; raises InvalidImage or OSError."""
    return _made(path, path.stat().st_mtime_ns, width)


@lru_cache(maxsize=_KEPT)
def _made(path: Path, _mtime_ns: int, width: int) -> bytes:
    return thumbnail(load(path, at_least=width), width)
