"""The folders of an index's versions, and which of them are no version yet, or no more."""

import shutil
from pathlib import Path

from search.durable import sync_folder

_UNFINISHED = ".unfinished"


class VersionFolders:
    """One folder for each version, ``3``, and a mark beside it while it may be incomplete.

    The mark ``3.unfinished`` is there before the first file is written or deleted. It means
    nothing for the live version: to be live is to be complete.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def folder(self, version: int) -> Path:
        """Where a version's files are."""
        return self.path / str(version)

    def numbers(self, live: str | None) -> list[int]:
        """The versions, newest first; ``live`` is the name of the live one."""
        names = {path.name for path in self.path.glob("*")}
        unfinished = {name.removesuffix(_UNFINISHED) for name in names if _UNFINISHED in name}
        complete = names - (unfinished - {live})
        return sorted((int(name) for name in complete if name.isdigit()), reverse=True)

    def mark(self, version: int) -> None:
        """Say that it is no version, whatever is in its folder."""
        (self.path / f"{version}{_UNFINISHED}").touch()
        sync_folder(self.path)

    def remove_unfinished(self, live: str | None) -> None:
        """Delete the marked folders but the ``live`` one's, and all marks."""
        for mark in list(self.path.glob(f"*{_UNFINISHED}")):
            folder = mark.with_suffix("")
            if folder.name != live and folder.exists():
                shutil.rmtree(folder)
            mark.unlink()
