"""What decoding one picture may take, whatever its file asks for.

- Time: ``TimedFile`` ends a decoder at its next read. Pillow's JPEG, PNG, GIF and BMP decoders read
  as they go. WebP, AVIF and compressed TIFF get the whole file and decode it in one call, which
  nothing can stop in a thread: what bounds them is the number of pixels, checked before, and for
  TIFF, whose parts may be decoded again and again, ``check_tiff``.
- Memory: ``large_pictures`` lets only so many pixels be decoded at once in a process.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import thread_time

from PIL import Image, JpegImagePlugin, TiffImagePlugin

MAX_PIXELS = 89_478_485
"""Of one picture; Pillow's own default."""

SECONDS = 10.0
"""Of a processor, for decoding one picture: the same on a busy machine."""

SMALL = 4_000_000
"""Pixels; pictures with no more of them are never waited for."""

_LEAST_AVIF = MAX_PIXELS // 4
"""Pixels that an AVIF counts with: its frame may be larger than its file says, up to 16,384 x
16,384, which takes a third of the memory of the largest picture (0.6 GB, measured)."""

_PIECE, _SEVERAL = 1024, 64
"""The clock, which costs more than a read, is looked at when so many bytes or more are read, and
with every so many reads of fewer."""

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


_read = io.BytesIO.read  # a decoder reads a header in dozens of pieces


class TooSlow(Exception):
    """Decoding takes longer than it may; no OSError, which Pillow's decoders may get over."""


class TimedFile(io.BytesIO):
    """Bytes to decode in the thread that makes this, which may compute for ``SECONDS`` meanwhile.

    Reading raises TooSlow after that.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._until = thread_time() + SECONDS
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """As BytesIO, in time."""
        self._reads += 1
        is_piece = size is None or not 0 <= size < _PIECE
        if (is_piece or self._reads % _SEVERAL == 0) and thread_time() > self._until:
            raise TooSlow
        return _read(self, size)


class _Room:
    """Pictures with ``most`` pixels together may be inside at once."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._changed = Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for so many pixels; no longer than decoding takes."""
        held = pixels if pixels > SMALL else 0
        if not held:
            yield
            return
        with self._changed:
            self._changed.wait_for(lambda: self._free >= held)
            self._free -= held
        try:
            yield
        finally:
            with self._changed:
                self._free += held
                self._changed.notify_all()


large_pictures = _Room(MAX_PIXELS)


def held_pixels(image: Image.Image, pixels: int) -> int:
    """How many pixels are in memory while it is decoded; ``pixels`` is what its file says."""
    if image.format == "AVIF":
        return max(pixels, _LEAST_AVIF)
    if pixels <= SMALL:
        return 0
    return pixels if _has_scans(image) else image.width * image.height


def _has_scans(image: Image.Image) -> bool:
    """Whether it is a JPEG of several scans: those are kept whole, however they are scaled."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not isinstance(image.fp, TimedFile):
        return False
    return image.fp.getvalue().find(b"\xff\xda", image.fp.tell()) >= 0


def read_in_pieces(image: Image.Image, pixels: int) -> None:
    """Have a JPEG read so that its clock is looked at often enough.

    A scan of 14 bytes makes the decoder go over all ``pixels`` again, 1e-9 s for each (measured).
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.decodermaxblock = min(65_536, max(_PIECE, 65_536_000_000 // pixels))


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
