"""Reading and embedding as a stream: references → decoded images → features → stored blocks."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import numpy as np

from indexer.progress import Step
from indexer.reading import Decoded, Reader
from indexer.workbench import Workbench
from search.arrays import Floats, Pixels
from search.catalog.features import measured
from search.catalog.records import ImageRef, Reading
from search.prefetching import done_ahead

_CHUNK = 4_096
"""Images asked of the catalog, or noted in it, at once."""

_AHEAD = 256
"""Images that may be decoded before the block that is being embedded is done."""

_READERS = max(4, os.cpu_count() or 1)
"""Threads that read files."""

_DOWNLOADERS = 32
"""Threads that read where there are URLs: nearly all of them may be waiting for servers."""

_AT_ONCE = 2
"""Blocks of the device that are embedded at once: at the end of a call a part of it idles."""

_UNSTORED = 2
"""Embedded blocks that may wait for the catalog."""


@dataclass(slots=True)
class Tally:
    """What became of the images; ``seconds`` from the first read to the last feature stored.

    ``embedded`` counts contents that went through the backbone, ``rejected`` unusable images.
    """

    embedded: int = 0
    rejected: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Embedded images per second, 0 when nothing was embedded."""
        return self.embedded / self.seconds if self.embedded else 0.0


def embed_images(bench: Workbench, reader: Reader) -> Tally:
    """Read every image that may have changed, embed and measure new contents, note what was found.

    Threads read and decode ahead of the backbone, another one measures colours and stores what was
    embedded, each a bounded way: an interruption loses two blocks of this function at most.
    """
    tally = Tally()
    if bench.store.lacks_some():
        starting = bench.steps.start("Model", 1)
        bench.embedder.start()  # before the clock: it loads and converts, it does not embed
        starting(1)
    done = bench.steps.start("Images", bench.catalog.count_images())
    start = perf_counter()
    try:
        for stored in done_ahead(
            partial(_store, bench), _embedded(bench, reader, done), 1, _UNSTORED
        ):
            tally.embedded += len(stored.digests)
            tally.rejected += sum(bool(reading.reason) for reading in stored.readings)
            tally.seconds = perf_counter() - start
            done(len(stored.readings))
    except BaseException:
        reader.stop()
        raise
    return tally


@dataclass(slots=True)
class _Block:
    """Decoded images that are embedded together."""

    readings: list[Reading] = field(default_factory=list)
    pixels: dict[str, Pixels] = field(default_factory=dict)
    thumbnails: dict[str, Pixels] = field(default_factory=dict)

    def add(self, decoded: Decoded) -> None:
        self.readings.append(decoded.reading)
        digest = decoded.reading.sha256
        if decoded.pixels is not None and digest is not None:
            self.pixels[digest] = decoded.pixels
        if decoded.thumbnail is not None and digest is not None:
            self.thumbnails[digest] = decoded.thumbnail

    def is_full(self, bench: Workbench) -> bool:
        # The runtime is asked only when there is work for it: starting it takes seconds.
        busy = bool(self.pixels) and len(self.pixels) >= _AT_ONCE * bench.embedder.runtime.block
        return busy or len(self.thumbnails) >= _AHEAD or len(self.readings) >= _CHUNK


@dataclass(frozen=True, eq=False, slots=True)
class _Embedded:
    """A block that is ready to be stored: a row for each of the digests, which had none yet."""

    readings: list[Reading]
    digests: list[str]
    rows: Floats
    thumbnails: dict[str, Pixels]


def _store(bench: Workbench, block: _Embedded) -> _Embedded:
    if block.readings:
        colours = measured(block.thumbnails)
        bench.store.put(block.digests, block.rows, colours, block.readings)
    return block


def _embedded(bench: Workbench, reader: Reader, done: Step) -> Iterator[_Embedded]:
    """Each content once, though the catalog may not know yet what blocks before it had."""
    recent: deque[list[str]] = deque(maxlen=_UNSTORED)
    for block in _blocks(bench, reader, done):
        seen = bench.store.known(block.pixels).union(*recent)
        new = {digest: pixels for digest, pixels in block.pixels.items() if digest not in seen}
        recent.append(list(new))
        rows = (
            bench.embedder.features(np.stack(list(new.values())))
            if new
            else np.empty((0, bench.embedder.backbone.dim), np.float32)
        )
        yield _Embedded(block.readings, list(new), rows, block.thumbnails)


def _blocks(bench: Workbench, reader: Reader, done: Step) -> Iterator[_Block]:
    block = _Block()
    for decoded in _read_all(bench, reader, done):
        block.add(decoded)
        if block.is_full(bench):
            yield block
            block = _Block()
    yield block


def _read_all(bench: Workbench, reader: Reader, done: Step) -> Iterator[Decoded]:
    """Images that may have changed, in the catalog's order, read by threads a bounded way ahead.

    Every other one is ``done``.
    """
    threads = _DOWNLOADERS if bench.catalog.has_urls() else _READERS
    return done_ahead(reader.read, _changed(bench, reader, done), threads, _AHEAD)


def _changed(bench: Workbench, reader: Reader, done: Step) -> Iterator[ImageRef]:
    for refs in bench.catalog.images_to_read(bench.embedder.backbone.fingerprint, _CHUNK):
        changed = [ref for ref in refs if not reader.is_unchanged(ref)]
        done(len(refs) - len(changed))
        yield from changed
