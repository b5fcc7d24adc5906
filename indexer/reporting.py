"""Every error a user can cause → one sentence on stderr and an exit code: the one place."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from sqlalchemy.exc import DatabaseError

from search.errors import LookalikeError

FAILED = 1
INTERRUPTED = 130

stderr = Console(stderr=True, soft_wrap=True, highlight=False)

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and run the command again",
    errno.EDQUOT: "your disk quota is used up; free some space and run the command again",
    errno.EACCES: "permission denied; give this user access to it",
    errno.EROFS: "the file system is read-only; choose another folder with --index",
}


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a user can cause into a sentence; anything else is a fault of ours and shows."""
    try:
        yield
    except LookalikeError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("Stopped. What was embedded so far is kept: the next build goes on there.", 130)
    except DatabaseError as error:
        _fail(f"The catalog database failed: {_database_reason(error)}.")
    except OSError as error:
        if error.errno is None:
            raise
        reason = _REASONS.get(error.errno, error.strerror or str(error))
        _fail(f"{error.filename or 'Writing'}: {reason}.")


def _fail(sentence: str, code: int = FAILED) -> None:
    stderr.print(sentence, style="red", markup=False)
    raise typer.Exit(code)


def _database_reason(error: DatabaseError) -> str:
    reason = str(error.orig)
    if "disk is full" in reason:
        return _REASONS[errno.ENOSPC]
    if "readonly" in reason:
        return _REASONS[errno.EROFS]
    return reason
