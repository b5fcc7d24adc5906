"""What a version's folder says of its vectors in Milvus."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from search.errors import IndexDamaged
from search.json_text import parsed

IN_MILVUS = "vectors.json"
"""The file of a version whose vectors are in Milvus."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The version's collection, and how that is searched.

    ``kind`` is Milvus's name of the index; ``ef`` is what HNSW looks at, 0 where all is compared;
    ``owner`` marks the collections of the index folder that made it.
    """

    collection: str
    owner: str
    kind: str
    ef: int
    count: int
    dim: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """What ``write`` wrote; raises IndexDamaged."""
        try:
            return cls(**parsed(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamaged(f"{path} is not what a build writes: build again.") from error

    def write(self, path: Path) -> None:
        """One small file."""
        path.write_text(json.dumps(asdict(self), indent=2))
