"""Reading and embedding as a stream: references → decoded images → features → stored blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from indexer.engines import Engine
from indexer.engines.blocks import Embedded
from indexer.engines.local import UNSTORED, locally, reading_locally
from indexer.ingesting.reading import Reader
from indexer.progress import Step
from indexer.workbench import Workbench
from search.catalog.records import ImageRef
from search.prefetching import done_ahead

_CHUNK = 4_096
"""Images asked of the catalog at once."""


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


def embed_images(bench: Workbench, reader: Reader, engine: Engine = locally) -> Tally:
    """Read every image that may have changed, embed and measure new contents, note what was found.

    The ``engine`` works where there is something to embed. Another thread stores what it gives, a
    bounded way behind: an interruption loses a few of its blocks at most.
    """
    tally = Tally()
    lacks_some = bench.store.lacks_some()
    starting = bench.steps.start("Model", 1) if lacks_some else None
    with (engine if lacks_some else reading_locally)(bench, reader) as embeds:
        if starting:
            starting(1)
        done = bench.steps.start("Images", bench.catalog.count_images())
        start = perf_counter()  # of the work: loading and converting a model is none of it
        blocks = embeds(_changed(bench, reader, done))
        for stored in done_ahead(partial(_store, bench), blocks, 1, UNSTORED):
            tally.embedded += len(stored.digests)
            tally.rejected += sum(bool(reading.reason) for reading in stored.readings)
            tally.seconds = perf_counter() - start
            done(len(stored.readings))
    return tally


def _store(bench: Workbench, block: Embedded) -> Embedded:
    if block.readings:
        found = block.measured()
        bench.store.put(found.digests, found.rows, found.colours, found.readings)
    return block


def _changed(bench: Workbench, reader: Reader, done: Step) -> Iterator[ImageRef]:
    """Images that may have changed, in the catalog's order; every other one is ``done``."""
    for refs in bench.catalog.images_to_read(bench.embedder.backbone.fingerprint, _CHUNK):
        changed = [ref for ref in refs if not reader.is_unchanged(ref)]
        done(len(refs) - len(changed))
        yield from changed
