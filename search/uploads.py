"""Pictures of products that were sent with a request: kept in the index folder by their content."""

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from search.catalog.tables import images
from search.durable import write_durably
from search.errors import InvalidImage
from search.sources import local_path

_PREFIX = "upload:"
_FOLDER = "uploads"
_YOUNG = 3600
"""Seconds after which no change can be about to name a file."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ImagePlaces:
    """Where pictures are: relative sources below ``root``, uploads in the ``index`` folder."""

    root: Path
    index: Path

    def path(self, source: str) -> Path:
        """The file of a source that is no URL; raises InvalidImage if it leaves its folder."""
        if not source.startswith(_PREFIX):
            return local_path(self.root, source)
        digest = source.removeprefix(_PREFIX)
        if not _DIGEST.fullmatch(digest):
            raise InvalidImage(source[:100], "there is no such upload", "image_unreadable")
        return self.index / _FOLDER / digest

    def folder(self, source: str) -> Path:
        """Where the file of a source that is no URL must be, or below it."""
        return self.index if source.startswith(_PREFIX) else self.root

    def keep(self, data: bytes) -> None:
        """Store an uploaded picture; it is on the disk when this returns."""
        path = self.path(upload_source(data))
        if path.exists():
            path.touch()  # young again: see ``forget_unused``
        else:
            path.parent.mkdir(exist_ok=True)
            write_durably(path, data)

    def forget_unused(self, catalog: Engine) -> None:
        """Delete the uploads that no image of the catalog names.

        A file is written before the catalog names it: young ones stay.
        """
        young = time.time() - _YOUNG
        files = (self.index / _FOLDER).glob("*")
        old = {f"{_PREFIX}{path.name}": path for path in files if path.stat().st_mtime < young}
        if not old:
            return
        query = select(images.c.source).where(images.c.source.startswith(_PREFIX))
        with catalog.connect() as connection:
            for used in connection.scalars(query, execution_options={"yield_per": 10_000}):
                old.pop(used, None)
        for path in old.values():
            path.unlink()


def upload_source(data: bytes) -> str:
    """What the catalog calls an uploaded picture: the same for the same bytes."""
    return f"{_PREFIX}{hashlib.sha256(data).hexdigest()}"
