"""Reading and embedding as a stream: references → decoded images → blocks → features stored."""

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from indexer.workbench import Workbench
from search.arrays import Pixels
from search.catalog.records import ImageRef, Reading
from search.embedding import Embedder
from search.embedding.preprocessing import Preprocessing
from search.errors import FetchError, InvalidImage
from search.fetching import Fetcher
from search.images import decode
from search.sources import is_url, local_path, read_bytes

_CHUNK = 1_024
"""Images asked of the catalog, or noted in it, at once."""

_AHEAD = 256
"""Images that may be decoded before the block that is being embedded is done."""

_THREADS = max(4, os.cpu_count() or 1)


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """An image on its way: without ``pixels`` it is unusable or unchanged."""

    reading: Reading
    pixels: Pixels | None = None
    unchanged: bool = False


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


class Reader:
    """Reads image sources: relative paths below ``root``, http(s) URLs through ``fetcher``."""

    def __init__(self, root: Path, fetcher: Fetcher, preprocessing: Preprocessing) -> None:
        self._root = root
        self._fetcher = fetcher
        self._preprocessing = preprocessing

    def read(self, ref: ImageRef, known: set[str]) -> Decoded:
        """Hash the bytes; decode them unless their digest is in ``known`` and was read before."""
        try:
            data = self._bytes(ref.source)
            digest = hashlib.sha256(data).hexdigest()
            if digest == ref.sha256 and digest in known:
                return Decoded(Reading(ref.image_id, digest), unchanged=True)
            picture = decode(data, ref.source, self._preprocessing.decode_at_least)
        except (InvalidImage, FetchError) as error:
            return Decoded(Reading(ref.image_id, reason=error.reason))
        pixels = self._preprocessing.apply(picture)
        return Decoded(Reading(ref.image_id, digest, picture.size), pixels)

    def _bytes(self, source: str) -> bytes:
        place = source if is_url(source) else local_path(self._root, source)
        return read_bytes(place, self._fetcher)


def embed_images(bench: Workbench, reader: Reader) -> Tally:
    """Read every image that may have changed, embed new contents, note what was found.

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
    for block in _blocks(bench, reader):
        block.store(bench, tally)
        tally.seconds = perf_counter() - start
        done(len(block.items))
    return tally


def _blocks(bench: Workbench, reader: Reader) -> Iterator["_Block"]:
    block = _Block()
    for decoded in _read_all(bench, reader):
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

    def add(self, decoded: Decoded) -> None:
        self.items.append(decoded)
        if decoded.pixels is not None and decoded.reading.sha256 is not None:
            self.fresh[decoded.reading.sha256] = decoded.pixels

    def is_full(self, embedder: Embedder) -> bool:
        # The runtime is asked only when there is work for it: starting it takes seconds.
        busy = bool(self.fresh) and len(self.fresh) >= embedder.runtime.block
        return busy or len(self.items) >= _CHUNK

    def store(self, bench: Workbench, tally: Tally) -> None:
        for digest in bench.store.known(self.fresh):
            del self.fresh[digest]
        if self.fresh:
            rows = bench.embedder.features(np.stack(list(self.fresh.values())))
            bench.store.put(list(self.fresh), rows)
        bench.catalog.record(item.reading for item in self.items if not item.unchanged)
        tally.embedded += len(self.fresh)
        tally.rejected += sum(bool(item.reading.reason) for item in self.items)


def _read_all(bench: Workbench, reader: Reader) -> Iterator[Decoded]:
    """Decoded images in the catalog's order, read by threads a bounded way ahead."""
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="decode")
    ahead: deque[Future[Decoded]] = deque()
    try:
        for refs in bench.catalog.images_to_read(bench.embedder.backbone.fingerprint, _CHUNK):
            known = bench.store.known(ref.sha256 for ref in refs if ref.sha256)
            for ref in refs:
                ahead.append(threads.submit(reader.read, ref, known))
                if len(ahead) >= _AHEAD:
                    yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
