"""Recall@10 against queries a second of vector indexes, ours beside its peers.

    python -m benchmarks.index [--catalog FILE …] [--vectors N] [--engines NAME …] [--plot FILE]
                               [--seconds 1] [--rounds 3] [--build-only | --query-only]

The peers are no dependencies of the project: ``pip install -r benchmarks/requirements.txt``; those
that are not installed are left out, and the report says so. Vectors, queries and indexes stay in
``--work``: what is there already is used again, so the queries can be measured alone. Each engine
runs in a process of its own, one after another, round after round in alternating order; figures
are medians. A single core is a core for client and server together. Servers' rates include their
clients. Prints one JSON object on stdout.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.index.chosen import ENGINES, missing
from benchmarks.index.data import prepare
from benchmarks.index.engines import Engine
from benchmarks.index.isolation import apart
from benchmarks.index.measuring import build, measure, slug
from benchmarks.index.plot import draw
from benchmarks.index.report import best, engine_report


def main() -> None:
    """Vectors, then indexes, then rounds of queries."""
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    folder = apart(prepare, options.catalog, options.vectors, options.work)
    skipped = {one.name: reason for one in options.engines if (reason := missing(one))}
    builds = _build_all(options.engines, folder, options.query_only, skipped)
    ready = [] if options.build_only else [one for one in options.engines if one.name in builds]
    rounds = _rounds(ready, folder, options, skipped)
    reports = {
        one.name: engine_report(
            builds[one.name], [turn[one.name] for turn in rounds], options.vectors, one.lossless
        )
        for one in ready
        if one.name not in skipped
    }
    if options.plot and reports:
        draw(reports, options.plot)
    facts = {"vectors": options.vectors, "real_photos": bool(options.catalog)}
    facts |= {"cores": len(os.sched_getaffinity(0)), "builds": builds, "engines": reports}
    print(json.dumps(facts | {"best": best(reports), "skipped": skipped}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--catalog", type=Path, nargs="*", default=[], help="real photos to mix")
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path("bench-results/index"))
    parser.add_argument("--engines", nargs="*", help="those whose names begin so")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each point and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--query-only", action="store_true", help="only what is built already")
    parser.add_argument("--plot", type=Path, help="where to draw recall against speed")
    options = parser.parse_args()
    begins = tuple(name.lower() for name in options.engines or [""])
    options.engines = [one for one in ENGINES if one.name.lower().startswith(begins)]
    if not options.engines:
        parser.error(f"no engine begins so: there are {', '.join(one.name for one in ENGINES)}.")
    return options


def _build_all(
    engines: list[Engine], folder: Path, query_only: bool, skipped: dict[str, str]
) -> dict[str, Any]:
    """What each build took, now or when it was made; those that fail go to ``skipped``."""
    builds = {}
    for engine in [one for one in engines if one.name not in skipped]:
        done = folder / f"{slug(engine)}.json"
        if not done.exists() and query_only:
            skipped[engine.name] = f"not built in {folder}"
        elif not done.exists():
            _say(f"building {engine.name}")
            try:
                done.write_text(json.dumps(apart(build, engine, folder)))
            except Exception as error:  # noqa: BLE001 - whatever a peer raises concerns it alone
                skipped[engine.name] = f"building failed: {error}"
        if done.exists():
            builds[engine.name] = json.loads(done.read_text())
    return builds


def _rounds(
    engines: list[Engine], folder: Path, options: argparse.Namespace, skipped: dict[str, str]
) -> list[dict[str, Any]]:
    rounds: list[dict[str, Any]] = []
    for turn in range(options.rounds):
        found = {}
        for engine in engines if turn % 2 else reversed(engines):
            if engine.name not in skipped:
                _say(f"round {turn + 1}: {engine.name}")
                try:
                    found[engine.name] = apart(measure, engine, folder, options.seconds, turn == 0)
                except Exception as error:  # noqa: BLE001 - as above
                    skipped[engine.name] = f"searching failed: {error}"
        rounds.append(found)
    return rounds


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
