"""This machine, in this process: threads read and decode ahead of the backbone."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from indexer.engines import Embeds
from indexer.engines.blocks import Block, Embedded
from indexer.ingesting.reading import Reader, readers
from indexer.workbench import Workbench
from search.catalog.records import ImageRef
from search.prefetching import done_ahead

_MOST = 4_096
"""Images of a block, most of which need nothing."""

_AHEAD = 256
"""Images that may be decoded before the block that is being embedded is done."""

_AT_ONCE = 2
"""Blocks of the device that are embedded at once: at the end of a call a part of it idles."""

UNSTORED = 2
"""Embedded blocks that may wait for the catalog."""


@contextmanager
def locally(bench: Workbench, reader: Reader) -> Iterator[Embeds]:
    """The default engine; the model starts now."""
    bench.embedder.start()
    with reading_locally(bench, reader) as embeds:
        yield embeds


@contextmanager
def reading_locally(bench: Workbench, reader: Reader) -> Iterator[Embeds]:
    """The same, for what probably needs no model: it starts when a content turns out to be new."""
    try:
        yield partial(_embedded, bench, reader)
    except BaseException:
        reader.stop()
        raise


def _embedded(bench: Workbench, reader: Reader, refs: Iterator[ImageRef]) -> Iterator[Embedded]:
    """Each content once, though the catalog may not know yet what blocks before it had."""
    recent: deque[list[str]] = deque(maxlen=UNSTORED)
    for block in _blocks(bench, reader, refs):
        seen = bench.store.known(block.pixels).union(*recent)
        found = block.embedded(bench.embedder, seen)
        recent.append(found.digests)
        yield found


def _blocks(bench: Workbench, reader: Reader, refs: Iterator[ImageRef]) -> Iterator[Block]:
    block = Block()
    threads = readers(has_urls=bench.catalog.has_urls())
    for decoded in done_ahead(reader.read, refs, threads, _AHEAD):
        block.add(decoded)
        if _is_full(block, bench):
            yield block
            block = Block()
    yield block


def _is_full(block: Block, bench: Workbench) -> bool:
    # The runtime is asked only when there is work for it: starting it takes seconds.
    busy = bool(block.pixels) and len(block.pixels) >= _AT_ONCE * bench.embedder.runtime.block
    return busy or len(block.thumbnails) >= _AHEAD or len(block.readings) >= _MOST
