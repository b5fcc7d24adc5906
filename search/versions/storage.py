"""Files in object storage, or in a folder that several machines share.

S3 is reached by pyarrow, which is here anyway, other object storage by what fsspec has for it.
Credentials come by the environment and the configuration files of those libraries, never with the
URL.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from search.durable import sync_folder, write_durably
from search.errors import BadStoreUrl, StoreUnreachable

BLOCK = 16 * 2**20
"""Bytes that are asked for at once."""


class Storage:
    """Object storage: an object is replaced whole, and folders are only parts of names.

    All of it raises StoreUnreachable when the storage does not answer as it should.
    """

    def __init__(self, files: Any, root: str, url: str) -> None:
        self._files = files
        self._root = root.rstrip("/")
        self.url = url

    def beginning(self, name: str, most: int) -> bytes | None:
        """The first ``most`` bytes of a file, None where there is none."""
        with self._asked():
            try:
                with self._files.open(self._path(name), "rb") as file:
                    return bytes(file.read(most))
            except FileNotFoundError:
                return None

    def blocks(self, name: str) -> Iterator[bytes]:
        """All of a file."""
        with self._asked(), self._files.open(self._path(name), "rb", block_size=BLOCK) as file:
            while block := file.read(BLOCK):
                yield block

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        with self._asked():
            return bool(self._files.exists(self._path(name)))

    def names(self, folder: str) -> set[str]:
        """Of what is in a folder."""
        with self._asked():
            try:
                found = self._files.ls(self._path(folder), detail=False)
            except FileNotFoundError:
                return set()
        return {PurePosixPath(str(path)).name for path in found}

    def copy(self, path: Path, name: str) -> None:
        """Put a local file there; what is there is not whole before this returns."""
        with (
            self._asked(),
            path.open("rb") as source,
            self._files.open(self._path(name), "wb") as target,
        ):
            shutil.copyfileobj(source, target, BLOCK)

    def write(self, name: str, data: bytes) -> None:
        """Put a small file there, or replace it, at once."""
        with self._asked():
            self._files.pipe_file(self._path(name), data)

    def remove(self, name: str) -> None:
        """Delete a file or a folder that is there."""
        with self._asked():
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


class _Folder(Storage):
    """A folder: when something is written it is on the disk, too."""

    def copy(self, path: Path, name: str) -> None:
        there = Path(self._path(name))
        with self._asked():
            there.parent.mkdir(parents=True, exist_ok=True)
        super().copy(path, name)
        with self._asked(), there.open("rb") as file:
            os.fsync(file.fileno())

    def write(self, name: str, data: bytes) -> None:
        path = Path(self._path(name))
        with self._asked():
            write_durably(path, data)
            sync_folder(path.parent.parent)


def open_storage(url: str) -> Storage:
    """Nothing is asked yet; raises BadStoreUrl."""
    check_url(url)
    parts = urlsplit(url)
    try:
        if parts.scheme == "s3":
            return Storage(_s3(), f"{parts.netloc}{parts.path}", url)
        from fsspec.core import url_to_fs

        # What others write must be seen: no listing is remembered.
        files, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
    except (ImportError, ValueError) as error:
        raise BadStoreUrl(
            f"The version store {url} cannot be opened ({error}); write it like "
            "s3://bucket/shop or file:///folder, or install what fsspec needs for it."
        ) from error
    return (_Folder if parts.scheme == "file" else Storage)(files, root, url)


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
    from fsspec import available_protocols

    if parts.scheme not in available_protocols():
        raise BadStoreUrl(
            f"Nothing here can open a version store at {parts.scheme}://; write it like "
            "s3://bucket/shop or file:///folder."
        )


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
