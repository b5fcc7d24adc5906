"""Which version is live, said in Milvus too: for those who look vectors up there."""

from search.backends import REMEMBERED, Backends
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.index import MilvusIndex
from search.vectors.milvus.publishing import VersionCollections
from search.vectors.milvus.sealed import IN_MILVUS
from search.vectors.places import owner_of, vectors_address
from search.versions import IndexFolder
from search.versions.manifest import Manifest
from search.versions.replicas import step_back, store_of


def collections_of(folder: IndexFolder, address: MilvusAddress) -> VersionCollections:
    """Those of the folder's versions."""
    return VersionCollections(address, owner_of(folder))


def roll_back(
    folder: IndexFolder,
    number: int | None = None,
    backends: Backends = REMEMBERED,
) -> Manifest:
    """Make a version live again, by default the newest that is older, for all who serve it.

    That is in the folder, in its Milvus where it has one, and in its version store where it has
    one, from which the version comes then. Raises what ``IndexFolder.rollback`` and ``step_back``
    raise, BadVectorsUrl, VectorsUnavailable or VectorsTaken.
    """
    address = vectors_address(folder, backends.vectors)

    def find(made: Manifest) -> None:
        path = folder.folder(made.version) / IN_MILVUS
        if address is not None and path.is_file():
            MilvusIndex.load(path, address, lambda _: {})

    published = store_of(folder, backends.versions)
    made = step_back(folder, published, number) if published else folder.rollback(number, find)
    show_live(folder, address)
    return made


def show_live(folder: IndexFolder, address: MilvusAddress | None) -> None:
    """Move the alias to the live version, if its vectors are in Milvus."""
    live = folder.live_number()
    if address is not None and live and (folder.folder(live) / IN_MILVUS).is_file():
        collections_of(folder, address).make_live(live)
