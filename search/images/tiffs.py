"""TIFFs with which libtiff, which nothing can stop, would take hours or gigabytes are refused.

Their parts may overlap, and be decoded again and again; a tile may be larger than its picture.
"""

import struct

from PIL import Image, TiffImagePlugin

_MOST_PARTS = 100_000
"""Strips or tiles of a TIFF; Pillow takes 300 bytes and ten microseconds for each."""

_LARGEST_TILE = 1 << 24
"""Pixels of a TIFF's tile, which may be larger than its picture."""

# Not LZMA and Zstandard, of which a few bytes can demand gigabytes, nor what no shop's file has.
_COMPRESSIONS = {
    *("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg"),
    *("tiff_ccitt", "group3", "group4"),
}
_HEADERS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<"}
_PARTS = {273, 279, 324, 325}  # the offsets and lengths of strips and of tiles
_STRIP_BYTES, _TILE_BYTES, _TILE_WIDTH, _TILE_LENGTH = 279, 325, 322, 323


def check_tiff(data: bytes) -> None:
    """Raise OSError for a TIFF that two readers may read differently, or in too many parts.

    Anything else passes.
    """
    if data[:2] not in {b"II", b"MM"}:
        return
    order = _HEADERS.get(data[:4])
    if order is None:
        raise OSError("no TIFF header")
    fields = _fields(data, order, is_big=data[2:3] == b"+")
    if len(dict(fields)) < len(fields):
        raise OSError("a field is there twice")
    if any(count > _MOST_PARTS for tag, count in fields if tag in _PARTS):
        raise OSError(f"it has more than {_MOST_PARTS:,} parts")


def check_opened_tiff(image: Image.Image, size: int) -> None:
    """Raise OSError when libtiff would need far more time or memory than the picture's pixels.

    ``size`` is the file's in bytes. Pictures of other formats pass.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    tags = image.tag_v2
    compression = image.info.get("compression")
    if compression not in _COMPRESSIONS:
        raise OSError(f"its compression, {compression}, is not supported")
    if sum(tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES) or ()) > size:
        raise OSError("its parts are larger than the file")
    if (tags.get(_TILE_WIDTH) or 0) * (tags.get(_TILE_LENGTH) or 0) > _LARGEST_TILE:
        raise OSError("its tiles are too large")


def _fields(data: bytes, order: str, *, is_big: bool) -> list[tuple[int, int]]:
    """The tag and the count of values of each field of a TIFF's first directory."""
    offset, number, field = ("8xQ", "Q", "HHQ8x") if is_big else ("4xI", "H", "HHI4x")
    (at,) = struct.unpack_from(order + offset, data)
    (count,) = struct.unpack_from(order + number, data, at)
    at += struct.calcsize(number)
    fields = data[at : at + count * struct.calcsize(order + field)]
    return [(tag, values) for tag, _, values in struct.iter_unpack(order + field, fields)]
