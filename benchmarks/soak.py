"""Eight readers, a writer and a new version every 20 seconds: does any answer fail, or lie?

Grocery listings are served by two processes on one index. Readers ask the first one (by product,
by upload, with a filter, page by page), a writer PUTs and DELETEs products there all the time, and
another process builds an edited catalog file again and again. Each answer is held against what the
version that it names must say; a change must show in the second server too. Prints one JSON object.

    python -m benchmarks.soak [--minutes 10]
"""

import argparse
import csv
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count, pairwise
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import httpx
import numpy as np

from benchmarks.soak_clients import Reader, Watcher, Writer
from benchmarks.soak_findings import ASKED, EDITED, Findings, Row, Scores, Shop
from search import SearchEngine

LISTINGS = Path(__file__).parents[2] / "shared" / "datasets" / "grocery" / "listings.csv"
INDEXER = Path(sys.executable).parent / "indexer"
READERS = 8
STABLE = 1_060
"""With those, every version has a head of its own: a mixture of two versions would show."""
SPARE, WATCHED = 200, 1_000

EVERY = 20.0
"""Seconds between the starts of two builds."""


def main() -> None:
    """Build, serve twice, let everybody loose, and look at what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        shop = _shop(Path(folder))
        _publish(shop, findings, 0)
        first, second = (running.enter_context(_served(shop.folder)) for _ in range(2))
        clients = [Reader(first, shop, findings, seed) for seed in range(READERS)]
        watcher = Watcher(Writer(first, shop, findings, "measured"), second, shop, findings)
        everybody: list[Reader | Writer | Watcher] = [
            *clients,
            Writer(first, shop, findings, "live"),
            watcher,
        ]
        threads = [Thread(target=client.run) for client in everybody]
        for thread in threads:
            thread.start()
        try:
            _publish_often(shop, findings, 60 * minutes)
        finally:
            findings.done.set()
            for thread in threads:
                thread.join()
    findings.check_scores()
    print(json.dumps(_summary(findings)))


def _shop(folder: Path) -> Shop:
    """Of listings with different pictures, in an order of chance."""
    with LISTINGS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    Random(0).shuffle(rows)  # noqa: S311
    by_content: dict[bytes, tuple[Row, bytes]] = {}
    for row in rows:
        data = (LISTINGS.parent / row["image"]).read_bytes()
        by_content.setdefault(hashlib.sha256(data).digest(), (row, data))
    ends = np.cumsum([0, STABLE, EDITED, SPARE, WATCHED])
    stable, edited, spare, watched = (
        list(by_content.values())[start:end] for start, end in pairwise(ends)
    )
    for row, data in [*stable, *edited]:
        path = folder / row["image"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    parts = [row for row, _ in stable], [row for row, _ in edited]
    return Shop(folder, *parts, [data for _, data in spare], [data for _, data in watched])


def _publish_often(shop: Shop, findings: Findings, seconds: float) -> None:
    end = time.monotonic() + seconds
    for number in count(1):
        next_one = time.monotonic() + EVERY
        _publish(shop, findings, number)
        time.sleep(max(0.0, min(next_one, end) - time.monotonic()))
        if time.monotonic() >= end:
            return


def _publish(shop: Shop, findings: Findings, number: int) -> None:
    """Build, and note what the new version must say of the products that are asked for."""
    shop.write(number)
    done = subprocess.run(
        [INDEXER, "build", "catalog.csv", "--allow-shrink", "--json"],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        findings.failed.append(f"build {number}: {done.stderr}")
        return
    version = json.loads(done.stdout)["version"]
    engine = SearchEngine.open(shop.folder / "index", version=version)
    asked = [row["product_id"] for row in shop.stable[:ASKED]]
    findings.expected[version] = {one: _scores(engine, one, shop) for one in asked}
    engine.close()


def _scores(engine: SearchEngine, product_id: str, shop: Shop) -> Scores:
    """Of the stable products that are most like one of them."""
    stable = {row["product_id"] for row in shop.stable}
    found = engine.similar(product_id=product_id, k=100).results
    return {one.product_id: one.score for one in found if one.product_id in stable}


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a server of its own process, when it is ready."""
    command = [str(INDEXER), "serve", "--port", "0"]
    with (
        (folder / "server.log").open("ab") as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline().decode())
        assert found
        try:
            while httpx.get(f"{found[0]}/readyz", trust_env=False).status_code != 200:
                time.sleep(0.1)
            yield found[0]
        finally:
            process.terminate()


def _summary(findings: Findings) -> dict[str, Any]:
    median, slow = np.percentile(findings.seconds, [50, 99]) * 1000
    return {
        "requests": len(findings.seconds),
        "failed": len(findings.failed),
        "inconsistent": len(findings.inconsistent),
        "examples": [*findings.failed[:3], *findings.inconsistent[:3]],
        "changes": findings.changes,
        "published": len(findings.expected),
        "versions_answered": len({version for version, *_ in findings.shown}),
        "milliseconds_p50": round(median, 1),
        "milliseconds_p99": round(slow, 1),
        "changes_watched": len(findings.visible),
        "visible_after_seconds_max": round(max(findings.visible), 2),
        "visible_after_seconds_median": round(float(np.median(findings.visible)), 2),
    }


if __name__ == "__main__":
    main()
