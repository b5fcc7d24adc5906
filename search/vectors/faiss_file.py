"""FAISS indexes with the ids of their vectors, in one file that processes share."""

import os
import struct
from pathlib import Path
from typing import Any
from weakref import finalize

from search.errors import IndexDamaged

_END = struct.Struct("<8sq")
_MARK = b"complete"
"""FAISS takes what it maps for whole: the mark and the length before it say whether it is."""


class Unchanged:
    """Whether a file that is mapped still holds what it held when this was made.

    What is written into a mapped file shows in the next search, and reading what was cut off kills
    the process. A deleted file, and one that another takes the place of, go on being what they are.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        finalize(self, os.close, self._file)
        self._stamp = self._stamped()

    def check(self) -> None:
        """Raises IndexDamaged; takes a microsecond, by the file's size and the time of its change.

        Who changes a file and sets its time back is not found out before the next opening.
        """
        if self._stamped() != self._stamp:
            raise IndexDamaged(
                f"{self._path} was changed while it was in use; run 'indexer build' to make a new "
                "version."
            )

    def _stamped(self) -> tuple[int, int]:
        found = os.fstat(self._file)
        return found.st_size, found.st_mtime_ns


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
