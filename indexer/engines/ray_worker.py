"""What one process of Ray does: it reads, decodes and embeds blocks, and keeps no picture."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from indexer.engines.blocks import Block, Embedded
from indexer.ingesting.reading import Reader, readers
from search.catalog.records import ImageRef
from search.embedding import Embedder
from search.embedding.shipping import ShippedModel
from search.errors import EngineUnavailable
from search.threads import use_threads


class Worker:
    """Reads and embeds with so many ``threads``; blocks may come from several at a time.

    Decoded pictures stay in this process between the two halves of the work. Through the object
    store would go 150 kB of pixels (224 by 224) for 5 kB of features (1,280), and over the network
    wherever another node embeds them.
    """

    def __init__(self, reader: Reader, threads: int, *, has_urls: bool) -> None:
        self._threads = threads
        self._reader = reader
        self._reading = ThreadPoolExecutor(readers(has_urls=has_urls))
        self._blocks: dict[int, Block] = {}
        self._embedder: Embedder | None = None
        self._starting = Lock()

    def ready(self, model: list[Any]) -> int:
        """Load the model, unless it is loaded; gives this process's id.

        ``model`` holds the reference of a ``ShippedModel`` among Ray's objects.
        """
        self._started(model)
        return os.getpid()

    def read(self, number: int, refs: list[ImageRef]) -> list[str]:
        """The first half of a block: the digests of what may have to be embedded.

        Raises EngineUnavailable where a folder of the pictures is not there.
        """
        block = self._blocks[number] = self._read(refs)
        return list(block.pixels)

    def embed(
        self, number: int, refs: list[ImageRef], seen: set[str], model: list[Any]
    ) -> Embedded:
        """The second half: all but what was ``seen``.

        Where this process began anew in between, it reads the block again.
        """
        block = self._blocks.pop(number, None) or self._read(refs)
        return block.embedded(self._started(model), seen).measured()

    def _read(self, refs: list[ImageRef]) -> Block:
        self._check_folders(refs)
        block = Block()
        for decoded in self._reading.map(self._reader.read, refs):
            block.add(decoded)
        return block

    def _check_folders(self, refs: list[ImageRef]) -> None:
        """Else each of the catalog's pictures would be rejected, one by one."""
        for folder in self._reader.folders(ref.source for ref in refs):
            if not folder.is_dir():
                raise EngineUnavailable(
                    f"A worker of Ray on {os.uname().nodename} has no folder {folder}, where "
                    "pictures are: mount it on every node, or name the pictures by URLs."
                )

    def _started(self, model: list[Any]) -> Embedder:
        with self._starting:
            if self._embedder is None:
                use_threads(self._threads)
                self._reader.decode_with(self._threads)
                self._embedder = _load(model)
            return self._embedder


def _load(model: list[Any]) -> Embedder:
    import ray

    shipped: ShippedModel = ray.get(model[0])
    with TemporaryDirectory() as folder:
        embedder = Embedder(shipped.unpacked(Path(folder)))
        embedder.start()
    return embedder
