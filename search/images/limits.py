"""What decoding one picture may take, whatever its file asks for.

- Time: ``TimedFile`` ends a decoder at its next read. Pillow's JPEG, PNG, GIF and BMP decoders read
  as they go. WebP, AVIF and compressed TIFF get the whole file and decode it in one call, which
  nothing can stop in a thread: what bounds them is the number of pixels, checked before, and for
  TIFF ``search.images.tiffs``.
- Memory: ``large_pictures`` lets only so many pixels be decoded at once in a process.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import thread_time

from PIL import Image, JpegImagePlugin

MAX_PIXELS = 89_478_485
"""Of one picture; Pillow's own default."""

SECONDS = 10.0
"""Of a processor, for decoding one picture: the same on a busy machine."""

SMALL = 4_000_000
"""Pixels; pictures with no more of them are never waited for."""

_LEAST_AVIF = MAX_PIXELS // 4
"""Pixels that an AVIF counts with: its frame may be larger than its file says, up to 16,384 x
16,384 (0.6 GB, measured; the largest WebP takes 1.4)."""

_PIECE, _SEVERAL = 1024, 64
"""The clock, which costs more than a read, is looked at when so many bytes or more are read, and
with every so many reads of fewer."""

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
