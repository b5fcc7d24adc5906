"""What an index keeps outside of its folder, and where."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backends:
    """URLs that a command names; None is what the folder remembers, at first its own files.

    ``catalog`` is the database of the catalog, ``vectors`` the Milvus with the vectors (or
    ``files``), ``versions`` the store in which versions are published for other machines.
    """

    catalog: str | None = field(default=None, repr=False)  # it may hold a password
    vectors: str | None = None
    versions: str | None = None


REMEMBERED = Backends()
