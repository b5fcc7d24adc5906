"""An index folder and a version store: who publishes there, and who serves what is there."""

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from search.durable import write_durably
from search.errors import IndexBusy, IndexDamaged, LookalikeError, StoreUnreachable, VersionNotFound
from search.versions import IndexFolder
from search.versions.manifest import Manifest, SealedFile
from search.versions.store import VersionStore

log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two looks at the store."""

_AGAIN = 60.0
"""Seconds until what was no sealed version is fetched once more."""

_KEPT_HERE = 1
"""Old versions that stay in a replica's folder: an answer may still come from one."""


def store_of(folder: IndexFolder, named: str | None = None) -> VersionStore | None:
    """The store that a command names, else the one that the folder remembers, if any."""
    if not named:
        with suppress(FileNotFoundError):
            named = folder.store_url.read_text().strip()
    return VersionStore.open(named) if named else None


def publish(folder: IndexFolder, store: VersionStore, keep: int) -> None:
    """Have the store hold the live version and name it, and the folder remember the store.

    Beside it stay there the ``keep`` older ones and the one that was live until now. Hold the
    folder's lock meanwhile. Raises StoreUnreachable; the store then names what it named.
    """
    live = folder.require_live()
    write_durably(folder.store_url, f"{store.url}\n".encode())
    last = store.live_number()
    if last == live.version and _is_same(store, live):
        return
    store.put(live, folder.folder(live.version))
    store.make_live(live.version)
    store.prune(keep, last)


def take_over(folder: IndexFolder, store: VersionStore) -> None:
    """Before a build: go on from what the store names, unless the folder has what is newer.

    That is a version which was to be published and never got there. Raises StoreUnreachable,
    IndexDamaged or IndexBusy.
    """
    number = store.live_number()
    try:
        live = folder.live()
    except IndexDamaged:
        live = None
    if number is None or (live is not None and live.version == number):
        return
    if live is None or live.version < number or store.has(live.version):
        with folder.lock():
            pull(folder, store, number)


def pull(folder: IndexFolder, store: VersionStore, number: int) -> None:
    """Make a version of the store the folder's live one; hold the folder's lock meanwhile.

    Raises StoreUnreachable, or IndexDamaged where it is not what was sealed; nothing has changed
    then.
    """
    manifest = store.manifest(number)
    needed = sum(file.bytes for file in manifest.files)
    free = shutil.disk_usage(folder.path).free
    if needed > free:
        raise StoreUnreachable(
            f"Version {number} of {store.url} needs {needed:,} bytes and '{folder.path}' has "
            f"{free:,} left; make room."
        )

    def fetch(file: SealedFile, target: Path) -> None:
        store.fetch(number, file, target)

    folder.receive(manifest, fetch)


def step_back(folder: IndexFolder, store: VersionStore, number: int | None) -> Manifest:
    """Make an older version live, in the folder and in the store; by default the newest older one.

    Raises VersionNotFound, StoreUnreachable, IndexDamaged or IndexBusy.
    """
    live = store.live_number() or 0
    there = store.numbers()
    older = [one for one in there if one < live] if number is None else [number]
    if not set(older) & set(there):
        wanted = f"version {number}" if number else f"version older than {live}, the live one"
        listed = ", ".join(map(str, sorted(there))) or "none"
        raise VersionNotFound(f"{store.url} has no {wanted}; there are: {listed}.")
    with folder.lock():
        pull(folder, store, older[0])
        store.make_live(older[0])
    return folder.require_live()


class Replica:
    """Keeps the folder at the version that the store names; ``start`` does so in the background.

    Whatever goes wrong, the folder's live version stays. Servers of one folder share it: its lock
    lets one of them pull.
    """

    def __init__(self, folder: IndexFolder, store: VersionStore) -> None:
        self._folder = folder
        self._store = store
        self._seen: int | None = None
        self._refused: tuple[int, float] = (0, 0.0)  # what is not what was sealed, and since when
        self._trouble: str | None = None
        self._stop = Event()
        self._thread = Thread(target=self._keep, name="follow-store", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Does not wait for a pull under way: what is unfinished is removed by the next one."""
        self._stop.set()

    def look(self) -> None:
        """Pull what the store names, unless the folder has it.

        Raises StoreUnreachable, IndexDamaged, or IndexBusy while somebody else changes the folder.
        """
        number = self._store.live_number()
        if number is None or number == self._seen == self._here():
            return
        refused, since = self._refused
        if number == refused and monotonic() < since + _AGAIN:
            return
        with self._folder.lock():
            last = self._here()
            try:
                pull(self._folder, self._store, number)
            except IndexDamaged:
                self._refused = number, monotonic()
                raise
            self._folder.prune(_KEPT_HERE, last)
        self._seen = number

    def _here(self) -> int | None:
        try:
            return self._folder.live_number()
        except IndexDamaged:  # to pull is the remedy
            return None

    def _keep(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                self.look()
                if self._trouble and self._seen is not None:
                    log.warning("The version store %s can be used again", self._store.url)
                self._trouble = None
            except IndexBusy:
                continue  # who holds the lock does it, or the next look will
            except (LookalikeError, OSError) as error:
                if str(error) != self._trouble:  # once, not each second
                    log.error("Version %s stays: %s", self._here(), error)
                self._trouble = str(error)


def _is_same(store: VersionStore, live: Manifest) -> bool:
    try:
        return store.manifest(live.version) == live
    except IndexDamaged:
        return False
