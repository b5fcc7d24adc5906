"""Index versions where several machines see them.

    URL/versions/3/vectors.faiss, …, manifest.json
    URL/CURRENT                       the number of the version that replicas serve

It is laid out like an index folder, and ``CURRENT`` is written last in the same way: it names a
version all of which is there.
"""

import hashlib
import os
from pathlib import Path
from typing import Self

from search.errors import IndexDamaged, StoreUnreachable
from search.versions.manifest import MANIFEST, UNREADABLE, Manifest, SealedFile
from search.versions.storage import Storage, open_storage

_CURRENT = "CURRENT"
_MOST_MANIFEST = 64 * 2**20
_MOST_CURRENT = 64


class VersionStore:
    """Where builds publish and replicas look; everything but ``open`` raises StoreUnreachable."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.url = storage.url

    @classmethod
    def open(cls, url: str) -> Self:
        """Nothing is asked yet; raises BadStoreUrl."""
        return cls(open_storage(url))

    def live_number(self) -> int | None:
        """The number of the version that replicas serve, None before the first was published."""
        data = self.storage.beginning(_CURRENT, _MOST_CURRENT)
        if data is None:
            return None
        text = data.strip()
        if not text.isdigit() or len(text) > 18:
            raise StoreUnreachable(
                f"{self.url}/{_CURRENT} holds no version number; publish again with "
                "'indexer build'."
            )
        return int(text)

    def manifest(self, number: int) -> Manifest:
        """What a version is; raises IndexDamaged where that cannot be read."""
        data = self.storage.beginning(_manifest(number), _MOST_MANIFEST)
        try:
            return Manifest.parse((data or b"").decode(), number)
        except UNREADABLE as error:
            raise IndexDamaged(
                f"{self.url}/{_manifest(number)} is missing or unreadable; publish again with "
                "'indexer build'."
            ) from error

    def has(self, number: int) -> bool:
        """Whether all of a version was put there."""
        return self.storage.has(_manifest(number))

    def numbers(self) -> list[int]:
        """The versions all of which was put there, newest first."""
        return [number for number in self._folders() if self.has(number)]

    def fetch(self, number: int, file: SealedFile, target: Path) -> None:
        """Make ``target`` that file, durably; raises IndexDamaged unless it is what was sealed."""
        name = f"{_folder(number)}/{file.name}"
        digest = hashlib.sha256()
        left = file.bytes
        with target.open("wb") as written:
            for block in self.storage.blocks(name):
                left -= len(block)
                if left < 0:
                    break
                digest.update(block)
                written.write(block)
            written.flush()
            os.fsync(written.fileno())
        if left or digest.hexdigest() != file.sha256:
            raise IndexDamaged(
                f"{self.url}/{name} is not what it was when the version was sealed; publish again "
                "with 'indexer build'."
            )

    def put(self, manifest: Manifest, folder: Path) -> None:
        """Add the version in a folder: its manifest last, so that with it all is there."""
        number = manifest.version
        for file in manifest.files:
            self.storage.copy(folder / file.name, f"{_folder(number)}/{file.name}")
        self.storage.write(_manifest(number), manifest.as_json().encode())

    def make_live(self, number: int) -> None:
        """Have replicas serve a version that is there."""
        self.storage.write(_CURRENT, f"{number}\n".encode())

    def prune(self, keep: int, last: int | None) -> None:
        """Delete what is older than the live version, but for the newest ``keep`` of it.

        ``last``, which was live until now, stays too: replicas may be reading it. So does what is
        newer, since somebody may be writing it.
        """
        live = self.live_number() or 0
        old = [number for number in self._folders() if number < live]
        for number in [one for one in old if one != last][max(0, keep - (last in old)) :]:
            if self.has(number):
                self.storage.remove(_manifest(number))  # first: it is no version then
            self.storage.remove(_folder(number))

    def _folders(self) -> list[int]:
        names = self.storage.names("versions")
        return sorted((int(name) for name in names if name.isdigit()), reverse=True)


def _folder(number: int) -> str:
    return f"versions/{number}"


def _manifest(number: int) -> str:
    return f"{_folder(number)}/{MANIFEST}"
