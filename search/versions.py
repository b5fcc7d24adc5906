"""A sealed index version on disk, and which one is live.

    index/CURRENT                 the number of the live version
    index/versions/3/manifest.json
    index/versions/3/vectors.faiss, head.safetensors

A version is written beside the others, renamed into place and then made live by one atomic
replace of ``CURRENT``: whatever happens, the folder names a complete version.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from search.errors import IndexDamaged, IndexNotFound
from search.manifest import Manifest, SealedFile

MANIFEST = "manifest.json"
VECTORS = "vectors.faiss"
HEAD = "head.safetensors"

KEPT = 3
"""How many of the newest versions stay on disk, the live one included."""


class IndexFolder:
    """An index on disk: the catalog, the versions, and small files that can be made again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.catalog = path / "catalog.sqlite"
        self.cache = path / "cache"
        self.rejects = path / "rejects.csv"
        self._versions = path / "versions"
        self._current = path / "CURRENT"

    def create(self) -> None:
        """Make the folder, and remove what an interrupted build left half-written."""
        self._versions.mkdir(parents=True, exist_ok=True)
        for left in self._versions.glob(".unfinished-*"):
            shutil.rmtree(left)

    def folder(self, version: int) -> Path:
        """Where a version's files are."""
        return self._versions / str(version)

    def live(self) -> Manifest | None:
        """The live version's manifest, None when nothing has been published yet."""
        try:
            number = int(self._current.read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise IndexDamaged(
                f"{self._current} holds no version number; run 'indexer build' to make a new "
                "version."
            ) from error
        return Manifest.read(self.folder(number) / MANIFEST)

    def require_live(self) -> Manifest:
        """The live version's manifest; raises IndexNotFound when there is none."""
        manifest = self.live()
        if manifest is None:
            raise IndexNotFound(
                f"There is no index in '{self.path}'; make one with "
                f"'indexer build CATALOG --index {self.path}'."
            )
        return manifest

    def verify(self, manifest: Manifest) -> None:
        """Raise IndexDamaged unless every file is what the manifest says."""
        folder = self.folder(manifest.version)
        for file in manifest.files:
            path = folder / file.name
            if not path.is_file() or _digest(path) != file.sha256:
                raise IndexDamaged(
                    f"{path} is missing or not what it was when the version was sealed; "
                    "run 'indexer build' to make a new version."
                )

    def publish(
        self,
        manifest: Manifest,
        write: Callable[[Path], None],
        before: Callable[[Manifest], None],
    ) -> Manifest:
        """Seal and make live: ``write`` fills a folder, ``before`` comes just before the switch.

        Returns the manifest with its files.
        """
        fresh = self._versions / f".unfinished-{manifest.version}"
        fresh.mkdir()
        write(fresh)
        files = tuple(_sealed(path) for path in sorted(fresh.iterdir()))
        sealed = replace(manifest, files=files)
        _write_durably(fresh / MANIFEST, sealed.as_json())
        fresh.rename(self.folder(manifest.version))
        _sync_folder(self._versions)
        before(sealed)
        _write_durably(self.path / ".CURRENT.new", f"{manifest.version}\n")
        (self.path / ".CURRENT.new").replace(self._current)
        _sync_folder(self.path)
        self._forget_old(manifest.version)
        return sealed

    def next_version(self) -> int:
        """One more than any version on disk."""
        return max((int(one.name) for one in self._numbered()), default=0) + 1

    def _numbered(self) -> list[Path]:
        return [path for path in self._versions.glob("*") if path.name.isdigit()]

    def _forget_old(self, live: int) -> None:
        for path in sorted(self._numbered(), key=lambda one: int(one.name))[:-KEPT]:
            if int(path.name) != live:
                shutil.rmtree(path)


def _sealed(path: Path) -> SealedFile:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return SealedFile(path.name, _digest(path), path.stat().st_size)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_durably(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
