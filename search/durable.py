"""Writing files so that a crash or a power cut leaves the old one or the new one, whole."""

import os
from pathlib import Path
from uuid import uuid4

_FRESH = ".new"


def write_durably(path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``; it is on the disk when this returns. Raises OSError."""
    fresh = fresh_name(path)
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def fresh_name(path: Path) -> Path:
    """Where to write what shall replace ``path``, as nobody else does meanwhile."""
    return path.with_name(f".{path.name}.{uuid4().hex}{_FRESH}")


def sync_folder(path: Path) -> None:
    """Put a folder's names on the disk: a rename is durable only after this."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete what interrupted writes left; nobody may be writing in the folder meanwhile."""
    for path in folder.glob(f".*{_FRESH}"):
        path.unlink()
