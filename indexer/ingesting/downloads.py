"""Downloaded pictures that are kept, if asked, for builds that need their bytes again."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from search.fetching.fetcher import Validators


class Kept(NamedTuple):
    """A picture that was downloaded, and what its server called it."""

    data: bytes
    validators: Validators


class Downloads:
    """A folder: each content once under its sha256, and under each URL which content it had.

    It may be deleted at any time. What is damaged counts as not there. Not flushed to the disk
    file by file: a content is believed only if it has its sha256.
    """

    def __init__(self, folder: Path) -> None:
        self._contents = folder / "contents"
        self._urls = folder / "urls"
        for path in (self._contents, self._urls):
            path.mkdir(parents=True, exist_ok=True)

    def find(self, url: str) -> Kept | None:
        """What was kept of a URL."""
        try:
            facts = json.loads((self._urls / _digest(url.encode())).read_bytes())
            digest, *validators = facts
            data = (self._contents / digest).read_bytes()
        except (OSError, ValueError, TypeError):
            return None
        return Kept(data, Validators(*validators)) if _digest(data) == digest else None

    def keep(self, url: str, data: bytes, validators: Validators) -> None:
        """Keep a picture; one of many threads may do so at a time for the same content."""
        digest = _digest(data)
        content = self._contents / digest
        if not content.exists():
            _write(content, data)
        _write(self._urls / _digest(url.encode()), json.dumps([digest, *validators]).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, whoever else writes the same."""
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
