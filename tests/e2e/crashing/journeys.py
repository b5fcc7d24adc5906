"""What is interrupted: builds, live changes, rollback; and how each is taken up again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

from rich.console import Console

from indexer.build import BuildOptions, BuildReport, build
from indexer.progress import Steps
from search import SearchEngine
from search.versions import IndexFolder
from tests.e2e.crashing.shop import (
    Change,
    Pool,
    State,
    apply,
    changed,
    edited,
    first_state,
    live_changes,
    write_shop,
)

PRODUCTS = 24


@dataclass(frozen=True, slots=True)
class Work:
    """A folder with a shop and its index."""

    folder: Path
    pool: Pool

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def write(self, state: State) -> None:
        write_shop(self.folder / "shop", state, self.pool)

    def build(self, **options: Any) -> BuildReport:
        catalog = self.folder / "shop" / "catalog.csv"
        return build(catalog, self.index, BuildOptions(**options), Steps(Console(quiet=True)))


class Possible(NamedTuple):
    """What may be seen after the kill: each product as before or after, all of it if ``whole``."""

    before: State
    after: State
    whole: bool


class Journey(Protocol):
    """Something that changes an index; ``final`` is the state that taking it up again leads to."""

    work: Work

    @property
    def final(self) -> State: ...

    def prepare(self) -> None:
        """Make the shop and the index as they are before."""

    def run(self, watch: Callable[[], None], done: Callable[[], None], /) -> None:
        """``watch`` is called when it starts, ``done`` after each acknowledged change."""

    def possible(self, acknowledged: int, /) -> Possible:
        """What may be seen when it died after so many acknowledged changes."""

    def finish(self) -> BuildReport:
        """Take it up again, up to a finished build."""


@dataclass(slots=True)
class Build:
    """The last of several states is being built when the process dies."""

    work: Work
    states: Sequence[State]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def final(self) -> State:
        return self.states[-1]

    def prepare(self) -> None:
        for state in self.states[:-1]:
            self.work.write(state)
            self.work.build()
        self.work.write(self.final)

    def run(self, watch: Callable[[], None], _done: Callable[[], None]) -> None:
        watch()
        self.work.build(**self.options)

    def possible(self, _acknowledged: int) -> Possible:
        return Possible(self.states[-2] if len(self.states) > 1 else {}, self.final, whole=False)

    def finish(self) -> BuildReport:
        return self.work.build(**self.options)


@dataclass(slots=True)
class LiveChanges:
    """An engine upserts and deletes; a build makes the index equal to the file again."""

    work: Work
    final: State
    changes: list[Change]

    def prepare(self) -> None:
        self.work.write(self.final)
        self.work.build()

    def run(self, watch: Callable[[], None], done: Callable[[], None]) -> None:
        engine = SearchEngine.open(self.work.index)
        watch()
        for change in self.changes:
            apply(engine, change, self.work.pool)
            done()

    def possible(self, acknowledged: int) -> Possible:
        before = changed(self.final, self.changes[:acknowledged])
        return Possible(before, changed(self.final, self.changes[: acknowledged + 1]), whole=True)

    def finish(self) -> BuildReport:
        return self.work.build()


@dataclass(slots=True)
class Rollback:
    """From version 3 to version 1: the catalog's changes show under either."""

    work: Work
    states: Sequence[State]

    @property
    def final(self) -> State:
        return self.states[-1]

    def prepare(self) -> None:
        for state in self.states:
            self.work.write(state)
            self.work.build()

    def run(self, watch: Callable[[], None], done: Callable[[], None]) -> None:
        watch()
        IndexFolder(self.work.index).rollback(1)
        done()

    def possible(self, acknowledged: int) -> Possible:
        live = IndexFolder(self.work.index).require_live().version
        assert live in ({1} if acknowledged else {1, 3})
        return Possible(self.final, self.final, whole=True)

    def finish(self) -> BuildReport:
        assert IndexFolder(self.work.index).rollback(1).version == 1
        return self.work.build()


def _states(work: Work, random: Random, number: int) -> list[State]:
    states = [first_state(work.pool, PRODUCTS)]
    while len(states) < number:
        states.append(edited(states[-1], work.pool, random))
    return states


def _live_changes(work: Work, random: Random) -> Journey:
    state = first_state(work.pool, PRODUCTS)
    return LiveChanges(work, state, live_changes(state, work.pool, random))


JOURNEYS: dict[str, Callable[[Work, Random], Journey]] = {
    "first build": lambda work, random: Build(work, _states(work, random, 1)),
    "update": lambda work, random: Build(work, _states(work, random, 2)),
    "publish and prune": lambda work, random: Build(work, _states(work, random, 4), {"keep": 0}),
    "live changes": _live_changes,
    "rollback": lambda work, random: Rollback(work, _states(work, random, 3)),
}
