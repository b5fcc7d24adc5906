"""Small pictures of every kind, and damaged ones."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "images"
_DATASETS = "shared/datasets"

_MOST_CHANGES = 8
_HEADER = 64
"""Bytes at the beginning that are changed as often as all others together."""


def pictures() -> list[bytes]:
    """Photos of the sample catalog, and of the datasets beside the repository if they are there,
    in every format and in many ways to store them: a few kilobytes each.
    """
    photos = [_photo(path) for path in _files()]
    return [data for photo in photos for data in _stored(photo)]


def damaged(pictures: Sequence[bytes], random: Random) -> bytes:
    """One of them, cut short or with other bytes, or both."""
    data = bytearray(random.choice(pictures))
    for _ in range(random.randint(0, _MOST_CHANGES)):
        if not data:
            break
        end = _HEADER if random.random() < 0.5 else len(data)
        at = random.randrange(min(end, len(data)))
        _change(data, at, random)
    if random.random() < 0.3:
        del data[random.randrange(len(data) + 1) :]
    return bytes(data)


def _change(data: bytearray, at: int, random: Random) -> None:
    kind = random.randrange(5)
    if kind == 0:
        data[at] ^= 1 << random.randrange(8)
    elif kind == 1:
        data[at] = random.choice([0, 1, 127, 128, 255, random.randrange(256)])
    elif kind == 2:
        data[at : at + 4] = random.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"])
    elif kind == 3:
        del data[at : at + random.randint(1, 16)]
    else:
        data[at:at] = data[at : at + random.randint(1, 64)]


def _files() -> list[Path]:
    """Two pictures of each place."""
    beside = (folder / _DATASETS for folder in Path(__file__).resolve().parents)
    datasets = next((folder for folder in beside if folder.is_dir()), None)
    folders = [SAMPLE, *(sorted(datasets.iterdir()) if datasets else [])]
    found = (sorted(folder.rglob("*.jpg"))[:2] for folder in folders if folder.is_dir())
    return [path for files in found for path in files]


def _photo(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB").resize((48, 36))


def _stored(photo: Image.Image) -> Iterator[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a photo"
    more = [photo.rotate(180), photo.rotate(90)]
    yield _bytes(photo, "JPEG")
    yield _bytes(photo, "JPEG", progressive=True, exif=exif, icc_profile=bytes(200))
    yield _bytes(photo.convert("CMYK"), "JPEG")
    yield _bytes(photo, "MPO", save_all=True, append_images=more)
    yield from _pngs(photo, exif, more)
    yield _bytes(photo, "WEBP", quality=60)
    yield _bytes(photo.convert("RGBA"), "WEBP", lossless=True, exif=exif)
    yield _bytes(photo, "WEBP", save_all=True, append_images=more)
    yield _bytes(photo.quantize(32), "GIF", transparency=0)
    yield _bytes(photo, "GIF", save_all=True, append_images=more)
    yield _bytes(photo, "BMP")
    yield _bytes(photo.quantize(16), "BMP")
    yield from _tiffs(photo, exif)
    yield _bytes(photo, "AVIF", exif=exif)
    yield _bytes(photo, "AVIF", save_all=True, append_images=more)


def _pngs(photo: Image.Image, exif: Image.Exif, more: list[Image.Image]) -> Iterator[bytes]:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "x" * 300, zip=True)
    notes.add_itxt("Title", "y" * 300, zip=True)
    yield _bytes(photo, "PNG", pnginfo=notes, icc_profile=bytes(200), exif=exif)
    yield _bytes(photo.quantize(16), "PNG", transparency=0)
    yield _bytes(_deep(photo, np.uint16), "PNG")
    yield _bytes(photo, "PNG", save_all=True, append_images=more)


def _tiffs(photo: Image.Image, exif: Image.Exif) -> Iterator[bytes]:
    for how in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield _bytes(photo, "TIFF", compression=how, exif=exif, strip_size=1024)
    yield _bytes(photo.convert("1"), "TIFF", compression="group4")
    yield _bytes(_deep(photo, np.float32), "TIFF", big_tiff=True)
    yield _bytes(_deep(photo, np.int32), "TIFF")


def _deep(photo: Image.Image, kind: Any) -> Image.Image:
    return Image.fromarray(np.asarray(photo.convert("L")).astype(kind) * 100)


def _bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
