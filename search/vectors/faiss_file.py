"""FAISS indexes with the ids of their vectors, in one file that processes share."""

import os
import struct
from pathlib import Path
from typing import Any

from search.errors import IndexDamaged

_END = struct.Struct("<8sq")
_MARK = b"complete"
"""FAISS takes what it maps for whole: the mark and the length before it say whether it is."""


def read(path: Path) -> Any:
    """Map the ``IndexIDMap`` that ``write`` wrote: pages are read when needed, and shared.

    A file of an earlier release, which has no end mark, is read into memory. Raises IndexDamaged
    when it is something else.
    """
    import faiss

    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if _is_whole(path) else 0)
    except (RuntimeError, OSError) as error:
        raise damaged(path) from error


def _is_whole(path: Path) -> bool:
    size = path.stat().st_size
    if size < _END.size:
        return False
    with path.open("rb") as file:
        file.seek(-_END.size, os.SEEK_END)
        return _END.unpack(file.read()) == (_MARK, size - _END.size)


def damaged(path: Path) -> IndexDamaged:
    """What is raised when a file is no index that can be searched."""
    return IndexDamaged(f"{path} is not a vector index: build the index again.")


def write(index: Any, path: Path) -> None:
    """Through a Python file, so that a full disk is an ordinary OSError."""
    import faiss

    with path.open("wb") as file:
        writer = _FileWriter(file)
        try:
            faiss.write_index(index, faiss.PyCallbackIOWriter(writer))
            writer(_END.pack(_MARK, writer.written))
        finally:
            if writer.failure:
                raise writer.failure


class _FileWriter:
    """Keeps the first error: raised inside FAISS's callback, Python would only print it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.failure: OSError | None = None
        self.written = 0

    def __call__(self, data: bytes) -> int:
        try:
            count = int(self._file.write(data)) if self.failure is None else 0
            self.written += count
            return count
        except OSError as error:
            self.failure = error
            return 0
