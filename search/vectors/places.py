"""Where the vectors of an index folder are: in files of its versions, or in Milvus.

It is what a command names, else what the folder remembers, else its files. A token for Milvus comes
by ``MILVUS_TOKEN`` and is written nowhere.
"""

from secrets import token_hex

from search.durable import write_durably
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.sealed import IN_MILVUS, Sealed
from search.versions import IndexFolder

FILES = "files"
"""Named, it means the versions' own files, also where the folder remembers Milvus."""


def check_url(text: str) -> None:
    """Raises BadVectorsUrl for what is neither a Milvus nor ``FILES``."""
    if text != FILES:
        MilvusAddress.parse(text)


def vectors_address(folder: IndexFolder, named: str | None = None) -> MilvusAddress | None:
    """The Milvus of a folder, ``named`` or not; None for its files. Raises BadVectorsUrl."""
    if not named:
        try:
            named = folder.vectors_url.read_text().strip()
        except FileNotFoundError:
            return None
    return None if named == FILES else MilvusAddress.parse(named)


def remember_vectors(folder: IndexFolder, address: MilvusAddress | None) -> None:
    """Have every later command use this place."""
    write_durably(folder.vectors_url, f"{address.url if address else FILES}\n".encode())


def owner_of(folder: IndexFolder) -> str:
    """What marks a collection in Milvus as this folder's; made when it is first asked for.

    A folder that took a version over from a store goes on as its owner.
    """
    try:
        return folder.vectors_owner.read_text().strip()
    except FileNotFoundError:
        owner = _owner_of_live(folder) or token_hex(16)
        write_durably(folder.vectors_owner, f"{owner}\n".encode())
        return owner


def _owner_of_live(folder: IndexFolder) -> str:
    live = folder.live_number()
    path = live and folder.folder(live) / IN_MILVUS
    return Sealed.read(path).owner if path and path.is_file() else ""
