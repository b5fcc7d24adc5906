"""From rounds of measurements to one object, with each engine's best at equal recall."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from benchmarks.index.chosen import OURS

TARGETS = (0.95, 0.98)
_CHECK = 0.99
"""The share of exact neighbours that an exhaustive search must find: graphs may have a vector or
two that no edge leads to, and float32 sums in another order may swap neighbours that are as near.
"""

Json = dict[str, Any]


def engine_report(build: Json, rounds: Sequence[Json], vectors: int, lossless: bool) -> Json:
    """One engine: medians over its rounds, the first of which has recalls and the check."""
    first = rounds[0]
    return {
        "build_seconds": round(build["seconds"], 1),
        "build_cpu_seconds": round(build["cpu_seconds"], 1),
        "bytes_per_vector": round(median(one["size"] for one in rounds) / vectors, 1),
        "memory_per_vector": round(median(one["memory"] for one in rounds) / vectors, 1),
        "exhaustive_recall": round(first["check"], 4),
        "check_passed": first["check"] >= _CHECK if lossless else None,
        "points": {
            cores: [
                {
                    "setting": setting,
                    "recall": round(recall, 4),
                    "qps": round(median(one["rates"][cores][setting] for one in rounds), 1),
                }
                for setting, recall in first["recall"].items()
            ]
            for cores in first["rates"]
        },
    }


def best(engines: Mapping[str, Json]) -> Json:
    """For each target and number of cores: what every engine that reaches it does and needs.

    Ratios are to the quickest peer.
    """
    cores = {name for engine in engines.values() for name in engine["points"]}
    return {
        f"recall {target}": {name: _compare(engines, target, name) for name in sorted(cores)}
        for target in TARGETS
    }


def _compare(engines: Mapping[str, Json], target: float, cores: str) -> Json:
    every = {name: at_recall(engine["points"][cores], target) for name, engine in engines.items()}
    rates = {name: rate for name, rate in every.items() if rate is not None}
    peer = _quickest(rates, ours=False)
    found: dict[str, dict[str, float]] = {
        name: {"qps": round(rate, 1), "bytes_per_vector": engines[name]["bytes_per_vector"]}
        for name, rate in rates.items()
    }
    if peer:
        for name, one in found.items():
            size = one["bytes_per_vector"] / found[peer]["bytes_per_vector"]
            one |= {"qps_ratio": round(rates[name] / rates[peer], 3), "bytes_ratio": round(size, 3)}
    missed = sorted(engines.keys() - rates.keys())
    return {
        "best_of_ours": _quickest(rates, ours=True),
        "best_peer": peer,
        "engines": found,
        "do_not_reach_it": missed,
    }


def _quickest(rates: Mapping[str, float], ours: bool) -> str | None:
    names = [name for name in rates if name.startswith(OURS) == ours]
    return max(names, key=rates.__getitem__, default=None)


def at_recall(points: Sequence[Json], target: float) -> float | None:
    """The most q/s at this recall: of a point that reaches it, or between two that enclose it.

    Between measured points q/s is taken as a straight line; beyond them nothing is: None when no
    point reaches the target.
    """
    reached = [point["qps"] for point in points if point["recall"] >= target]
    ordered = sorted(points, key=lambda point: (point["recall"], -point["qps"]))
    for below, above in pairwise(ordered):
        if below["recall"] < target <= above["recall"]:
            share = (target - below["recall"]) / (above["recall"] - below["recall"])
            reached.append(below["qps"] + share * (above["qps"] - below["qps"]))
    return max(reached, default=None)
