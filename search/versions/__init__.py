"""A sealed index version on disk, and which one is live.

    index/CURRENT                 the number of the live version
    index/versions/3/manifest.json
    index/versions/3/vectors.faiss, head.safetensors, categories.safetensors
    index/versions/3.unfinished   3 is being written or deleted: no version, unless it is live

A version is made live, when all of it is written, by one atomic replace of ``CURRENT``: whatever
happens, the folder names a complete one. Who takes the lock next removes what is left of others.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from search.durable import remove_leftovers, sync_folder, write_durably
from search.errors import IndexDamaged, IndexNotFound, VersionNotFound
from search.versions.folders import VersionFolders
from search.versions.locking import locked
from search.versions.manifest import MANIFEST as MANIFEST
from search.versions.manifest import Manifest, SealedFile

VECTORS, HEAD = "vectors.faiss", "head.safetensors"
PROTOTYPES = "categories.safetensors"
KEPT = 2
"""How many old versions stay beside the live one."""

log = logging.getLogger(__name__)


class IndexFolder:
    """An index on disk: the catalog, the versions, and small files that can be made again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.catalog = path / "catalog.sqlite"
        self.catalog_url = path / "catalog.url"
        self.store_url = path / "versions.url"
        self.vectors_url = path / "vectors.url"
        self.vectors_owner = path / "vectors.owner"
        self.cache = path / "cache"
        self.rejects = path / "rejects.csv"
        self._versions = VersionFolders(path / "versions")
        self._current = path / "CURRENT"

    def create(self) -> None:
        """Make the folder where needed."""
        self._versions.path.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this while changing the index: unfinished versions are removed at both ends.

        Makes the folder where needed. Raises IndexBusy at once when another command holds it.
        """
        self.create()
        with locked(self.path):
            remove_leftovers(self.path)
            self._versions.remove_unfinished(self._named())
            try:
                yield
            finally:
                self._versions.remove_unfinished(self._named())

    def folder(self, version: int) -> Path:
        """Where a version's files are."""
        return self._versions.folder(version)

    def live_number(self) -> int | None:
        """The live version, None when nothing has been published yet; IndexDamaged."""
        text = self._named()
        if text is None:
            return None
        try:
            return int(text)
        except ValueError as error:
            raise IndexDamaged(
                f"{self._current} holds no version number; run 'indexer build' to make a new "
                "version."
            ) from error

    def live(self) -> Manifest | None:
        """The live version's manifest, None when nothing has been published yet."""
        while (number := self.live_number()) is not None:
            try:
                return Manifest.read(self.folder(number) / MANIFEST)
            except IndexDamaged:  # unless the next one was published, and this one deleted
                if number == self.live_number():
                    raise
        return None

    def require_live(self) -> Manifest:
        """The live version's manifest; raises IndexNotFound when there is none."""
        manifest = self.live()
        if manifest is None:
            raise IndexNotFound(
                f"There is no index in '{self.path}'; make one with "
                f"'indexer build CATALOG --index {self.path}'."
            )
        return manifest

    def version(self, number: int) -> Manifest:
        """The manifest of a version; raises VersionNotFound or IndexDamaged."""
        there = self._numbers()
        if number not in there:
            numbers = ", ".join(map(str, sorted(there)))
            raise VersionNotFound(
                f"'{self.path}' has no version {number}; choose one of {numbers}."
            )
        return Manifest.read(self.folder(number) / MANIFEST)

    def manifests(self) -> list[Manifest]:
        """Every version, newest first; one whose manifest cannot be read is logged."""
        found = []
        for number in self._numbers():
            try:
                found.append(Manifest.read(self.folder(number) / MANIFEST))
            except IndexDamaged as error:
                log.warning("Version %d is left out: %s", number, error)
        return found

    def verify(self, manifest: Manifest) -> None:
        """Raise IndexDamaged unless every file is what the manifest says."""
        manifest.verify(self.folder(manifest.version))

    def publish(
        self,
        manifest: Manifest,
        write: Callable[[Path], None],
        before: Callable[[Manifest], None],
    ) -> Manifest:
        """Seal and make live: ``write`` fills a folder, ``before`` comes just before the switch.

        Returns the manifest with its files. Hold ``lock`` meanwhile.
        """
        folder = self.folder(manifest.version)
        self._versions.mark(manifest.version)
        folder.mkdir()
        write(folder)
        files = tuple(SealedFile.of(path) for path in sorted(folder.iterdir()))
        sealed = replace(manifest, files=files)
        sealed.write(folder)
        sync_folder(self._versions.path)
        before(sealed)
        self._make_live(manifest.version)
        return sealed

    def receive(self, manifest: Manifest, fetch: Callable[[SealedFile, Path], None]) -> None:
        """Make a version live that was sealed elsewhere: ``fetch`` gets the files not here yet.

        It raises unless a file is what the manifest says. Hold ``lock`` meanwhile.
        """
        self._versions.mark(manifest.version)
        manifest.fill(self.folder(manifest.version), fetch)
        sync_folder(self._versions.path)
        self._make_live(manifest.version)

    def prune(self, keep: int, last: int | None = None) -> None:
        """Delete, when the lock is given back, all but the live version, ``last`` and the newest.

        ``keep`` is how many stay beside the live one; ``last`` was live until now.
        """
        live = self.live_number()
        old = [number for number in self._numbers() if number != live]
        for number in sorted(old, key=lambda one: one != last)[keep:]:
            self._versions.mark(number)

    def numbers(self) -> list[int]:
        """Every version, newest first."""
        return self._numbers()

    def rollback(
        self,
        number: int | None = None,
        before: Callable[[Manifest], None] = lambda _: None,
    ) -> Manifest:
        """Make a version live again, by default the newest that is older than the live one.

        ``before`` comes just before the switch. Raises what that raises, VersionNotFound,
        IndexDamaged, IndexNotFound or IndexBusy, and then the live one stays.
        """
        if not self._numbers():
            self.require_live()  # raises
        with self.lock():
            manifest = self.version(self._before_live() if number is None else number)
            self.verify(manifest)
            before(manifest)
            self._make_live(manifest.version)
        return manifest

    def next_version(self) -> int:
        """One more than any version on disk."""
        return max(self._numbers(), default=0) + 1

    def _before_live(self) -> int:
        live = self.live_number() or 0
        older = [number for number in self._numbers() if number < live]
        if not older:
            raise VersionNotFound(
                f"'{self.path}' has no version older than {live}, the live one; name another."
            )
        return older[0]

    def _numbers(self) -> list[int]:
        return self._versions.numbers(self._named())

    def _named(self) -> str | None:
        """What ``CURRENT`` holds, None when there is none."""
        try:
            return self._current.read_text(errors="replace").strip()
        except FileNotFoundError:
            return None

    def _make_live(self, number: int) -> None:
        write_durably(self._current, f"{number}\n".encode())
