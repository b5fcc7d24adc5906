"""Real pictures, cut short or with other bytes: each is a picture or has a reason, nothing else.

5,000 seeded cases of every format; what they compute and hold is bounded, also all together.
"""

import ctypes
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import thread_time

import pytest

from benchmarks.fuzz.pictures import damaged, pictures
from search.errors import InvalidImage
from search.images import FORMATS, decode
from search.images.limits import MAX_PIXELS, SECONDS

CASES = 5_000
KINDS = {"JPEG": b"\xff\xd8", "PNG": b"\x89P", "GIF": b"GI", "BMP": b"BM", "WEBP": b"RI"}
CODES = {"not_an_image", "image_truncated", "image_too_large", "image_too_small"}

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")


@pytest.fixture(scope="module")
def whole() -> list[bytes]:
    return pictures()


def outcome(data: bytes, at_least: int) -> str:
    """The code of the reason, or that there is a picture; raises anything else."""
    try:
        picture = decode(data, "x", at_least)
    except InvalidImage as error:
        assert error.reason
        assert error.code in CODES
        return error.code
    assert picture.pixels.mode == "RGB"
    assert picture.size[0] * picture.size[1] <= MAX_PIXELS
    return "picture"


def memory() -> int:
    """Bytes of this process, without what only waits to be used again."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def cases(whole: list[bytes]) -> Iterator[tuple[bytes, int]]:
    random = Random(2026)  # noqa: S311
    for number in range(CASES):
        yield damaged(whole, random), (number % 2) * 16


def test_every_picture_is_read_while_it_is_whole(whole: list[bytes]) -> None:
    assert [outcome(data, 0) for data in whole] == ["picture"] * len(whole)
    for mark in KINDS.values():
        assert any(data.startswith(mark) for data in whole)
    assert len(FORMATS) == len(KINDS) + 2
    assert any(data[4:12] == b"ftypavif" for data in whole)
    assert any(data.startswith((b"II*\0", b"MM\0*")) for data in whole)


@pytest.mark.slow
def test_damaged_pictures_end_in_a_picture_or_a_reason(whole: list[bytes]) -> None:
    outcomes, longest, before = [], 0.0, 0
    for number, (data, at_least) in enumerate(cases(whole)):
        start = thread_time()
        outcomes.append(outcome(data, at_least))
        longest = max(longest, thread_time() - start)
        if number == CASES // 5:
            before = memory()
    assert set(outcomes) >= {"picture", "image_truncated", "not_an_image"}
    assert longest < SECONDS
    assert memory() < 1.05 * before
