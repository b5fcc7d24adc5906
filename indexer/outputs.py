"""Files that a command writes where the user says."""

import errno
import os
from pathlib import Path


def check_place(output: Path) -> None:
    """Raise OSError before the work when the file cannot be put there."""
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    output.parent.stat()
