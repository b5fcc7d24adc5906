"""Where a process dies: at its n-th step, in the middle of a write, or whenever its parent says."""

import builtins
import io
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO, Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

_CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Death:
    """``kind`` is ``step`` (``at`` counts steps), ``write`` (bytes of a file), ``clock`` (s)."""

    kind: str
    at: float


@dataclass(slots=True)
class Life:
    """What a process does that can leave something behind, counted while it is watched.

    ``sizes`` are what ``measure`` gave after each commit and fsync.
    """

    measure: Callable[[], int] = lambda: 0
    death: Death | None = None
    steps: int = 0
    sizes: set[int] = field(default_factory=set)
    _watched: bool = field(default=False)

    def install(self) -> None:
        """Count changes of files' names, openings to write, fsyncs, SQL statements and commits."""
        sys.addaudithook(self._hear)
        builtins.open = io.open = self._after_opening(io.open)  # type: ignore[assignment]
        os.fsync = self._around(os.fsync)
        DefaultDialect.do_commit = self._around(DefaultDialect.do_commit)  # type: ignore[method-assign]
        for moment in ("before_cursor_execute", "after_cursor_execute"):
            event.listen(Engine, moment, self._step)

    def watch(self) -> None:
        """From here on it counts, and the process may die."""
        self._watched = True
        if self.death and self.death.kind == "write":
            # The write that would pass the limit is cut off there, and the next one kills.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(self.death.at), int(self.death.at)))

    def _step(self, *_: Any) -> None:
        if not self._watched:
            return
        self.steps += 1
        if self.death == Death("step", self.steps):
            os.kill(os.getpid(), signal.SIGKILL)

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES or (name == "open" and arguments[2] & _WRITES):
            self._step()

    def _after_opening(self, function: Callable[..., IO[Any]]) -> Callable[..., IO[Any]]:
        """The file may have been emptied, and has not been written."""

        def stepped(*arguments: Any, **named: Any) -> IO[Any]:
            file = function(*arguments, **named)
            if file.writable():
                self._step()
            return file

        return stepped

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any) -> Any:
            self._step()
            done = function(*arguments)
            self._step()
            if self._watched:
                self.sizes.add(self.measure())
            return done

        return stepped


def deaths(count: int, steps: int, largest: int, seconds: float, random: Random) -> Iterator[Death]:
    """Spread evenly over an operation: 7 of 10 at its steps, the others in its writes and time."""
    writes = clocks = count * 3 // 20
    kinds = {"step": count - writes - clocks, "write": writes, "clock": clocks}
    ends = {"step": steps, "write": largest, "clock": seconds}
    for kind, number in kinds.items():
        for part in range(number):
            at = (part + random.random()) / number * ends[kind]
            yield Death(kind, at if kind == "clock" else int(at) + 1)


def largest_file(index: Path) -> int:
    """Bytes of the largest one in an index folder and its versions; they come and go meanwhile."""
    sizes = [0]
    for path in [*index.glob("*"), *index.glob("*/*/*")]:
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return max(sizes)
