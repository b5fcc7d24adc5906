"""Looking at every picture: each is read and decoded once, by threads a bounded way ahead."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from indexer.doctoring.look import SIDE, THUMBNAIL, Look, look_at
from indexer.doctoring.records import Shown
from indexer.progress import Steps
from search.arrays import Ids, Pixels
from search.errors import FetchError, InvalidImage
from search.fetching.fetcher import Fetcher
from search.images import load
from search.prefetching import done_ahead

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
            look_in = partial(_look, fetcher=fetcher)
            for at, look in enumerate(done_ahead(look_in, images, _THREADS, _AHEAD)):
                if look:
                    looks.note(at, look)
                done(1)
        yield looks


def _look(image: Shown, fetcher: Fetcher) -> Look | None:
    try:
        return look_at(load(image.place, fetcher=fetcher, at_least=SIDE).pixels)
    except (InvalidImage, FetchError):
        return None
