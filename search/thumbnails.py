"""Pictures small enough to be part of a page."""

import base64
import io
from pathlib import Path

from PIL import Image

from search.errors import FetchError, InvalidImage
from search.fetching import Fetcher
from search.images import load

_SIDE = 176
"""Pixels of the longer side: sharp at 110 CSS pixels on dense screens, about 6 KB."""

_QUALITY = 80


def thumbnail(picture: Image.Image) -> str:
    """An RGB picture as the data URI of a JPEG of at most 176 x 176 pixels."""
    small = picture.copy()
    small.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def thumbnail_of(source: str | Path, fetcher: Fetcher | None = None) -> str | None:
    """The same of a file, or of a URL in a string; None when it cannot be read (any more)."""
    try:
        return thumbnail(load(source, fetcher=fetcher, at_least=_SIDE).pixels)
    except (InvalidImage, FetchError):
        return None
