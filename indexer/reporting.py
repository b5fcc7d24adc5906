"""Every error a user can cause → one sentence on stderr and an exit code: the one place."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from sqlalchemy.exc import DatabaseError

from indexer.requirements import Checked
from search.errors import GradeRefused, LookalikeError

FAILED = 1
MISSED = 3
INTERRUPTED = 130

stderr = Console(stderr=True, soft_wrap=True, highlight=False)

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and run the command again",
    errno.EDQUOT: "your disk quota is used up; free some space and run the command again",
    errno.EACCES: "permission denied; give this user access to it",
    errno.ENOENT: "there is no such file or folder; check the path",
    errno.ENOTDIR: "there is a file where a folder is needed; choose another folder",
    errno.EEXIST: "there is a file where a folder is needed; choose another folder",
    errno.EISDIR: "this is a folder; name a file",
    errno.EROFS: "the file system is read-only; choose another folder with --index",
}


_DATABASE_REASONS = {
    "disk is full": _REASONS[errno.ENOSPC],
    "disk I/O error": f"reading or writing failed, most often because {_REASONS[errno.ENOSPC]}",
    "readonly": "this user may not write to it; give it write access to the index folder",
    "unable to open": "it cannot be opened; give this user write access to the index folder",
    "locked": "another program is changing it; wait until that is done",
    "not a database": "catalog.sqlite is damaged; delete it and build the index again",
    "malformed": "catalog.sqlite is damaged; delete it and build the index again",
    "lock timeout": "another program is changing it; wait until that is done",
    "No space left": "its server's disk is full; free some space there and run the command again",
    "permission denied": "this user may not do that; grant it all rights on the catalog's schema",
    "read-only transaction": "it may only be read there; name the server that takes writes",
    "terminating connection": "its server was stopped; run the command again when it is back",
    "server closed": "its server was stopped; run the command again when it is back",
    "connection": "it cannot be reached; run the command again when its server is back",
}

# What only this side can say: which option helps, or where to look.
_REMEDIES = {
    "bad_url": "; check the address",
    "fetch_blocked": "; name the host with --fetch-allow if it may be reached",
    "fetch_failed": "; check the address",
    "fetch_timeout": "; try again later",
    "image_unreadable": "; check the path",
    "image_truncated": "; save the picture again",
}

_STOPPED = {
    "build": "Stopped. What was embedded so far is kept: the next build goes on there.",
    "embed": "Stopped. Nothing was written.",
    "train": "Stopped. The same command goes on after the last finished epoch.",
    "tune": "Stopped. The live version stays as it was.",
    "evaluate": "Stopped. No report was written.",
    "report": "Stopped. Nothing was written.",
    "feedback": "Stopped. Nothing was written.",
    "export": "Stopped. Nothing was written.",
    "doctor": "Stopped. No report was written.",
    "backup": "Stopped. Nothing was written.",
    "restore": "Stopped. Nothing was written.",
    "rollback": "Stopped. 'indexer versions' says which version is live.",
}


@contextmanager
def reported(context: Any) -> Iterator[None]:
    """Turn what a user can cause into a sentence; anything else is a fault of ours and shows."""
    try:
        yield
    except GradeRefused as error:
        _fail(str(error), MISSED)
    except LookalikeError as error:
        _fail(f"{error}{_REMEDIES.get(error.code, '')}")
    except KeyboardInterrupt:
        _fail(_STOPPED.get(context.invoked_subcommand, "Stopped."), INTERRUPTED)
    except DatabaseError as error:
        _fail(f"{_catalog_of(error)}: {_database_reason(error)}.")
    except OSError as error:
        if error.errno is None:
            raise
        reason = _REASONS.get(error.errno, error.strerror or str(error))
        _fail(f"{error.filename or 'Writing'}: {reason}.")


def insist(checks: Iterable[Checked]) -> None:
    """Say which requirements are missed, and end the command with exit code 3 if any is."""
    missed = [one for one in checks if not one.is_met]
    for one in missed:
        stderr.print(one.sentence, style="red", markup=False)
    if missed:
        raise typer.Exit(MISSED)


def _fail(sentence: str, code: int = FAILED) -> None:
    stderr.print(sentence, style="red", markup=False)
    raise typer.Exit(code)


def _catalog_of(error: DatabaseError) -> str:
    is_file = type(error.orig).__module__.startswith("sqlite3")
    return "The catalog in the index folder" if is_file else "The catalog's database"


def _database_reason(error: DatabaseError) -> str:
    reason = str(error.orig).partition("\n")[0]
    return next((ours for mark, ours in _DATABASE_REASONS.items() if mark in reason), reason)
