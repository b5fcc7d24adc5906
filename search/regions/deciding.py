"""Where an object is searched instead of the whole picture, as held-out pictures have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from search.catalog.records import CATEGORY_SEPARATOR
from search.errors import IndexDamaged
from search.regions import Box, SeenObject

_ITSELF = 0.99
"""From this score on the whole picture has been found: a part of it could only be farther."""


def department(category: str) -> str:
    """The first name of a category path, by which it is decided; empty for no category."""
    return category.partition(CATEGORY_SEPARATOR)[0]


@dataclass(frozen=True, slots=True)
class Regions:
    """``searched`` are the departments in which objects found more than whole pictures did.

    A query's is that of the product which is most like the whole picture.
    """

    searched: frozenset[str] = frozenset()

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """From a manifest's JSON, None in versions of earlier releases; raises IndexDamaged."""
        if stored is None:
            return cls()
        try:
            tried = stored["departments"].items()
            return cls(frozenset(str(name) for name, one in tried if one["searched"] is True))
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(
                "What the manifest says of regions is unreadable; run 'indexer build' to make a "
                "new version."
            ) from error

    def chosen(self, objects: Sequence[SeenObject], first: tuple[str, float] | None) -> Box | None:
        """What to search instead of the whole picture, if anything.

        ``first`` are the category and the score of the product that is most like the whole.
        """
        if not objects or first is None or first[1] >= _ITSELF:
            return None
        return objects[0].box if department(first[0]) in self.searched else None
