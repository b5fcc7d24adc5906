"""The collections of an index folder's versions, and the alias that names the live one.

A collection is this folder's if its mark says so. Any other one is never changed or dropped.
"""

import re
from collections.abc import Iterable

from search.errors import VectorsTaken
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.collection import Collection


class VersionCollections:
    """Those that ``owner`` made at an address; each method raises VectorsUnavailable."""

    def __init__(self, address: MilvusAddress, owner: str) -> None:
        self._address = address
        self._owner = owner
        self._name = re.compile(rf"{re.escape(address.collection)}_v(\d+)")

    def new(self, version: int) -> Collection:
        """The name of a version's, free: what an unfinished build left there is dropped.

        Raises VectorsTaken where somebody else has it, or the alias.
        """
        made = self._collection(version)
        for one in (Collection(self._address, self._address.collection), made):
            _require(one, self._owner)
        if made.owner() is not None:
            made.drop()
        return made

    def make_live(self, version: int) -> None:
        """Have the alias name this version's; a collection that is in use stays loaded.

        Replicas may, too: the alias has to be of whoever made the version.
        """
        alias, made = self._address.collection, self._collection(version)
        _require(Collection(self._address, alias), made.owner())
        with self._address.client() as client:
            if client.has_collection(alias):
                client.alter_alias(made.name, alias)
            else:
                client.create_alias(made.name, alias)

    def drop_others(self, kept: Iterable[int]) -> None:
        """Drop this folder's collections of versions that are not ``kept``."""
        with self._address.client() as client:
            names = client.list_collections()
        staying = {self._collection(version).name for version in kept}
        for name in names:
            one = Collection(self._address, name)
            if self._name.fullmatch(name) and name not in staying and one.owner() == self._owner:
                one.drop()

    def _collection(self, version: int) -> Collection:
        return Collection(self._address, f"{self._address.collection}_v{version}")


def _require(one: Collection, wanted: str | None) -> None:
    owner = one.owner()
    if owner is not None and owner != wanted:
        raise VectorsTaken(
            f"'{one.name}' at {one.address.url} was not made by this index folder, so it "
            "was left alone; name another collection with --vectors."
        )
