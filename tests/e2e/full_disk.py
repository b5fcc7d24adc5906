"""Goes through a journey on a disk that gets full at one write after the other.

    unshare --user --map-root-user --mount python -m tests.e2e.full_disk JOURNEY TIMES SEED FOLDER

FOLDER is as for ``tests.e2e.crashing.run``. Prints one JSON object.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner

from indexer.cli import app
from search import SearchEngine
from search.versions import IndexFolder
from tests.e2e.crashing.checks import check_sealed, check_shown
from tests.e2e.crashing.forks import ChildFailed, forked
from tests.e2e.crashing.journeys import Build, Journey, LiveChanges
from tests.e2e.crashing.shop import apply
from tests.e2e.crashing.trial import Trial
from tests.e2e.crashing.victim import Victim
from tests.machine import of_the_work

_ROOM = 64 << 20

_READER = 64 << 10
"""Bytes that whoever opens a database needs: SQLite makes a file to share memory in."""


class Disk:
    """A file system in memory that only this process and its children see."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        self._mount(f"size={_ROOM}", "-t", "tmpfs", "none")

    def used(self) -> int:
        """Bytes."""
        now = os.statvfs(self.place)
        return (now.f_blocks - now.f_bfree) * now.f_frsize

    def leave(self, room: int) -> None:
        """Make so many bytes free, up to a page."""
        self._mount(f"remount,size={self.used() + room}")

    def _mount(self, options: str, *more: str) -> None:
        subprocess.run(["mount", "-o", options, *more, self.place], check=True)


class Attempt(NamedTuple):
    """How many live changes were acknowledged, and why it stopped; nothing if it did not."""

    acknowledged: int
    failure: str


def main() -> None:
    """Mount a disk, prepare, rehearse, then fail."""
    name, times, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    disk = Disk(folder / "disk")
    trial = Trial.prepared(name, seed, folder, disk.place)
    before = disk.used()
    grown = max(trial.rehearse(disk.used).sizes) - before
    failures, faults = Counter[str](), list[str]()
    for at in range(times):
        room = at * grown // times
        trial.restore()
        try:
            failures[_tried(trial, disk, room)] += 1
        except ChildFailed as failed:
            disk.leave(_ROOM)
            faults.append(f"with {room} bytes left: {failed}")
    json.dump({"failures": failures, "faults": faults}, sys.stdout)


def _tried(trial: Trial, disk: Disk, room: int) -> str:
    """What failed first; nothing when there was room enough."""
    attempt = forked(lambda: _attempted(trial.journey, disk, room))
    forked(lambda: trial.check_after(Victim(True, attempt.acknowledged, ())))
    return attempt.failure


def _attempted(journey: Journey, disk: Disk, room: int) -> Attempt:
    if isinstance(journey, LiveChanges):
        return _changed(journey, disk, room)
    disk.leave(room)
    work = journey.work
    words = ["build", work.folder / "shop" / "catalog.csv"]
    if not isinstance(journey, Build):
        words = ["rollback", "1"]
    elif "keep" in journey.options:
        words += ["--keep", journey.options["keep"]]
    result = CliRunner().invoke(app, [*map(str, words), "--index", str(work.index)])
    assert result.exit_code in (0, 1), result.stderr
    said = of_the_work(result.stderr)
    assert result.exit_code == 0 or len(said.splitlines()) == 1, said
    if IndexFolder(work.index).live():
        before, after, whole = journey.possible(0)
        check_sealed(work.index)
        disk.leave(_READER)
        engine = SearchEngine.open(work.index)
        check_shown(engine, before, after, work.pool, whole)
        engine.close()
    disk.leave(_ROOM)
    return Attempt(0, said.strip().replace(str(work.index), "INDEX"))


def _changed(journey: LiveChanges, disk: Disk, room: int) -> Attempt:
    """The change that finds no room changes nothing, and succeeds when there is some."""
    pool, failure = journey.work.pool, ""
    engine = SearchEngine.open(journey.work.index)
    disk.leave(room)
    for number, change in enumerate(journey.changes):
        try:
            apply(engine, change, pool)
        except (SQLAlchemyError, OSError) as error:  # what HTTP answers with 503
            failure = f"{type(error).__name__}: {getattr(error, 'orig', error)}"
            before = journey.possible(number).before
            check_shown(engine, before, before, pool, whole=True)
            disk.leave(_ROOM)
            apply(engine, change, pool)
    engine.close()
    disk.leave(_ROOM)
    return Attempt(len(journey.changes), failure)


if __name__ == "__main__":
    main()
