"""A Milvus server, from the package milvus, through its client pymilvus."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting, efs
from benchmarks.index.resources import memory
from search.arrays import Floats, Ids
from search.embedding.head import DIM

_AT_ONCE = 10_000
"""A request is limited to 64 MiB."""


@dataclass(frozen=True)
class Milvus:
    """One collection on a server of its own, which takes all the queries in one request.

    Its size is what loading it adds to the server's memory: the files hold each vector several
    times over, in a log, in segments and in indexes.
    """

    kind: str
    parameters: tuple[tuple[str, int], ...]
    needs = ("milvus", "pymilvus")
    lossless = True

    @property
    def name(self) -> str:
        return " ".join(["Milvus", self.kind, *(f"{name} {v}" for name, v in self.parameters)])

    @property
    def settings(self) -> list[Setting]:
        if self.kind == "HNSW":
            return efs(16, 32, 64, 96, 128, 192, 256, 384, 512, 800)
        return efs(4, 8, 16, 32, 64, 128, 256, name="nprobe")

    @property
    def exhaustive(self) -> Setting:
        return {"ef": 20_000} if self.kind == "HNSW" else {"nprobe": dict(self.parameters)["nlist"]}

    def build(self, data: Data, folder: Path) -> float:
        from pymilvus import Collection, CollectionSchema, DataType, FieldSchema

        with _server(folder):
            fields = [
                FieldSchema("id", DataType.INT64, is_primary=True),
                FieldSchema("v", DataType.FLOAT_VECTOR, dim=DIM),
            ]
            collection = Collection("items", CollectionSchema(fields))
            for ids, vectors in data.chunks():
                for start in range(0, len(ids), _AT_ONCE):
                    part = slice(start, start + _AT_ONCE)
                    collection.insert([ids[part].tolist(), list(vectors[part])])
            collection.flush()
            wanted = {"index_type": self.kind, "metric_type": "IP", "params": dict(self.parameters)}
            collection.create_index("v", wanted)  # returns when it is built
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        from pymilvus import Collection

        with _server(folder) as process:
            collection = Collection("items")
            before = memory([process])
            collection.load()
            yield _Opened(collection, process, memory([process]) - before)


class _Opened:
    def __init__(self, collection: Any, process: int, size: int) -> None:
        self._collection = collection
        self.size = size
        self.servers: Sequence[int] = (process,)

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:  # noqa: ARG002
        """The server takes the cores that it may run on, whatever ``threads`` says."""
        how = {"metric_type": "IP", "params": setting}
        answers = self._collection.search(list(queries), "v", how, limit=K)
        found = np.full((len(queries), K), -1, np.int64)
        for row, answer in zip(found, answers, strict=True):
            row[: len(answer.ids)] = answer.ids
        return found


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    """Its process, until the context ends."""
    from milvus import MilvusServer, MilvusServerConfig
    from pymilvus import connections

    server = MilvusServer(MilvusServerConfig(data_dir=str(folder)))
    server.start()
    try:
        connections.connect(host=server.server_address, port=server.listen_port)
        yield server.server_proc.pid
        connections.disconnect("default")
    finally:
        server.stop()  # it may take minutes to end by itself: what is flushed is safe
