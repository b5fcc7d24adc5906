"""Any source (path, bytes, http URL, picture, array) → an upright RGB picture, or the reason."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from search.errors import InvalidImage
from search.fetching.fetcher import Fetcher
from search.images.limits import (
    MAX_PIXELS,
    SECONDS,
    TimedFile,
    TooSlow,
    held_pixels,
    large_pictures,
    read_in_pieces,
)
from search.images.tiffs import check_opened_tiff, check_tiff
from search.images.turning import PILLOW_ERRORS, orientation_of, upright
from search.sources import check_length, named, read_bytes

ImageSource = str | Path | bytes | Image.Image | NDArray[np.uint8]

MIN_SIDE = 8

# Set once, because `warnings.catch_warnings` is not safe among threads. Pillow warns of damaged
# metadata in pictures that it reads well, and of many pixels, which `_check_size` refuses.
warnings.filterwarnings("ignore", module=r"PIL\.")

BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # phones' MPO opens as JPEG
# What merchants' files turn out to be, by what is found near their beginning.
OTHER_KINDS = {
    b"%pdf-": "a PDF document",
    b"<svg": "an SVG drawing",
    b"<html": "an HTML page",
    b"ftypheic": "a HEIC photo",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image; ``pixels`` may be a reduced rendering of the original."""

    pixels: Image.Image  # mode RGB, upright
    size: tuple[int, int]  # (width, height) of the upright original in pixels


def decode(data: bytes, source: str, at_least: int = 0) -> Picture:
    """The first frame of an encoded image; ``source`` is what the error calls it.

    With ``at_least``, a JPEG may be decoded reduced, to no fewer pixels than that on a side that
    had them. What it may take is limited as ``search.images.limits`` says. Raises InvalidImage.
    """
    check_length(len(data), source)
    with _explained(source, data):
        check_tiff(data)
        image = Image.open(TimedFile(data), formats=_formats())
        check_opened_tiff(image, len(data))
    return _picture(image, source, at_least, is_own=True)


def load(source: ImageSource, *, fetcher: Fetcher | None = None, at_least: int = 0) -> Picture:
    """Any source as a picture; raises InvalidImage or FetchError.

    An array is (height, width, 3) RGB or (height, width) grey, uint8. Pass a ``fetcher`` to
    reuse its connections and limits; without one, each URL is fetched with a default one.
    """
    if isinstance(source, bytes):
        return decode(source, "the given bytes", at_least)
    if isinstance(source, Image.Image):
        return _picture(source, "the given picture")
    if isinstance(source, np.ndarray):
        return _picture(_from_array(source), "the given array")
    return decode(read_bytes(source, fetcher), named(source), at_least)


def _picture(
    image: Image.Image, source: str, at_least: int = 0, *, is_own: bool = False
) -> Picture:
    """``is_own``: nobody else has the image, so that it need not be copied."""
    width, height = image.size
    _check_size(width, height, source)
    with _explained(source):
        if at_least > 0:
            image.draft(None, (at_least, at_least))  # a square: the same before and after a turn
        read_in_pieces(image, width * height)
    with large_pictures.taken(held_pixels(image, width * height)), _explained(source):
        image.load()
        orientation = orientation_of(image)
        pixels = upright(image, orientation, is_own=is_own)
    return Picture(pixels, (height, width) if orientation >= 5 else (width, height))


def _from_array(array: NDArray[np.uint8]) -> Image.Image:
    """Checked here, where arrays of anything come in, whatever their annotation says."""
    if array.dtype != np.uint8 or array.ndim not in {2, 3} or array.shape[2:] not in {(), (3,)}:
        reason = f"shape {array.shape} of {array.dtype}, not (height, width, 3) or (height, width)"
        raise InvalidImage("the given array", f"{reason} of uint8")
    _check_size(array.shape[1], array.shape[0], "the given array")
    return Image.fromarray(np.ascontiguousarray(array))


def _check_size(width: int, height: int, source: str) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidImage(source, f"{width} x {height} pixels are too many", "image_too_large")
    if min(width, height) < MIN_SIDE:
        reason = f"{width} x {height} pixels are too few: each side needs {MIN_SIDE}"
        raise InvalidImage(source, reason, "image_too_small")


@contextmanager
def _explained(source: str, data: bytes = b"") -> Iterator[None]:
    """Pillow's exceptions as InvalidImage."""
    try:
        yield
    except BOMBS as error:
        reason = f"it has more than {MAX_PIXELS / 1e6:.0f} million pixels"
        raise InvalidImage(source, reason, "image_too_large") from error
    except TooSlow as error:
        reason = f"decoding it takes more than {SECONDS:g} seconds of a processor"
        raise InvalidImage(source, reason, "image_too_large") from error
    except UnidentifiedImageError as error:
        raise InvalidImage(source, _kind(data)) from error
    except PILLOW_ERRORS as error:
        reason = f"the image is damaged or cut short ({error})"
        raise InvalidImage(source, reason, "image_truncated") from error


def _kind(data: bytes) -> str:
    head = data[:4096].lower()
    kinds = (kind for mark, kind in OTHER_KINDS.items() if mark in head)
    return f"this is {next(kinds, 'not a readable image')}; it must be one of {', '.join(FORMATS)}"


@cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow reads."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)
