"""Kills an operation at many points, each time in a fork of this process, and checks what is left.

    python -m tests.e2e.crashing.run JOURNEY POINTS SEED FOLDER

FOLDER has ``pool`` (pictures) and ``cache`` (the converted network). Prints one JSON object. This
process imports all that is needed and then only forks: it starts no thread and opens no index.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.e2e.crashing.forks import ChildFailed, forked
from tests.e2e.crashing.kill_points import Death, deaths, largest_file
from tests.e2e.crashing.trial import Trial
from tests.e2e.crashing.victim import Victim

_MOST_FAULTS = 3


def main() -> None:
    """Prepare, go through it once in peace, then kill."""
    name, points, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    trial = Trial.prepared(name, seed, folder, folder)
    json.dump(_killed(trial, points, Random(seed)), sys.stdout)  # noqa: S311


def _killed(trial: Trial, points: int, random: Random) -> dict[str, Any]:
    life = trial.rehearse(lambda: largest_file(trial.index))
    kills, faults = Counter[str](), list[str]()
    some_outlived = points * 3 // 2
    tried = list(deaths(some_outlived, life.steps, max(life.sizes), life.seconds, random))
    random.shuffle(tried)
    for death in tried:
        if len(faults) == _MOST_FAULTS or kills.total() - kills["outlived"] == points:
            break
        trial.restore()
        victim = Victim.of(trial.journey, death)
        if not victim.killed:
            kills["outlived"] += 1
            continue
        kills[death.kind] += 1
        faults += _faults(trial, victim, death)
    return {"steps": life.steps, "kills": kills, "faults": faults}


def _faults(trial: Trial, victim: Victim, death: Death) -> list[str]:
    try:
        forked(lambda: trial.check_after(victim))
    except ChildFailed as failed:
        return [f"{death}, {victim.acknowledged} acknowledged: {failed}"]
    return []


if __name__ == "__main__":
    main()
