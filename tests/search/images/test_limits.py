"""What a small file may ask of a decoder is limited: its time, its memory, its tricks."""

import io
import struct
import zlib
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from search.errors import InvalidImage
from search.images import decode, limits
from search.images.limits import MAX_PIXELS, TimedFile, TooSlow, large_pictures

Tag = tuple[int, int, int, int]
RAW, LZW, DEFLATE, LZMA = 1, 5, 8, 34925


def tiff(*tags: Tag, data: bytes = b"", wide: int = 8, high: int = 8, how: int = RAW) -> bytes:
    """A grey TIFF of 8 bits with ``data`` at 8, and its fields: tag, type, count, value."""
    usual = [(256, 4, 1, wide), (257, 4, 1, high), (258, 3, 1, 8), (259, 3, 1, how), (262, 3, 1, 1)]
    fields = b"".join(struct.pack("<HHII", *tag) for tag in sorted([*usual, *tags]))
    count = struct.pack("<H", len(usual) + len(tags))
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + count + fields + bytes(4)


def refusal(data: bytes) -> InvalidImage:
    with pytest.raises(InvalidImage) as caught:
        decode(data, "x")
    return caught.value


def jpeg(side: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times more."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]


def test_a_decoder_reads_no_more_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    file = TimedFile(b"pixels")
    assert file.read(3) == b"pix"
    monkeypatch.setattr(limits, "SECONDS", 0.0)
    late = TimedFile(b"pixels")
    with pytest.raises(TooSlow):
        late.read(5000)
    with pytest.raises(TooSlow):
        for _ in range(100):
            late.read(1)
    assert file.read() == b"els"


def test_a_jpeg_of_endless_scans_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decode(jpeg(64, 3), "x").size == (64, 64)
    clock = iter(range(1000))  # each look at it is a second later
    monkeypatch.setattr(limits, "thread_time", lambda: next(clock))
    error = refusal(jpeg(64, 100_000))
    assert (error.code, "10 seconds" in error.reason) == ("image_too_large", True)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_every_decoder_that_reads_as_it_goes_ends(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    clock = iter([0, *[11] * 1000])
    monkeypatch.setattr(limits, "thread_time", lambda: next(clock))
    assert refusal(buffer.getvalue()).code == "image_too_large"


def overlapping(parts: int) -> bytes:
    """All strips of a picture are one stream, long and nearly empty: hours of work in all."""
    empty = b"\0\0\0\xff\xff" * 1000
    stream = b"\x78\x9c" + empty + b"\1\x08\0\xf7\xff" + bytes(8)
    stream += struct.pack(">I", zlib.adler32(bytes(8)))
    data = stream + struct.pack(f"<{2 * parts}I", *[8] * parts, *[len(stream)] * parts)
    offsets = 8 + len(stream)
    fields = [(273, 4, parts, offsets), (278, 4, 1, 1), (279, 4, parts, offsets + 4 * parts)]
    return tiff(*fields, data=data, high=parts, how=DEFLATE)


def several(parts: int) -> bytes:
    """A picture of 8 x 8 pixels in so many strips."""
    data = struct.pack(f"<{2 * parts}I", *[8] * parts, *[0] * parts)
    return tiff((273, 4, parts, 8), (278, 4, 1, 1), (279, 4, parts, 8 + 4 * parts), data=data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (overlapping(64), "parts are larger than the file"),
        (several(100_001), "more than 100,000 parts"),
        (tiff((273, 4, 1, 8), (279, 4, 1, 64), (279, 4, 1, 1), data=bytes(64)), "there twice"),
        (tiff((273, 4, 1, 8), (279, 4, 1, 64), data=bytes(64), how=LZMA), "compression, lzma"),
        (
            tiff((322, 4, 1, 1 << 15), (323, 4, 1, 1 << 15), (324, 4, 1, 8), (325, 4, 1, 64),
                 data=bytes(64), how=LZW),
            "tiles are too large",
        ),
        (b"MM\0+" + bytes(100), "no TIFF header"),
        (b"MM*\0" + bytes(100), "no TIFF header"),
        (b"II*\0\xff\xff\xff\xff", "damaged"),
        (b"II*\0", "damaged"),
        (b"II", "damaged"),
    ],
)  # fmt: skip
def test_a_tiff_that_asks_too_much_of_libtiff_is_refused(data: bytes, words: str) -> None:
    error = refusal(data)
    assert words in error.reason
    assert error.code == "image_truncated"


def test_ordinary_tiffs_of_every_kind_are_read() -> None:
    assert decode(tiff((273, 4, 1, 8), (279, 4, 1, 64), data=bytes(64)), "x").size == (8, 8)
    picture = Image.new("RGB", (300, 200), "teal")
    bits = picture.convert("1")
    for how in ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "group4", None]:
        for big in (False, True):
            buffer = io.BytesIO()
            page = bits if how == "group4" else picture
            page.save(buffer, "TIFF", compression=how, big_tiff=big, strip_size=4096)
            assert decode(buffer.getvalue(), "x").size == (300, 200)


def test_large_pictures_wait_for_each_other_and_small_ones_for_none() -> None:
    inside = Event()

    def enter(pixels: int) -> None:
        with large_pictures.taken(pixels):
            inside.set()

    with large_pictures.taken(MAX_PIXELS):
        waiting = Thread(target=enter, args=(limits.SMALL + 1,))
        waiting.start()
        enter(limits.SMALL)
        assert inside.is_set()
        inside.clear()
        assert waiting.is_alive()
    waiting.join()
    assert inside.is_set()


def test_what_fails_inside_leaves_the_room_free() -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="oops"), large_pictures.taken(MAX_PIXELS):
            raise ValueError("oops")


@pytest.mark.parametrize(
    ("kind", "side", "options", "held"),
    [
        ("PNG", 1000, {}, 0),
        ("PNG", 2400, {}, 2400 * 2400),
        ("AVIF", 64, {}, MAX_PIXELS // 4),  # what is inside may be larger
        ("JPEG", 2400, {}, 600 * 600),
        ("JPEG", 2400, {"progressive": True}, 2400 * 2400),
    ],
)
def test_a_picture_counts_with_what_it_takes_while_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, kind: str, side: int, options: dict[str, Any], held: int
) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side)).save(buffer, kind, **options)
    counted: list[int] = []
    real = large_pictures.taken

    def taken(pixels: int) -> AbstractContextManager[None]:
        counted.append(pixels)
        return real(pixels)

    monkeypatch.setattr(large_pictures, "taken", taken)
    decode(buffer.getvalue(), "x", at_least=448)
    assert counted == [held]
