"""Small JPEGs of pictures, as answers and pages show them."""

import base64
import io
from pathlib import Path

from PIL import Image

from search.errors import FetchError, InvalidImage
from search.fetching.fetcher import Fetcher
from search.images import load

_SIDE = 176
"""Pixels of the longer side in a page: sharp at 110 CSS pixels on dense screens, about 6 KB."""

_QUALITY = 82


def thumbnail(picture: Image.Image, side: int) -> bytes:
    """A JPEG of an RGB picture, whose longer side is ``side`` pixels at most."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def data_uri(picture: Image.Image) -> str:
    """One of at most 176 x 176 pixels, to be part of a page."""
    data = base64.b64encode(thumbnail(picture, _SIDE)).decode()
    return f"data:image/jpeg;base64,{data}"


def data_uri_of(source: str | Path, fetcher: Fetcher | None = None) -> str | None:
    """The same of a file, or of a URL in a string; None when it cannot be read (any more)."""
    try:
        return data_uri(load(source, fetcher=fetcher, at_least=_SIDE).pixels)
    except (InvalidImage, FetchError):
        return None
