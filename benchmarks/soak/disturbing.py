"""What disturbs the server: new versions, killed workers, and a database that goes away."""

import json
import os
import signal
import subprocess
import time
from itertools import count

from benchmarks.soak.findings import Findings, Scores
from benchmarks.soak.server import INDEXER, Server
from benchmarks.soak.shop import ASKED, Shop
from search import SearchEngine

CUT = 10.0
"""Seconds for which the database is away."""


class Versions:
    """Builds of an edited catalog file, one after the other."""

    def __init__(self, shop: Shop, findings: Findings) -> None:
        self._shop, self._findings = shop, findings
        self._numbers = count()
        self.every = 60.0
        self.seconds: list[float] = []

    def run(self) -> None:
        """One each ``every`` seconds, or as soon as the one before is done."""
        while not self._findings.done.is_set():
            start = time.monotonic()
            self.publish()
            self._findings.done.wait(max(0.0, self.every - (time.monotonic() - start)))

    def publish(self) -> None:
        """Build, and note what the new version must say of the products that are asked for."""
        number = next(self._numbers)
        with self._shop.catalog:
            self._shop.write(number)
            done = subprocess.run(
                ["nice", str(INDEXER), "build", "catalog.csv", "--allow-shrink", "--json"],  # noqa: S607
                cwd=self._shop.folder,
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
            )
            if done.returncode:
                self._findings.failed_builds.append(f"build {number}: {done.stderr[-1000:]}")
                return
            version = json.loads(done.stdout)["version"]
            engine = SearchEngine.open(self._shop.folder / "index", version=version)
            asked = [row["product_id"] for row in self._shop.stable[:ASKED]]
            self._findings.know(version, {one: self._scores(engine, one) for one in asked})
            engine.close()

    def _scores(self, engine: SearchEngine, product_id: str) -> Scores:
        """Of the stable products that are most like one of them."""
        stable = {row["product_id"] for row in self._shop.stable}
        found = engine.similar(product_id=product_id, k=100).results
        return {one.product_id: one.score for one in found if one.product_id in stable}


class Kills:
    """SIGKILL for one of the workers, every five minutes, when all of them can answer."""

    def __init__(self, server: Server, findings: Findings, seconds: float) -> None:
        self._server, self._findings = server, findings
        self._every = min(300.0, seconds / 3)

    def run(self) -> None:
        """From the middle of the first interval on."""
        wait = self._every / 2
        while not self._findings.done.wait(wait):
            wait = self._every
            victim = max(self._server.workers())
            self._findings.kills.append(time.monotonic())
            os.kill(victim, signal.SIGKILL)


class Cuts:
    """The database is away for ten seconds, after a third and after two thirds of the time."""

    def __init__(self, shop: Shop, findings: Findings, seconds: float) -> None:
        self._shop, self._findings, self._every = shop, findings, seconds / 3

    def run(self) -> None:
        """Between two builds."""
        for _ in range(2):
            if self._findings.done.wait(self._every):
                return
            self._cut()

    def _cut(self) -> None:
        with self._shop.cut():
            start = time.monotonic()
            self._findings.cuts.append((start, start + 2 * CUT))
            self._findings.done.wait(CUT)
        self._findings.cuts[-1] = start, time.monotonic()
