"""A server's folder follows a version store: in the first of its processes, for all of them."""

import logging

from search.errors import IndexDamaged, IndexNotFound, LookalikeError
from search.versions import IndexFolder
from search.versions.replicas import Replica
from search.versions.store import VersionStore

log = logging.getLogger(__name__)


def follow(folder: IndexFolder, url: str) -> None:
    """Have what the store names in the folder now, and from now on, until the process ends.

    A folder that has a version is served though the store is away. Raises BadStoreUrl, and what
    ``Replica.look`` raises where there is none.
    """
    replica = Replica(folder, VersionStore.open(url))
    try:
        replica.look()
    except (LookalikeError, OSError) as error:
        if not _has_version(folder):
            raise
        log.warning("What the folder holds is served: %s", error)
    if not _has_version(folder):
        raise IndexNotFound(
            f"{url} holds no version yet; publish one with 'indexer build CATALOG --versions URL'."
        )
    replica.start()


def _has_version(folder: IndexFolder) -> bool:
    try:
        return folder.live() is not None
    except IndexDamaged:
        return False
