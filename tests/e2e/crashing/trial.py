"""One journey, gone through again and again from the same start, and what must hold afterwards."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Self

from search import SearchEngine
from search.versions import IndexFolder
from tests.e2e.crashing.checks import (
    Answers,
    ask,
    check_no_litter,
    check_same,
    check_sealed,
    check_shown,
    contents,
    stored_features,
)
from tests.e2e.crashing.forks import forked
from tests.e2e.crashing.journeys import JOURNEYS, Journey, Work
from tests.e2e.crashing.runtime import remember_pool
from tests.e2e.crashing.shop import Pool
from tests.e2e.crashing.victim import Lived, Victim, lived


@dataclass(slots=True)
class Trial:
    """A journey, taken from the same start again and again; ``start`` is a copy of it."""

    journey: Journey
    start: Path
    peaceful: Answers

    @classmethod
    def prepared(cls, name: str, seed: int, folder: Path, place: Path) -> Self:
        """In ``place``, with the pictures and the converted network of ``folder``."""
        remember_pool(folder)
        work = Work(place / "work", Pool(folder / "pool", count()))
        journey = JOURNEYS[name](work, Random(f"{name} {seed}"))  # noqa: S311
        work.index.mkdir(parents=True)
        (work.index / "cache").symlink_to(folder / "cache")
        forked(journey.prepare)
        shutil.copytree(work.folder, folder / "start", symlinks=True)
        return cls(journey, folder / "start", {})

    @property
    def index(self) -> Path:
        return self.journey.work.index

    def rehearse(self, measure: Callable[[], int]) -> Lived:
        """Go through it in peace, to see what there is to interrupt and what must come of it."""
        life = lived(self.journey, measure)
        self.peaceful = forked(lambda: self.check_finished(stored_features(self.index)))
        return life

    def restore(self) -> None:
        """Everything is as it was before the journey."""
        folder = self.journey.work.folder
        shutil.rmtree(folder)
        shutil.copytree(self.start, folder, symlinks=True)

    def check_after(self, victim: Victim) -> None:
        """Right after the kill, and again when the journey has been taken up and finished."""
        stored = stored_features(self.index)
        lost = set(victim.stored) - stored
        assert not lost, f"{len(lost)} acknowledged features are lost"
        if stored or victim.acknowledged:
            self._check_live(victim)
        self.check_finished(stored)

    def _check_live(self, victim: Victim) -> None:
        before, after, whole = self.journey.possible(victim.acknowledged)
        if not before and IndexFolder(self.index).live() is None:
            return
        check_sealed(self.index)
        engine = SearchEngine.open(self.index)
        check_shown(engine, before, after, self.journey.work.pool, whole)
        engine.close()

    def check_finished(self, stored: set[str]) -> Answers:
        """Finish; nothing of what is ``stored`` is embedded again. Returns the index's answers."""
        final, pool = self.journey.final, self.journey.work.pool
        missing = contents(final, pool) - stored
        made = self.journey.finish()
        assert made.embedded == len(missing), f"{made.embedded} embedded, {len(missing)} missing"
        assert stored_features(self.index) == stored | missing
        check_sealed(self.index)
        check_no_litter(self.index)
        engine = SearchEngine.open(self.index)
        check_shown(engine, final, final, pool, whole=True)
        numbers = [number for listing in final.values() for number in listing.pictures]
        answers = ask(engine, numbers, pool)
        engine.close()
        check_same(answers, self.peaceful)
        again = self.journey.work.build()
        assert (again.embedded, again.version) == (0, made.version)
        return answers
