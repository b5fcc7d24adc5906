"""Index versions in object storage, or in a folder that several machines share.

    URL/versions/3/vectors.faiss, …, manifest.json
    URL/CURRENT                       the number of the version that replicas serve

It is laid out like an index folder, and ``CURRENT`` is written last in the same way: it names a
version all of which is there. S3 is reached by pyarrow, which is here anyway, other object storage
by what fsspec has for it. Credentials come by the environment and the configuration files of those
libraries, never with the URL.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from search.durable import sync_folder, write_durably
from search.errors import BadStoreUrl, IndexDamaged, StoreUnreachable
from search.versions.manifest import UNREADABLE, Manifest, SealedFile

_CURRENT, _MANIFEST = "CURRENT", "manifest.json"
_MOST_MANIFEST = 64 * 2**20
_MOST_CURRENT = 64
_BLOCK = 16 * 2**20
"""Bytes that are asked for at once."""


class VersionStore:
    """Where builds publish and replicas look.

    Everything but the constructor raises StoreUnreachable when the store does not answer as it
    should.
    """

    def __init__(self, files: Any, root: str, url: str) -> None:
        self._files = files
        self._root = root.rstrip("/")
        self.url = url

    @classmethod
    def open(cls, url: str) -> "VersionStore":
        """Nothing is asked yet; raises BadStoreUrl."""
        check_url(url)
        parts = urlsplit(url)
        try:
            if parts.scheme == "s3":
                return cls(_s3(), f"{parts.netloc}{parts.path}", url)
            from fsspec.core import url_to_fs

            # What others write must be seen: no listing is remembered.
            files, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        except (ImportError, ValueError) as error:
            raise BadStoreUrl(
                f"The version store {url} cannot be opened ({error}); write it like "
                "s3://bucket/shop or file:///folder, or install what fsspec needs for it."
            ) from error
        return (_FolderStore if parts.scheme == "file" else cls)(files, root, url)

    def live_number(self) -> int | None:
        """The number of the version that replicas serve, None before the first was published."""
        with self._asked():
            data = self._beginning(_CURRENT, _MOST_CURRENT)
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
        name = f"versions/{number}/{_MANIFEST}"
        with self._asked():
            data = self._beginning(name, _MOST_MANIFEST)
        try:
            return Manifest.parse((data or b"").decode(), number)
        except UNREADABLE as error:
            raise IndexDamaged(
                f"{self.url}/{name} is missing or unreadable; publish again with 'indexer build'."
            ) from error

    def has(self, number: int) -> bool:
        """Whether all of a version was put there."""
        with self._asked():
            return bool(self._files.exists(self._path(f"versions/{number}/{_MANIFEST}")))

    def numbers(self) -> list[int]:
        """The versions all of which was put there, newest first."""
        return [number for number in self._folders() if self.has(number)]

    def fetch(self, number: int, file: SealedFile, target: Path) -> None:
        """Make ``target`` that file, durably; raises IndexDamaged unless it is what was sealed."""
        name = f"versions/{number}/{file.name}"
        digest = hashlib.sha256()
        left = file.bytes
        with self._asked(), target.open("wb") as written:
            with self._files.open(self._path(name), "rb", block_size=_BLOCK) as source:
                while left >= 0 and (block := source.read(_BLOCK)):
                    left -= len(block)
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
        there = f"versions/{manifest.version}"
        with self._asked():
            for file in manifest.files:
                self._put(folder / file.name, f"{there}/{file.name}")
            self._write(f"{there}/{_MANIFEST}", manifest.as_json().encode())

    def make_live(self, number: int) -> None:
        """Have replicas serve a version that is there."""
        with self._asked():
            self._write(_CURRENT, f"{number}\n".encode())

    def prune(self, keep: int, last: int | None) -> None:
        """Delete what is older than the live version, but for the newest ``keep`` of it.

        ``last``, which was live until now, stays too: replicas may be reading it. So does what is
        newer, since somebody may be writing it.
        """
        live = self.live_number() or 0
        old = [number for number in self._folders() if number < live]
        for number in [one for one in old if one != last][max(0, keep - (last in old)) :]:
            with self._asked():
                if self._files.exists(self._path(f"versions/{number}/{_MANIFEST}")):
                    self._remove(f"versions/{number}/{_MANIFEST}")  # first: it is no version then
                self._remove(f"versions/{number}")

    def _folders(self) -> list[int]:
        with self._asked():
            try:
                found = self._files.ls(self._path("versions"), detail=False)
            except FileNotFoundError:
                return []
        names = {PurePosixPath(str(path)).name for path in found}
        return sorted((int(name) for name in names if name.isdigit()), reverse=True)

    def _beginning(self, name: str, most: int) -> bytes | None:
        """The first bytes of an object, None where there is none."""
        try:
            with self._files.open(self._path(name), "rb") as file:
                return bytes(file.read(most))
        except FileNotFoundError:
            return None

    def _put(self, path: Path, name: str) -> None:
        with path.open("rb") as source, self._files.open(self._path(name), "wb") as target:
            shutil.copyfileobj(source, target, _BLOCK)

    def _write(self, name: str, data: bytes) -> None:
        """In object storage an object is replaced whole."""
        self._files.pipe_file(self._path(name), data)

    def _remove(self, name: str) -> None:
        self._files.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Libraries of storage have errors of their own, with no common ancestor."""
        try:
            yield
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise StoreUnreachable(
                f"The version store {self.url} cannot be used ({reason}); see that it can be "
                "reached and that this user may."
            ) from error


class _FolderStore(VersionStore):
    """A folder: what is written must be on the disk before ``CURRENT`` names it."""

    def _put(self, path: Path, name: str) -> None:
        Path(self._path(name)).parent.mkdir(parents=True, exist_ok=True)
        super()._put(path, name)
        with Path(self._path(name)).open("rb") as file:
            os.fsync(file.fileno())

    def _write(self, name: str, data: bytes) -> None:
        path = Path(self._path(name))
        write_durably(path, data)
        sync_folder(path.parent.parent)


def _s3() -> Any:
    """At AWS, or where its tools' own variable says; a store that hangs must be noticed."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    scheme, _, host = endpoint.rpartition("://")
    return ArrowFSWrapper(
        S3FileSystem(
            endpoint_override=host or None,
            scheme=scheme or "https",
            connect_timeout=5,
            request_timeout=15,
            retry_strategy=AwsStandardS3RetryStrategy(max_attempts=3),
        ),
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def check_url(url: str) -> None:
    """Raise BadStoreUrl, which does not repeat a password, unless it may be a store's."""
    try:
        parts = urlsplit(url)
        has_secrets = parts.password is not None or bool(parts.query)
    except ValueError:
        parts, has_secrets = urlsplit(""), False
    if not parts.scheme or "://" not in url or has_secrets:
        raise BadStoreUrl(
            "A version store's URL must be like s3://bucket/shop or file:///folder, with no "
            "password: credentials come by the environment."
        )
