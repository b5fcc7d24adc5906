"""Any source (path, bytes, http URL, picture, array) → an upright RGB picture, or the reason."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from search.errors import InvalidImage
from search.fetching import Fetcher
from search.sources import check_length, named, read_bytes

ImageSource = str | Path | bytes | Image.Image | NDArray[np.uint8]

MAX_PIXELS = 89_478_485  # Pillow's own default
MIN_SIDE = 8

# Set once, because `warnings.catch_warnings` is not safe among threads. Pillow warns of damaged
# metadata in pictures that it reads well, and of many pixels, which `_check_size` refuses.
warnings.filterwarnings("ignore", module=r"PIL\.")

# What Pillow's readers are known to raise on hostile data.
PILLOW_ERRORS = (
    *(OSError, EOFError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError),
    *(LookupError, ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error),
)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # phones' MPO opens as JPEG
# What merchants' files turn out to be, by what is found near their beginning.
OTHER_KINDS = {
    b"%pdf-": "a PDF document",
    b"<svg": "an SVG drawing",
    b"<html": "an HTML page",
    b"ftypheic": "a HEIC photo",
}

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image; ``pixels`` may be a reduced rendering of the original."""

    pixels: Image.Image  # mode RGB, upright
    size: tuple[int, int]  # (width, height) of the upright original in pixels


def decode(data: bytes, source: str, at_least: int = 0) -> Picture:
    """The first frame of an encoded image; ``source`` is what the error calls it.

    With ``at_least``, a JPEG may be decoded reduced, to no fewer pixels than that on a side that
    had them. Raises InvalidImage.
    """
    check_length(len(data), source)
    with _explained(source, data):
        image = Image.open(io.BytesIO(data), formats=_formats())
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
        image.load()
    orientation = _orientation(image)
    if image.mode == "F" or image.mode.startswith("I"):
        image = _eight_bits(image)
    with _explained(source):
        is_done = is_own and image.mode == "RGB" and image.format == "JPEG"
        pixels = image if is_done else _over_white(image)
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    pixels.info.clear()  # or the next reader would turn it again
    return Picture(pixels, (height, width) if orientation >= 5 else (width, height))


def _over_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    rgba = image.convert("RGBA")
    white.paste(rgba, mask=rgba)
    return white


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, or F (0 to 1, else 0 to 255), scaled: Pillow would clip it to white."""
    values = np.asarray(image)
    if image.mode == "F":
        values = np.nan_to_num(values)
        grey = np.clip(values * (255 if values.max() <= 1 else 1), 0, 255).astype(np.uint8)
    else:
        grey = (np.clip(values, 0, 65535) >> 8).astype(np.uint8)
    grey[values == image.info.get("transparency")] = 255
    return Image.fromarray(grey)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
        return value if value in _UPRIGHT else 1
    except PILLOW_ERRORS:  # damaged metadata, usable pixels
        return 1


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
    except UnidentifiedImageError as error:
        raise InvalidImage(source, _kind(data)) from error
    except PILLOW_ERRORS as error:
        reason = f"the image is damaged or cut short ({error})"
        raise InvalidImage(source, reason, "image_truncated") from error


def _kind(data: bytes) -> str:
    head = data[:1000].lower()
    kinds = (kind for mark, kind in OTHER_KINDS.items() if mark in head)
    return f"this is {next(kinds, 'not a readable image')}; it must be one of {', '.join(FORMATS)}"


@cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow reads."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)
