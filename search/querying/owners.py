"""Which product each image is of, known without asking the catalog again."""

from collections.abc import Iterable, Sequence

from search.catalog.catalog import Catalog

_MOST = 200_000
"""Images that are remembered: some 30 MB."""


class Owners:
    """Products by image; many threads may share it.

    An image never changes its product, and its number never comes back for another one. It may
    only go: who shows it finds out, and has it forgotten.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[int, str] = {}

    def of(self, image_ids: Sequence[int]) -> dict[int, str]:
        """The product of each image that the catalog has, or had when it was looked up."""
        if len(self._known) > _MOST:
            self._known = {}
        known = self._known
        new = [one for one in image_ids if one not in known]
        if new:
            known.update({one: name[0] for one, name in self._catalog.names(new).items()})
        return known

    def forget(self, image_ids: Iterable[int]) -> None:
        """Look these up again the next time."""
        for one in image_ids:
            self._known.pop(one, None)
