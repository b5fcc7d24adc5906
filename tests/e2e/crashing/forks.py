"""Child processes that start with everything imported."""

import os
import pickle
import traceback
from collections.abc import Callable
from typing import IO, Never, TypeVar

Result = TypeVar("Result")


class ChildFailed(Exception):
    """With the child's traceback."""


def forked(work: Callable[[], Result]) -> Result:
    """What ``work`` gives in a child process; raises ChildFailed."""
    child, pipe = fork(lambda out: pickle.dump(work(), out))
    with pipe:
        said = pipe.read()
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise ChildFailed(said.decode(errors="replace"))
    return pickle.loads(said)  # type: ignore[no-any-return]  # noqa: S301


def fork(work: Callable[[IO[bytes]], object]) -> tuple[int, IO[bytes]]:
    """The process id of a child that does ``work``, and what it writes."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _end(work, os.fdopen(write, "wb"))
    os.close(write)
    return child, os.fdopen(read, "rb")


def _end(work: Callable[[IO[bytes]], object], out: IO[bytes]) -> Never:
    code = 1
    try:
        work(out)
        code = 0
    finally:  # never back into what the parent was doing
        if code:
            out.write(traceback.format_exc().encode())
        out.flush()
        os._exit(code)
