"""One engine at a time in a process of its own: build it once, search it round after round."""

import os
import shutil
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.index.data import Data, load
from benchmarks.index.engines import Engine, K, Opened, Setting
from benchmarks.index.resources import cpu_seconds, memory, pin

_BATCH = 100
_CHECKED = 20
"""How many queries are asked exhaustively."""


def build(engine: Engine, folder: Path) -> dict[str, float]:
    """Index the data of ``folder`` into a folder below it: what that took."""
    data = load(folder)
    into = folder / slug(engine)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    start, cpu = perf_counter(), cpu_seconds()
    elsewhere = engine.build(data, into)
    return {"seconds": perf_counter() - start, "cpu_seconds": cpu_seconds() - cpu + elsewhere}


def measure(engine: Engine, folder: Path, seconds: float, with_recall: bool) -> dict[str, Any]:
    """Queries a second of each setting, on one core and on all.

    With ``with_recall`` all the queries are asked once at each setting, and a few exhaustively.
    """
    data = load(folder)
    cores = sorted(os.sched_getaffinity(0))
    before = memory()
    with engine.open(folder / slug(engine)) as opened:
        report: dict[str, Any] = {"recall": {}, "rates": {}}
        if with_recall:
            for setting in engine.settings:
                found = opened.search(data.queries, setting, len(cores))
                report["recall"][label(setting)] = data.recall(found, K)
            report["check"] = _exhaustive(engine, opened, data, len(cores))
        for name, used in {"one core": cores[-1:], "all cores": cores}.items():
            pin(used, opened.servers)
            report["rates"][name] = {
                label(setting): _rate(opened, data, setting, len(used), seconds)
                for setting in engine.settings
            }
        report["memory"] = memory(opened.servers) - before
        report["size"] = opened.size
    return report


def slug(engine: Engine) -> str:
    """Its name as a folder's name."""
    return engine.name.replace(" ", "-").replace(",", "-").lower()


def label(setting: Setting) -> str:
    """A setting in words."""
    return " ".join(f"{name} {value}" for name, value in setting.items()) or "as it is"


def _rate(opened: Opened, data: Data, setting: Setting, threads: int, seconds: float) -> float:
    """Queries a second: batches of 100 until the time is up, the first of them not counted."""
    batches = np.split(data.queries, range(_BATCH, len(data.queries), _BATCH))
    opened.search(batches[-1], setting, threads)
    done, start = 0, perf_counter()
    for batch in cycle(batches):
        opened.search(batch, setting, threads)
        done += len(batch)
        if perf_counter() - start >= seconds:
            break
    return done / (perf_counter() - start)


def _exhaustive(engine: Engine, opened: Opened, data: Data, threads: int) -> float:
    """Share of the exact neighbours that the engine finds when it may take all its time."""
    found = opened.search(data.queries[:_CHECKED], engine.exhaustive, threads)
    return data.recall(found, K)
