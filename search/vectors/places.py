"""Where the vectors of an index folder are: in files of its versions, or in Milvus.

It is what a command names, else what the folder remembers, else its files. A token for Milvus comes
by ``MILVUS_TOKEN`` and is written nowhere.
"""

from secrets import token_hex

from search.durable import write_durably
from search.vectors.milvus.address import MilvusAddress
from search.versions import IndexFolder

FILES = "files"
"""Named, it means the versions' own files, also where the folder remembers Milvus."""


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
    """What marks a collection in Milvus as this folder's; made when it is first asked for."""
    try:
        return folder.vectors_owner.read_text().strip()
    except FileNotFoundError:
        write_durably(folder.vectors_owner, f"{token_hex(16)}\n".encode())
        return folder.vectors_owner.read_text().strip()
