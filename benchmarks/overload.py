"""Twice as many requests as the server can answer: do those that it accepts keep their latency?

Uploads, first from clients who never wait longer than for their answer (that is the capacity), then
at twice that rate, whether answers come or not, for so long that the queue gets full. What is not
accepted must be told so at once: 503 with ``Retry-After``, and nothing else. Bounded in time; talks
to 127.0.0.1 alone. Prints one JSON object; the exit status is 1 when any answer was neither.

    python -m benchmarks.overload CATALOG [--index DIR] [--seconds 30] [--factor 2]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.serve.asking import asked_of
from benchmarks.serve.server import serving
from indexer.build import BuildOptions, build
from indexer.progress import Steps

CLIENTS = 64
"""How many ask, one after the other, while capacity is measured."""

Address = tuple[str, int]


@dataclass
class Load:
    """Seconds until each answer by its status, and how long all of it took."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    without_retry_after: int = 0
    took: float = 0.0

    def note(self, status: str, headers: str, seconds: float) -> None:
        """One answer; ``status`` is the error's name when there was none."""
        self.seconds.setdefault(status, []).append(seconds)
        self.without_retry_after += status == "503" and "retry-after" not in headers

    @property
    def rate(self) -> float:
        """Requests that were answered with 200, each second."""
        return len(self.seconds.get("200", ())) / self.took


async def _one(address: Address, request: bytes, load: Load) -> None:
    """On a connection of its own."""
    start = time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r")[0])
        await reader.readexactly(length)
        writer.close()
        load.note(head[9:12], head, time.perf_counter() - start)
    except (OSError, asyncio.IncompleteReadError) as error:
        load.note(type(error).__name__, "", time.perf_counter() - start)


async def _closed(address: Address, requests: list[bytes], clients: int, seconds: float) -> Load:
    load, end = Load(), time.perf_counter() + seconds

    async def client(place: int) -> None:
        while time.perf_counter() < end:
            await _one(address, requests[place % len(requests)], load)
            place += clients

    await asyncio.gather(*(client(place) for place in range(clients)))
    load.took = time.perf_counter() - end + seconds
    return load


async def _open(address: Address, requests: list[bytes], rate: float, seconds: float) -> Load:
    load, start = Load(), time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            tasks.create_task(_one(address, requests[number % len(requests)], load))
        load.took = time.perf_counter() - start
    return load


def closed(address: Address, requests: list[bytes], clients: int, seconds: float) -> Load:
    """Clients who ask again as soon as they have their answer."""
    return asyncio.run(_closed(address, requests, clients, seconds))


def opened(address: Address, requests: list[bytes], rate: float, seconds: float) -> Load:
    """So many requests/s, whatever becomes of them."""
    return asyncio.run(_open(address, requests, rate, seconds))


def main() -> None:
    """Index, serve, measure capacity, offer more, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--factor", type=float, default=2)
    options = parser.parse_args()
    requests = asked_of(options.catalog).requests("upload")
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder)
        if not (index / "CURRENT").exists():
            build(options.catalog, index, BuildOptions(), Steps(Console(stderr=True)))
        with (
            serving(index, 1) as server,
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        ):
            address, seconds = server.address, options.seconds
            pool.submit(closed, address, requests, CLIENTS, seconds / 6).result()
            before = pool.submit(closed, address, requests, CLIENTS, seconds).result()
            offered = options.factor * before.rate
            over = pool.submit(opened, address, requests, offered, seconds).result()
            after = pool.submit(closed, address, requests, CLIENTS, seconds / 3).result()
    report = _report(before, over, after, offered)
    print(json.dumps(report))
    sys.exit(0 if report["passed"] else 1)


def _report(before: Load, over: Load, after: Load, offered: float) -> dict[str, Any]:
    statuses = Counter({status: len(seconds) for status, seconds in over.seconds.items()})
    ours, theirs = _percentiles(over, "200"), _percentiles(before, "200")
    return {
        "passed": set(statuses) <= {"200", "503"} and not over.without_retry_after,
        "capacity_per_second": round(before.rate, 1),
        "offered_per_second": round(offered, 1),
        "accepted_per_second": round(over.rate, 1),
        "statuses": dict(statuses),
        "refused_without_retry_after": over.without_retry_after,
        "ms_at_capacity": theirs,
        "ms_accepted": ours,
        "ms_refused": _percentiles(over, "503"),
        "p95_accepted_over_capacity": round(ours["p95"] / theirs["p95"], 2) if ours else None,
        "capacity_afterwards_over_before": round(after.rate / before.rate, 2),
    }


def _percentiles(load: Load, status: str) -> dict[str, float]:
    """Nothing when there was no such answer."""
    seconds = load.seconds.get(status)
    if not seconds:
        return {}
    found = np.percentile(seconds, [50, 95, 99]) * 1000
    return dict(zip(("p50", "p95", "p99"), found.round(1).tolist(), strict=True))


if __name__ == "__main__":
    main()
