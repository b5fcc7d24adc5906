"""80 % of capacity, a new version every minute, workers killed, the database cut: any wrong answer?

Grocery listings are served by two processes. What they can do is measured while a version is built;
then readers ask at a share of that (by product, by upload, with a filter, page by page), writers
PUT and DELETE products, an edited catalog file is built every minute, a worker is killed every five
and the database is moved away for ten seconds twice. Each answer is held against what the version
that it names must say. Stops by itself; Ctrl-C ends it early, with what was found. Prints one JSON
object; the exit status is 1 when the bars were missed.

    python -m benchmarks.soak [--minutes 30] [--share 0.8]
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.soak.disturbing import Cuts, Kills, Versions
from benchmarks.soak.findings import Findings
from benchmarks.soak.pace import Pace
from benchmarks.soak.readers import Reader
from benchmarks.soak.server import Memory, Server, served
from benchmarks.soak.shop import LISTINGS, Shop, made_shop
from benchmarks.soak.summary import summary
from benchmarks.soak.writers import Watcher, Writer

READERS, CHANGES = 8, 2.0
"""How many clients read, and how many changes in a second each of two writers makes."""

PROBED = 20.0
"""Seconds, at least, in which capacity is measured."""

WORKERS = 2


def main() -> None:
    """Build, serve, find out what it can do, let everybody loose, and look at what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--share", type=float, default=0.8, help="of the capacity")
    parser.add_argument("--rate", type=float, help="requests/s, rather than a share")
    parser.add_argument("--listings", type=Path, default=LISTINGS)
    options = parser.parse_args()
    findings = Findings()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: findings.done.set())
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, ExitStack() as running:
        report = _run(Path(folder), findings, options, running)
    print(json.dumps(report), flush=True)
    sys.exit(0 if report["passed"] else 1)


def _run(
    folder: Path, findings: Findings, options: argparse.Namespace, running: ExitStack
) -> dict[str, Any]:
    shop = made_shop(folder, options.listings)
    versions = Versions(shop, findings)
    versions.publish()
    server = running.enter_context(served(shop.folder, WORKERS))
    capacity = None
    rate = options.rate
    if rate is None:
        capacity = _capacity(shop, server, findings, versions)
        rate = options.share * capacity
    _say(f"capacity {capacity and round(capacity, 1)} requests/s; {rate:.1f} are asked")
    findings.begin()
    memory = Memory(server, findings)
    _soak(shop, server, findings, versions, memory, 60 * options.minutes, rate)
    facts = {"minutes": options.minutes, "capacity": capacity, "rate": rate}
    return summary(findings, facts, memory, shop.integrity())


def _capacity(shop: Shop, server: Server, findings: Findings, versions: Versions) -> float:
    """Requests/s of clients who never wait, while writers write and a version is built."""
    pace = Pace(None)
    probing = Findings()
    probing.expected = findings.expected
    clients = [Reader(server.url, shop, probing, pace, seed) for seed in range(READERS)]
    writers = [Writer(server.url, shop, probing, name, CHANGES) for name in ("probe", "probed")]
    threads = _started([*clients, *writers])
    start = time.monotonic()
    versions.publish()
    probing.done.wait(max(0.0, PROBED - (time.monotonic() - start)))
    seconds = time.monotonic() - start
    asked = len(probing.seconds)
    probing.done.set()
    _joined(threads)
    findings.deleted |= probing.deleted
    _say(f"while measuring the capacity: {dict(probing.errors)} {probing.unexpected[:3]}")
    return asked / seconds


def _soak(
    shop: Shop,
    server: Server,
    findings: Findings,
    versions: Versions,
    memory: Memory,
    seconds: float,
    rate: float,
) -> None:
    pace = Pace(rate)
    everybody: list[Any] = [
        *(Reader(server.url, shop, findings, pace, seed) for seed in range(READERS)),
        *(Writer(server.url, shop, findings, name, CHANGES) for name in ("live", "second")),
        Watcher(server.url, shop, findings),
        Kills(server, findings, seconds),
        Cuts(shop, findings, seconds),
        memory,
    ]
    versions.every = min(60.0, seconds / 6)
    threads = _started([*everybody, versions])
    end = time.monotonic() + seconds
    while not findings.done.wait(1.0) and time.monotonic() < end:
        left = end - time.monotonic()
        if int(left) % 30 == 0:
            _say(
                f"{left:.0f} s left: {len(findings.seconds)} answers, {len(findings.wrong)} wrong, "
                f"{dict(findings.errors)}, {len(findings.unexpected)} unexpected"
            )
    findings.done.set()
    findings.skipped = pace.skipped
    _joined(threads)


def _started(clients: list[Any]) -> list[Thread]:
    threads = [Thread(target=one.run, daemon=True) for one in clients]
    for thread in threads:
        thread.start()
    return threads


def _joined(threads: list[Thread]) -> None:
    for thread in threads:
        thread.join(120)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
