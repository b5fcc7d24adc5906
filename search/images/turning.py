"""A decoded picture of any mode, lying in any way → upright RGB over white."""

import struct
import zlib

import numpy as np
from PIL import ExifTags, Image

# What Pillow's readers are known to raise on hostile data.
PILLOW_ERRORS = (
    *(OSError, EOFError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError),
    *(LookupError, ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error),
)

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, orientation: int, *, is_own: bool) -> Image.Image:
    """RGB; ``is_own``: nobody else has the image, so that it need not be copied."""
    if image.mode == "F" or image.mode.startswith("I"):
        image = _eight_bits(image)
    is_done = is_own and image.mode == "RGB" and image.format == "JPEG"
    pixels = image if is_done else _over_white(image)
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    pixels.info.clear()  # or the next reader would turn it again
    return pixels


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
        known = np.clip(np.nan_to_num(values), 0, 255)
        grey = (known * (255 if known.max() <= 1 else 1)).astype(np.uint8)
    else:
        grey = (np.clip(values, 0, 65535) >> 8).astype(np.uint8)
    grey[values == image.info.get("transparency")] = 255
    return Image.fromarray(grey)


def orientation_of(image: Image.Image) -> int:
    """As EXIF counts: 1 is upright, from 5 on width and height change places."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
        return value if value in _UPRIGHT else 1
    except PILLOW_ERRORS:  # damaged metadata, usable pixels
        return 1
