"""What a merchant calls an image becomes an upright RGB picture, or a sentence that says why."""

import io
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from search import images
from search.errors import InvalidImage
from search.images import Picture, decode, load

# The product ignores Pillow's warnings; pytest's own filter would make errors of them.
pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")


def scene(width: int = 48, height: int = 32) -> Image.Image:
    """A smooth picture with no symmetry: red grows rightwards, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([x, y, np.full_like(x, 60)]).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG of any size, with valid checksums and hardly any data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def jpeg_header(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = bytearray(encoded(scene(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean absolute difference of two pictures of one size."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def pixel(picture: Picture, x: int = 5, y: int = 5) -> tuple[int, ...]:
    value = picture.pixels.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(channel) for channel in value)


def refusal(call: Callable[[], object]) -> InvalidImage:
    with pytest.raises(InvalidImage) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_listed_format_becomes_the_same_rgb_picture(kind: str) -> None:
    picture = decode(encoded(scene(), kind), "x")
    assert picture.pixels.mode == "RGB"
    assert picture.size == picture.pixels.size == (48, 32)
    assert difference(picture.pixels, scene()) < 8


def test_a_phones_multi_picture_jpeg_gives_its_first_picture() -> None:
    data = encoded(scene(), "MPO", save_all=True, append_images=[scene().rotate(180)])
    assert difference(decode(data, "x").pixels, scene()) < 8


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_keeps_its_colours(kind: str) -> None:
    red = Image.new("RGB", (16, 16), (220, 20, 20)).convert("CMYK")
    got = pixel(decode(encoded(red, kind), "x"))
    assert np.allclose(got, (220, 20, 20), atol=6)


def test_palette_grey_and_one_bit_keep_their_colours() -> None:
    assert difference(decode(encoded(scene().quantize(256)), "x").pixels, scene()) < 8
    assert pixel(decode(encoded(Image.new("L", (9, 9), 77)), "x")) == (77, 77, 77)
    assert pixel(decode(encoded(Image.new("1", (9, 9), 1)), "x")) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
@pytest.mark.parametrize("alpha", [0, 128, 255])
def test_transparency_is_shown_over_white(mode: str, alpha: int) -> None:
    image = Image.new(mode[:-1], (16, 16), 0)  # black, also as a palette's first colour
    image.putalpha(alpha)
    assert image.mode == mode
    source = image if mode == "PA" else encoded(image)  # no listed format holds PA
    assert pixel(load(source)) == pytest.approx((255 - alpha,) * 3, abs=1)


def test_one_transparent_colour_is_shown_over_white() -> None:
    for image, colour in [
        (Image.new("P", (16, 16), 0), 0),
        (Image.new("L", (16, 16), 9), 9),
        (Image.new("RGB", (16, 16), (1, 2, 3)), (1, 2, 3)),
        (Image.fromarray(np.full((16, 16), 4000, np.uint16)), 4000),
    ]:
        assert pixel(decode(encoded(image, transparency=colour), "x")) == (255, 255, 255)


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<i4"])
@pytest.mark.parametrize(("value", "grey"), [(0, 0), (32768, 128), (65535, 255)])
def test_sixteen_bit_grey_is_scaled_not_clipped(dtype: str, value: int, grey: int) -> None:
    image = Image.fromarray(np.full((16, 16), value, dtype))
    assert pixel(decode(encoded(image, "TIFF"), "x")) == (grey,) * 3
    if dtype == "<u2":
        assert pixel(decode(encoded(image, "PNG"), "x")) == (grey,) * 3


@pytest.mark.parametrize(
    ("value", "grey"), [(0.5, 127), (1.0, 255), (200.0, 200), (-1, 0), (np.nan, 0)]
)
def test_float_grey_is_scaled(value: float, grey: int) -> None:
    image = Image.fromarray(np.full((16, 16), value, np.float32))
    assert pixel(decode(encoded(image, "TIFF"), "x")) == (grey,) * 3


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    later = [Image.new("RGB", (48, 32), colour) for colour in ("red", "blue")]
    data = encoded(scene(), kind, save_all=True, append_images=later)
    assert difference(decode(data, "x").pixels, scene()) < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})],
)
def test_every_exif_orientation_is_applied_once(
    kind: str, options: dict[str, Any], orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(), kind, exif=exif.tobytes(), **options)
    picture = decode(data, "x")
    stored = scene().copy()
    stored.info["exif"] = exif.tobytes()
    upright = ImageOps.exif_transpose(stored)
    assert picture.size == upright.size
    assert difference(picture.pixels, upright) < 8
    assert load(picture.pixels).pixels.tobytes() == picture.pixels.tobytes()


def test_sixteen_bit_grey_is_turned_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    ramp = Image.fromarray(np.tile(np.arange(0, 64_000, 2000, dtype=np.uint16), (16, 1)))
    picture = decode(encoded(ramp, exif=exif.tobytes()), "x")
    assert picture.size == picture.pixels.size == (16, 32)
    assert pixel(picture, 0, 31) > pixel(picture, 0, 0)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_reduced_decode_is_the_same_picture_and_reports_the_original_size(
    orientation: int,
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(1200, 900), "JPEG", exif=exif.tobytes())
    full, reduced = decode(data, "x"), decode(data, "x", at_least=224)
    assert full.size == reduced.size == full.pixels.size
    assert full.pixels.size > reduced.pixels.size
    assert min(reduced.pixels.size) == 225
    assert difference(full.pixels.resize((64, 64)), reduced.pixels.resize((64, 64))) < 2


def test_a_picture_smaller_than_asked_for_keeps_its_size() -> None:
    for kind in ("JPEG", "PNG"):
        assert decode(encoded(scene(), kind), "x", at_least=224).pixels.size == (48, 32)


def test_an_empty_file_is_said_to_be_empty() -> None:
    assert "empty (0 bytes)" in refusal(lambda: decode(b"", "mug.jpg")).reason


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><HTML><body>404</body>", "HTML"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"just some words", "not a readable image"),
        (bytes(1000), "not a readable image"),
        (encoded(scene(), "ICO"), "not a readable image"),
        (encoded(scene(), "PPM"), "not a readable image"),
    ],
)
def test_a_file_of_another_kind_is_named(data: bytes, word: str) -> None:
    error = refusal(lambda: decode(data, "mug.jpg"))
    assert error.code == "not_an_image"
    assert str(error).startswith("mug.jpg: ")
    assert word in error.reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    data = encoded(scene(), kind)
    assert refusal(lambda: decode(data[: len(data) // 2], "x")).code == "image_truncated"


@pytest.mark.parametrize("header", [png_header, jpeg_header])
def test_a_huge_image_is_refused_before_any_memory_is_taken(
    header: Callable[[int, int], bytes],
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(lambda: decode(header(30_000, 30_000), "x")).code == "image_too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


@pytest.mark.parametrize("action", ["error", "ignore"])
def test_the_pixel_limit_does_not_depend_on_warning_filters(
    action: str, request: pytest.FixtureRequest
) -> None:
    request.applymarker(pytest.mark.filterwarnings(f"{action}::Warning"))
    assert refusal(lambda: decode(png_header(10_000, 9_000), "x")).code == "image_too_large"
    assert refusal(lambda: decode(png_header(10_000, 8_900), "x")).code == "image_truncated"


def test_an_image_needs_eight_pixels_on_each_side() -> None:
    for size in [(1, 1), (7, 100), (100, 7)]:
        error = refusal(lambda size=size: decode(encoded(Image.new("RGB", size)), "x"))  # type: ignore[misc]
        assert error.code == "image_too_small"
    assert decode(encoded(Image.new("RGB", (8, 8))), "x").size == (8, 8)


def test_damaged_metadata_neither_fails_nor_prints() -> None:
    """In a process of its own: what counts is the product's filter, not pytest's."""
    data = bytearray(encoded(scene(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(20)))
    code = (
        "import sys; from search.images import decode\n"
        "for _ in range(3): print(decode(sys.stdin.buffer.read() or DATA, 'x').size)"
    ).replace("sys.stdin.buffer.read() or DATA", repr(bytes(data)))
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:3] == ["(48, 32)"] * 3
    assert done.stderr == ""


def test_path_bytes_picture_and_array_give_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "scene.png"
    path.write_bytes(encoded(scene()))
    sources: list[images.ImageSource] = [path, str(path), path.read_bytes(), scene()]
    for source in [*sources, np.asarray(scene())]:
        picture = load(source)
        assert picture.size == (48, 32)
        assert picture.pixels.tobytes() == scene().tobytes()


def test_a_given_picture_is_not_changed_and_not_shared() -> None:
    given_picture = scene()
    picture = load(given_picture)
    picture.pixels.paste("red", (0, 0, 48, 32))
    assert given_picture.tobytes() == scene().tobytes()


def test_a_grey_array_becomes_rgb() -> None:
    assert pixel(load(np.full((9, 12), 50, np.uint8))) == (50, 50, 50)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((20, 20, 1), np.uint8),
        np.zeros((20, 20, 3), np.float32),
        np.zeros(20, np.uint8),
        np.zeros((2, 20, 20, 3), np.uint8),
    ],
)
def test_an_array_of_another_shape_or_type_is_named(array: NDArray[Any]) -> None:
    reason = refusal(lambda: load(array)).reason
    assert str(array.shape) in reason
    assert str(array.dtype) in reason


def test_an_array_with_no_pixels_is_too_small() -> None:
    assert refusal(lambda: load(np.zeros((0, 10), np.uint8))).code == "image_too_small"


def test_a_picture_of_a_mode_that_cannot_be_shown_is_refused() -> None:
    assert "La" in refusal(lambda: load(Image.new("La", (16, 16)))).reason


def test_many_threads_decode_at_once() -> None:
    sources = [encoded(scene(), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")] * 8
    alone = [decode(data, "x").pixels.tobytes() for data in sources]
    with ThreadPoolExecutor(8) as threads:
        together = threads.map(lambda data: decode(data, "x").pixels.tobytes(), sources)
        assert list(together) == alone


VALID = [
    encoded(scene(), "JPEG", exif=Image.Exif()),
    encoded(scene()),
    encoded(scene().quantize(8), transparency=1),
    encoded(scene(), "WEBP"),
    encoded(scene(), "GIF", save_all=True, append_images=[Image.new("RGB", (48, 32))]),
    encoded(scene(), "TIFF"),
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_files_give_a_picture_or_a_reason(choices: st.DataObject) -> None:
    data = bytearray(choices.draw(st.sampled_from(VALID)))
    flips = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    for place, change in choices.draw(st.lists(flips, max_size=6)):
        data[int(place**3 * len(data))] ^= change  # mostly in the headers
    end = choices.draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
    try:
        picture = decode(bytes(data[:end]), "x", at_least=choices.draw(st.sampled_from([0, 16])))
    except InvalidImage as error:
        assert error.reason
    else:
        assert picture.pixels.mode == "RGB"
