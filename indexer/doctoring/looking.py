"""Looking at every picture: each is read and decoded once, by threads a bounded way ahead."""

import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.doctoring.look import SIDE, THUMBNAIL, Look, look_at
from indexer.doctoring.records import Shown
from indexer.progress import Steps
from search.arrays import Ids, Pixels
from search.errors import FetchError, InvalidImage
from search.fetching import Fetcher
from search.images import load

_AHEAD = 64
_THREADS = max(2, os.cpu_count() or 1)

Shares = NDArray[np.float64]
"""(n,) one for each image, NaN for those that could not be read."""


@dataclass(frozen=True, eq=False, slots=True)
class Looks:
    """The looks at n images: (n,) each, and (n, 96, 96, 3) ``thumbnails`` in a temporary file."""

    stands_out: Shares
    blur: Shares
    text: Shares
    products: Ids
    thumbnails: Pixels

    @property
    def unread(self) -> int:
        """How many images could not be read."""
        return int(np.isnan(self.blur).sum())

    def note(self, at: int, look: Look) -> None:
        """Keep one."""
        self.stands_out[at], self.blur[at], self.text[at] = look.stands_out, look.blur, look.text
        self.products[at] = look.products
        self.thumbnails[at] = look.thumbnail


@contextmanager
def looked_at(
    images: Sequence[Shown], fetch_allow: tuple[str, ...], steps: Steps
) -> Iterator[Looks]:
    """Look at all of them; the thumbnails are gone afterwards."""
    count = len(images)
    nothing = np.full(count, np.nan)
    with tempfile.TemporaryFile() as file:
        shape = (count, THUMBNAIL, THUMBNAIL, 3)
        thumbnails = np.memmap(file, np.uint8, "w+", shape=shape)
        looks = Looks(
            stands_out=nothing.copy(),
            blur=nothing.copy(),
            text=nothing.copy(),
            products=np.zeros(count, np.int64),
            thumbnails=thumbnails,
        )
        done = steps.start("Pictures", count)
        with Fetcher(allow=fetch_allow) as fetcher:
            for at, look in enumerate(_looks(images, fetcher)):
                if look:
                    looks.note(at, look)
                done(1)
        yield looks


def _looks(images: Iterable[Shown], fetcher: Fetcher) -> Iterator[Look | None]:
    """In the order of the images."""
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="look")
    ahead: deque[Future[Look | None]] = deque()
    try:
        for image in images:
            ahead.append(threads.submit(_look, image, fetcher))
            if len(ahead) >= _AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)


def _look(image: Shown, fetcher: Fetcher) -> Look | None:
    try:
        return look_at(load(image.place, fetcher=fetcher, at_least=SIDE).pixels)
    except (InvalidImage, FetchError):
        return None
