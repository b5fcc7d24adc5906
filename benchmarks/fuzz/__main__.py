"""Hostile input for some minutes: how many cases, which crashes, and does memory grow?

``python -m benchmarks.fuzz --target images|filters|rows|manifest|urls [--minutes 10]``

``crashes`` are exceptions that are none of the library's own, each place once, and ends of the
process, each with an input in hex. ``memory`` compares what the process holds after 10 % of the
time and at the end. Atheris, where it is installed, is led by coverage and keeps every input that
reaches new code, in memory: ``--engine random`` does not, and is what to judge memory by.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

TARGETS = ("images", "filters", "rows", "manifest", "urls")


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", choices=TARGETS, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--engine", choices=("atheris", "random"))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    engine = asked.engine or ("atheris" if find_spec("atheris") else "random")
    memory = "/dev/shm"  # noqa: S108 - a case may write a file
    place = memory if Path(memory).is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz", dir=place) as work:
        found = fuzzed(asked.target, asked.minutes * 60, engine, asked.seed, Path(work))
    print(json.dumps({"target": asked.target, "engine": engine, "seed": asked.seed, **found}))


def fuzzed(target: str, seconds: float, engine: str, seed: int, work: Path) -> dict[str, Any]:
    """One process after another, each until it ends, until the time is over."""
    end = monotonic() + seconds
    crashes: dict[str, Any] = {}
    cases, memory = 0, None
    while (left := end - monotonic()) > 0:
        status = work / "status.json"
        status.unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.fuzz.child", target, str(left), engine]
        done = subprocess.run([*command, str(status), str(work), str(seed)], stdout=2, check=False)
        found = json.loads(status.read_text()) if status.exists() else {}
        cases += found.get("cases", 0)
        crashes |= found.get("crashes", {})
        if done.returncode:
            last = [path.read_bytes().hex() for path in work.glob("*-*") if path.is_file()]
            crashes[f"exit {done.returncode} after {cases} cases"] = {"input": last[-1:]}
            if not found:  # it cannot even start
                break
        elif found["first_rss"]:
            memory = _growth(found)
        seed += 1
    return {"minutes": seconds / 60, "cases": cases, "crashes": crashes, "memory": memory}


def _growth(found: dict[str, Any]) -> dict[str, float]:
    first, last = found["first_rss"], found["rss"]
    return {"first_mb": first / 1e6, "last_mb": last / 1e6, "ratio": round(last / first, 3)}


if __name__ == "__main__":
    main()
