"""Putting a finished folder in its place, whole or not at all."""

import shutil
from pathlib import Path

from search.durable import sync_folder


def place(folder: Path, output: Path) -> None:
    """Copy ``folder`` beside ``output``, then rename it: nobody sees half of it."""
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f".{output.name}.unfinished")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(folder, fresh)
        fresh.replace(output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sync_folder(output.parent)


def size(network: Path) -> int:
    """The bytes of a network file, and of the weights beside it."""
    return sum(path.stat().st_size for path in network.parent.glob(f"{network.stem}.*"))
