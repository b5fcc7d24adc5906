"""One collection: rows in, the nearest and their vectors out. Nothing here knows versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import numpy as np

from search.arrays import Floats, Ids
from search.errors import VectorsUnavailable
from search.vectors.milvus.address import PATIENCE, MilvusAddress
from search.vectors.milvus.fields import KEY, VECTOR, schema

OWNER = "lookalike.owner"
"""The property that says which index folder made a collection."""

DEEPEST = 16_384
"""Milvus gives no more results for a query, and no more rows at once."""

_ROWS = 1_000
"""So many vectors are read at once."""

_SEEN = "Session"
"""A search sees all that its own process wrote; waiting for everybody's takes Milvus 0.2 s."""

_BUILDING = 3_600.0
_LOOKS_AGAIN = 0.5

_MERGES_BY_ITSELF = "collection.autocompaction.enabled"


@dataclass(frozen=True, eq=False, slots=True)
class Collection:
    """``name`` at an address; methods raise VectorsUnavailable, IndexDamaged where it is gone."""

    address: MilvusAddress
    name: str

    def create(self, dim: int, owner: str) -> None:
        """Empty, for vectors of ``dim`` numbers."""
        with self.address.client() as client:
            client.create_collection(
                self.name,
                schema=schema(client, dim),
                consistency_level=_SEEN,
                properties={OWNER: owner},
            )

    def flush(self) -> None:
        """Only what is flushed gets an index of its own."""
        with self.address.client() as client:
            client.flush(self.name, timeout=_BUILDING)

    def make_index(self, kind: str, parameters: Mapping[str, int]) -> None:
        """Of all that was flushed."""
        with self.address.client() as client:
            index = client.prepare_index_params()
            index.add_index(VECTOR, index_type=kind, metric_type="IP", params=dict(parameters))
            client.create_index(self.name, index, timeout=_BUILDING)

    def drop_index(self) -> None:
        """Another can be made then, and loaded."""
        with self.address.client() as client:
            client.release_collection(self.name, timeout=_BUILDING)
            client.drop_index(self.name, VECTOR, timeout=_BUILDING)

    def merge(self) -> None:
        """Few parts of all that was flushed and has an index; Milvus leaves them so from then on.

        A search spends its whole effort in each part: fewer parts later would find less.
        """
        with self.address.client() as client:
            still = {_MERGES_BY_ITSELF: "false"}
            client.alter_collection_properties(self.name, still, timeout=PATIENCE)
            job = client.compact(self.name, timeout=_BUILDING)
            until = monotonic() + _BUILDING
            while client.get_compaction_state(job, timeout=PATIENCE) != "Completed":
                if monotonic() > until:
                    raise VectorsUnavailable(
                        f"{self.address.url} did not merge the vectors within an hour; look into "
                        "the log of its data nodes, and build again."
                    )
                sleep(_LOOKS_AGAIN)

    def load(self) -> None:
        """Have Milvus keep it in memory; at once when it does."""
        with self.address.client() as client:
            client.load_collection(self.name, timeout=_BUILDING)

    def owner(self) -> str | None:
        """The index folder that made it; None when it is not there, empty for anybody else."""
        with self.address.client() as client:
            if not client.has_collection(self.name, timeout=PATIENCE):
                return None
            known = client.describe_collection(self.name, timeout=PATIENCE)
        return str((known.get("properties") or {}).get(OWNER, ""))

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows of ``fields``, or replace those with their ids."""
        if rows:
            with self.address.client() as client:
                client.upsert(self.name, list(rows), timeout=PATIENCE)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows whose ids are not there yet."""
        if rows:
            with self.address.client() as client:
                client.insert(self.name, list(rows), timeout=_BUILDING)

    def remove(self, ids: Ids) -> None:
        """What is there of them."""
        if len(ids):
            with self.address.client() as client:
                client.delete(self.name, ids=ids.tolist(), timeout=PATIENCE)

    def drop(self) -> None:
        """All of it."""
        with self.address.client() as client:
            client.drop_collection(self.name, timeout=PATIENCE)

    def count(self, condition: str = "") -> int:
        """How many there are, or pass."""
        with self.address.client() as client:
            found = client.query(
                self.name,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level=_SEEN,
                timeout=PATIENCE,
            )
        return int(found[0]["count(*)"])

    def check(self, patience: float) -> None:
        """Raises VectorsUnavailable unless it can be searched, after ``patience`` seconds."""
        from pymilvus.client.types import LoadState

        with self.address.client() as client:
            found = client.get_load_state(self.name, timeout=patience)
        if found["state"] != LoadState.Loaded:
            raise VectorsUnavailable(f"{self.address.url} is loading the vectors; ask again later.")

    def nearest(
        self, queries: Floats, k: int, condition: str, parameters: Mapping[str, int]
    ) -> list[tuple[list[float], list[int]]]:
        """For each (n, d) query its scores and ids, best first; ``k`` is ``DEEPEST`` at most."""
        with self.address.client() as client:
            found = client.search(
                self.name,
                data=list(queries),
                limit=k,
                filter=condition,
                anns_field=VECTOR,
                search_params={"metric_type": "IP", "params": dict(parameters)},
                output_fields=[KEY],
                consistency_level=_SEEN,
                timeout=PATIENCE,
            )
        return [(list(one.distances), list(one.ids)) for one in found]

    def rows(self, condition: str, *fields: str) -> Iterator[list[dict[str, Any]]]:
        """Those fields of all that pass, some at a time."""
        with self.address.client() as client:
            pages = client.query_iterator(
                self.name,
                batch_size=_ROWS,
                filter=condition,
                output_fields=[KEY, *fields],
                consistency_level=_SEEN,
                timeout=PATIENCE,
            )
            while page := pages.next():
                yield page
            pages.close()

    def vectors(self, ids: Ids) -> tuple[Ids, Floats]:
        """Those that are there of ``ids``, in no order."""
        found: dict[int, Any] = {}
        for start in range(0, len(ids), _ROWS):
            part = ids[start : start + _ROWS].tolist()
            with self.address.client() as client:
                rows = client.query(
                    self.name,
                    filter=among(part),
                    output_fields=[KEY, VECTOR],
                    consistency_level=_SEEN,
                    timeout=PATIENCE,
                )
            found |= {row[KEY]: row[VECTOR] for row in rows}
        return np.array(list(found), np.int64), np.array(list(found.values()), np.float32)


def among(ids: Sequence[int]) -> str:
    """The condition that only these pass."""
    return f"{KEY} in [{', '.join(map(str, ids))}]"
