"""A process that goes through a journey and dies on the way."""

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple, Self

import pytest

from search.arrays import Floats
from search.catalog.features import FeatureStore
from tests.e2e.crashing.forks import ChildFailed, fork, forked
from tests.e2e.crashing.journeys import Journey
from tests.e2e.crashing.kill_points import Death, Life
from tests.e2e.crashing.runtime import Features, forget_features, learned, remember


class Lived(NamedTuple):
    """A journey in peace; ``sizes`` as ``Life`` has them."""

    steps: int
    sizes: set[int]
    seconds: float


def lived(journey: Journey, measure: Callable[[], int]) -> Lived:
    """Go through a journey in peace, with the real network, of which all later forks know."""

    def run() -> tuple[Lived, Features]:
        life = Life(measure)
        life.install()
        forget_features()
        start = [0.0]

        def watch() -> None:
            start[0] = time.monotonic()
            life.watch()

        journey.run(watch, lambda: None)
        return Lived(life.steps, life.sizes, time.monotonic() - start[0]), learned()

    life, features = forked(run)
    remember(features)
    return life


@dataclass(frozen=True, slots=True)
class Victim:
    """A process that was to die on a journey, and what it had said until then."""

    killed: bool
    acknowledged: int
    stored: tuple[str, ...]

    @classmethod
    def of(cls, journey: Journey, death: Death) -> Self:
        """Raises ChildFailed when it ended in any other way than by a kill or in peace."""
        child, pipe = fork(lambda out: _run(journey, death, out))
        said = [pipe.readline()]
        if death.kind == "clock":
            time.sleep(death.at)
            os.kill(child, signal.SIGKILL)
        with pipe:
            said += pipe.readlines()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in (0, -signal.SIGKILL, -signal.SIGXFSZ):
            raise ChildFailed(b"".join(said).decode(errors="replace"))
        told = [json.loads(line) for line in said if line.endswith(b"\n")]
        stored = [digest for digests in told if digests for digest in digests]
        return cls(code != 0, told.count(None), tuple(stored))


def _run(journey: Journey, death: Death, out: IO[bytes]) -> None:
    life = Life(death=death)
    life.install()
    if death.kind == "clock":
        forget_features()

    def say(what: Any) -> None:
        os.write(out.fileno(), json.dumps(what).encode() + b"\n")

    def watch() -> None:
        say([])
        life.watch()

    put = FeatureStore.put

    def put_and_say(
        store: FeatureStore, digests: Sequence[str], rows: Floats, *colours: Any
    ) -> None:
        put(store, digests, rows, *colours)
        say(list(digests))

    pytest.MonkeyPatch().setattr(FeatureStore, "put", put_and_say)
    journey.run(watch, lambda: say(None))
