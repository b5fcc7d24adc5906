"""Reading and embedding as a stream: references → decoded images → blocks → features stored."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from indexer.progress import Step
from indexer.reading import Decoded, Reader
from indexer.workbench import Workbench
from search.arrays import Pixels
from search.catalog.records import ImageRef
from search.embedding import Embedder
from search.prefetching import done_ahead

_CHUNK = 4_096
"""Images asked of the catalog, or noted in it, at once."""

_AHEAD = 256
"""Images that may be decoded before the block that is being embedded is done."""

_THREADS = max(4, os.cpu_count() or 1)


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

    Decoding threads run ahead of the backbone. Each block is stored before the next is embedded,
    so an interruption loses one block at most.
    """
    tally = Tally()
    if bench.store.lacks_some():
        starting = bench.steps.start("Model", 1)
        bench.embedder.start()  # before the clock: it loads and converts, it does not embed
        starting(1)
    done = bench.steps.start("Images", bench.catalog.count_images())
    start = perf_counter()
    for block in _blocks(bench, reader, done):
        block.store(bench, tally)
        tally.seconds = perf_counter() - start
        done(len(block.items))
    return tally


def _blocks(bench: Workbench, reader: Reader, done: Step) -> Iterator["_Block"]:
    block = _Block()
    for decoded in _read_all(bench, reader, done):
        block.add(decoded)
        if block.is_full(bench.embedder):
            yield block
            block = _Block()
    yield block


@dataclass(slots=True)
class _Block:
    """Decoded images that are embedded and noted together."""

    items: list[Decoded] = field(default_factory=list)
    fresh: dict[str, Pixels] = field(default_factory=dict)
    thumbnails: dict[str, Pixels] = field(default_factory=dict)

    def add(self, decoded: Decoded) -> None:
        self.items.append(decoded)
        digest = decoded.reading.sha256
        if decoded.pixels is not None and digest is not None:
            self.fresh[digest] = decoded.pixels
        if decoded.thumbnail is not None and digest is not None:
            self.thumbnails[digest] = decoded.thumbnail

    def is_full(self, embedder: Embedder) -> bool:
        # The runtime is asked only when there is work for it: starting it takes seconds.
        busy = bool(self.fresh) and len(self.fresh) >= embedder.runtime.block
        return busy or len(self.thumbnails) >= _AHEAD or len(self.items) >= _CHUNK

    def store(self, bench: Workbench, tally: Tally) -> None:
        embedded = bench.store.fill(self.fresh, self.thumbnails, bench.embedder.features)
        bench.catalog.record(item.reading for item in self.items)
        tally.embedded += embedded
        tally.rejected += sum(bool(item.reading.reason) for item in self.items)


def _read_all(bench: Workbench, reader: Reader, done: Step) -> Iterator[Decoded]:
    """Images that may have changed, in the catalog's order, read by threads a bounded way ahead.

    Every other one is ``done``.
    """
    return done_ahead(reader.read, _changed(bench, reader, done), _THREADS, _AHEAD)


def _changed(bench: Workbench, reader: Reader, done: Step) -> Iterator[ImageRef]:
    for refs in bench.catalog.images_to_read(bench.embedder.backbone.fingerprint, _CHUNK):
        changed = [ref for ref in refs if not reader.is_unchanged(ref)]
        done(len(refs) - len(changed))
        yield from changed
