"""What of an index is searched."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from search.vectors.exact import Places


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Some of the ``total`` places of an index, ascending; ``selector`` is the same for FAISS.

    It is None for all of them.
    """

    places: Places
    total: int
    selector: Any

    @classmethod
    def of(cls, places: Places, total: int) -> Self:
        """From ascending places."""
        import faiss

        mask = np.zeros(total, np.bool_)
        mask[places] = True
        bitmap = np.packbits(mask, bitorder="little")
        return cls(places, total, faiss.IDSelectorBitmap(bitmap))

    def __len__(self) -> int:
        return len(self.places)

    @property
    def share(self) -> float:
        """How much of the index it is, 0 to 1."""
        return len(self.places) / self.total if self.total else 0.0
