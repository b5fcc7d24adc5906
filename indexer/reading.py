"""One image of the catalog: whether its file changed, its bytes, its pixels."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from search.arrays import Pixels
from search.catalog.records import ImageRef, Reading
from search.colours import thumbnail
from search.embedding.preprocessing import Prepares
from search.errors import FetchError, InvalidImage
from search.fetching import Fetcher
from search.images import decode
from search.sources import is_url, read_bytes
from search.uploads import ImagePlaces

_Stats = tuple[int | None, int | None]
"""The size and the mtime in ns of a local file."""


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """An image on its way.

    Without ``pixels`` it has its features already, without ``thumbnail`` its colours; with neither
    it may be unusable.
    """

    reading: Reading
    pixels: Pixels | None = None
    thumbnail: Pixels | None = None


class Reader:
    """Reads image sources: files in their ``places``, http(s) URLs through ``fetcher``."""

    def __init__(self, places: ImagePlaces, fetcher: Fetcher, preprocessing: Prepares) -> None:
        self._places = places
        self._root = str(places.root)
        self._fetcher = fetcher
        self._preprocessing = preprocessing

    def is_unchanged(self, ref: ImageRef) -> bool:
        """Whether its file has the size and time of bytes of which all is known."""
        if not ref.is_known or ref.mtime_ns is None:
            return False
        return _stats(f"{self._root}/{ref.source}") == (ref.bytes, ref.mtime_ns)

    def read(self, ref: ImageRef) -> Decoded:
        """Hash the bytes; decode them unless all is known of those.

        An image with features that lacks only its colours stays when its URL fails.
        """
        try:
            data, stats = self._bytes(ref.source)
            digest = hashlib.sha256(data).hexdigest()
            is_same = digest == ref.sha256
            if is_same and ref.is_known:
                return Decoded(_reading(ref, stats, digest))
            picture = decode(data, ref.source, self._preprocessing.decode_at_least)
        except (InvalidImage, FetchError) as error:
            if ref.has_features and is_url(ref.source):
                return Decoded(_reading(ref, (ref.bytes, ref.mtime_ns), ref.sha256))
            return Decoded(Reading(ref.image_id, reason=error.reason, revision=ref.revision))
        return Decoded(
            _reading(ref, stats, digest, picture.size),
            None if is_same and ref.has_features else self._preprocessing.apply(picture),
            None if is_same and ref.has_colours else thumbnail(picture.pixels),
        )

    def digest(self, source: str) -> str | None:
        """The sha256 of its bytes, None when they cannot be read."""
        try:
            return hashlib.sha256(self._bytes(source)[0]).hexdigest()
        except (InvalidImage, FetchError):
            return None

    def _bytes(self, source: str) -> tuple[bytes, _Stats]:
        """With what their file was like before they were read."""
        if is_url(source):
            return read_bytes(source, self._fetcher), (None, None)
        path = self._places.path(source)
        stats = _stats(path)
        return read_bytes(path, self._fetcher), stats


def _stats(path: str | Path) -> _Stats:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs as much again, a million times
    except OSError:
        return None, None
    return found.st_size, found.st_mtime_ns


def _reading(
    ref: ImageRef, stats: _Stats, digest: str | None, size: tuple[int, int] | None = None
) -> Reading:
    length, mtime_ns = stats
    return Reading(ref.image_id, digest, size, "", length, mtime_ns, ref.revision)
