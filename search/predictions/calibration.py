"""What was fitted on held-out pictures, as a version's manifest keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from search.errors import IndexDamaged
from search.predictions.fusion import Fusion
from search.predictions.matching import Matching
from search.predictions.numbers import positive


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a version turns what it finds into probabilities.

    ``matching`` is None where too little could be held out, which ``reason`` then says.
    ``category`` and ``temperatures``, one for each level, are of the category paths;
    ``attributes`` are the columns that pictures can tell.
    """

    matching: Matching | None = None
    reason: str = "this version was built by an earlier release"
    category: Fusion = field(default_factory=Fusion)
    temperatures: tuple[float, ...] = ()
    attributes: Mapping[str, Fusion] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """From a manifest's JSON, None in versions of earlier releases; raises IndexDamaged."""
        if stored is None:
            return cls()
        try:
            matching = stored["matching"]
            return cls(
                Matching.read(matching) if matching else None,
                str(stored["reason"]),
                Fusion.read(stored["category"]),
                tuple(map(positive, stored["temperatures"])),
                {str(name): Fusion.read(one) for name, one in stored["attributes"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IndexDamaged(
                "The manifest's calibration is unreadable; run 'indexer build' to make a new "
                "version."
            ) from error
