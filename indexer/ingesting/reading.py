"""One image of the catalog: whether its file changed, its bytes, its pixels."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from indexer.ingesting.downloads import Downloads
from search.arrays import Pixels
from search.catalog.records import ImageRef, Reading
from search.colours import thumbnail
from search.embedding.preprocessing import Prepares
from search.errors import FetchError, InvalidImage
from search.fetching.downloading import Downloader
from search.fetching.fetcher import Fetcher, Validators
from search.images import decode
from search.sources import is_url, read_file
from search.uploads import ImagePlaces

_FILES = max(4, os.cpu_count() or 1)
"""Threads that read files."""

_DOWNLOADS = 32
"""Threads that read where there are URLs: nearly all of them may be waiting for servers."""


def readers(*, has_urls: bool) -> int:
    """How many threads read the images of a catalog."""
    return _DOWNLOADS if has_urls else _FILES


class _Source(NamedTuple):
    """Where bytes are from: the size and the mtime in ns of a file, or what a server calls them."""

    bytes: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None
    last_modified: str | None = None


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
    """Reads image sources: files in their ``places``, http(s) URLs through ``fetcher``.

    It serves many threads, most of which may wait for servers: no more than there are cores
    decode. Pictures of URLs are kept in ``downloads`` where given.
    """

    def __init__(
        self,
        places: ImagePlaces,
        fetcher: Fetcher,
        preprocessing: Prepares,
        downloads: Downloads | None = None,
    ) -> None:
        self._places = places
        self._root = str(places.root)
        self._fetcher = fetcher
        self._downloader = Downloader(fetcher)
        self._downloads = downloads
        self._preprocessing = preprocessing
        self.decode_with(os.cpu_count() or 1)

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process it has connections of its own."""
        return Reader, (self._places, self._fetcher, self._preprocessing, self._downloads)

    def folders(self, sources: Iterable[str]) -> set[Path]:
        """The folders that must be there for all that are no URLs."""
        return {self._places.folder(source) for source in sources if not is_url(source)}

    def decode_with(self, threads: int) -> None:
        """Let so many decode at a time; to be called before any reads."""
        self._decoding = BoundedSemaphore(threads)

    def is_unchanged(self, ref: ImageRef) -> bool:
        """Whether its file has the size and time of bytes of which all is known."""
        if not ref.is_known or ref.mtime_ns is None:
            return False
        return _stats(f"{self._root}/{ref.source}") == (ref.bytes, ref.mtime_ns)

    def read(self, ref: ImageRef) -> Decoded:
        """Hash the bytes; decode them unless all is known of those.

        An image with features stays when its URL fails.
        """
        try:
            data, source = self._bytes(ref)
            if data is None:
                return _unchanged(ref)
            return self._decoded(ref, data, source)
        except (InvalidImage, FetchError) as error:
            if ref.has_features and is_url(ref.source):
                return _unchanged(ref)
            return Decoded(Reading(ref.image_id, reason=error.reason, revision=ref.revision))

    def digest(self, path: str) -> str | None:
        """The sha256 of a file's bytes, None when they cannot be read."""
        try:
            return hashlib.sha256(read_file(self._places.path(path))).hexdigest()
        except InvalidImage:
            return None

    def stop(self) -> None:
        """Wait for no server any more."""
        self._downloader.stop()

    def _decoded(self, ref: ImageRef, data: bytes, source: _Source) -> Decoded:
        digest = hashlib.sha256(data).hexdigest()
        is_same = digest == ref.sha256
        if is_same and ref.is_known:
            return Decoded(_reading(ref, source, digest))
        with self._decoding:
            picture = decode(data, ref.source, self._preprocessing.decode_at_least)
            pixels = None if is_same and ref.has_features else self._preprocessing.apply(picture)
            small = None if is_same and ref.has_colours else thumbnail(picture.pixels)
        if self._downloads is not None and is_url(ref.source):
            validators = Validators(source.etag, source.last_modified)
            self._downloads.keep(ref.source, data, validators)
        return Decoded(_reading(ref, source, digest, picture.size), pixels, small)

    def _bytes(self, ref: ImageRef) -> tuple[bytes | None, _Source]:
        """None where they are still those that are known; a file's facts are of before."""
        if is_url(ref.source):
            data, validators = self._fetched(ref)
            return data, _Source(None, None, *validators)
        path = self._places.path(ref.source)
        stats = _stats(path)
        return read_file(path), _Source(*stats)

    def _fetched(self, ref: ImageRef) -> tuple[bytes | None, Validators]:
        """A server is asked for what differs only where what it would not send is here."""
        if ref.is_known:
            return self._downloader.fetch(ref.source, Validators(ref.etag, ref.last_modified))
        kept = self._downloads.find(ref.source) if self._downloads else None
        if kept is None:
            return self._downloader.fetch(ref.source)
        if not any(kept.validators):
            return kept
        data, validators = self._downloader.fetch(ref.source, kept.validators)
        return kept.data if data is None else data, validators


def _stats(path: str | Path) -> tuple[int | None, int | None]:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs as much again, a million times
    except OSError:
        return None, None
    return found.st_size, found.st_mtime_ns


def _unchanged(ref: ImageRef) -> Decoded:
    source = _Source(ref.bytes, ref.mtime_ns, ref.etag, ref.last_modified)
    return Decoded(_reading(ref, source, ref.sha256))


def _reading(
    ref: ImageRef, source: _Source, digest: str | None, size: tuple[int, int] | None = None
) -> Reading:
    return Reading(
        ref.image_id, digest, size, "", source.bytes, source.mtime_ns, ref.revision, *source[2:]
    )
