"""One process that tries inputs until its time is over, and keeps a file up to date about it.

``python -m benchmarks.fuzz.child TARGET SECONDS ENGINE STATUS WORK SEED``
"""

import gc
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NoReturn

_EVERY = 1.0
"""Seconds between two looks at the memory."""

_LONGEST = 16_384
"""Bytes of an input."""

_FIRST = 0.1
"""Memory is compared with that after this share of the time, when all is loaded."""


class Watch:
    """Runs the cases; counts them, what came out that must not, and the memory."""

    def __init__(self, run: Callable[[bytes], None], seconds: float, status: Path) -> None:
        self._run = run
        self._status = status
        self._start = self._next = monotonic()
        self._seconds = seconds
        self.found: dict[str, Any] = {"cases": 0, "crashes": {}, "rss": [], "first_rss": None}

    def __call__(self, data: bytes) -> None:
        """Try one input; ends the process when the time is over."""
        self.found["cases"] += 1
        try:
            self._run(data)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            self._keep(error, data)
        now = monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            self._look(now - self._start)

    def _keep(self, error: Exception, data: bytes) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        if name not in self.found["crashes"]:
            self.found["crashes"][name] = {"says": str(error)[:200], "input": data.hex()}
            print("".join(traceback.format_exception(error)), file=sys.stderr)

    def _look(self, passed: float) -> None:
        gc.collect()
        self.found["rss"] = _memory()
        if self.found["first_rss"] is None and passed >= _FIRST * self._seconds:
            self.found["first_rss"] = self.found["rss"]
        part = self._status.with_suffix(".part")
        part.write_text(json.dumps(self.found))
        part.replace(self._status)
        if passed >= self._seconds:
            sys.stderr.flush()
            os._exit(0)  # libFuzzer has no other end


def _memory() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def by_coverage(name: str, work: Path, seed: int, watched: Callable[..., Watch]) -> NoReturn:
    """Atheris: keeps what reaches new code, and goes on from there."""
    import atheris

    with atheris.instrument_imports(include=["search", "indexer", "PIL", "httpx", "csv", "json"]):
        from benchmarks.fuzz.targets import TARGETS

        target = TARGETS[name](work)
    corpus = work / "corpus"
    corpus.mkdir(exist_ok=True)
    for at, data in enumerate(target.seeds):
        (corpus / f"seed{at}").write_bytes(data)
    options = [f"-seed={seed}", f"-max_len={_LONGEST}", "-timeout=120", "-rss_limit_mb=6000"]
    paths = [f"-artifact_prefix={work}/", str(corpus)]
    atheris.Setup(["fuzz", "-verbosity=0", *options, *paths], watched(target.run))
    atheris.Fuzz()
    raise AssertionError("the watch ends the process")


def by_chance(name: str, work: Path, seed: int, watched: Callable[..., Watch]) -> NoReturn:
    """Good inputs, each changed in a few places."""
    from benchmarks.fuzz.pictures import damaged
    from benchmarks.fuzz.targets import TARGETS

    target, random = TARGETS[name](work), Random(seed)  # noqa: S311
    watch = watched(target.run)
    while True:
        data = damaged(target.seeds, random)
        (work / "crash-last").write_bytes(data)  # what is left when the process is killed
        watch(data)


def main() -> None:
    """As the module says."""
    name, seconds, engine, status, work, seed = sys.argv[1:]
    logging.disable()

    def watched(run: Callable[[bytes], None]) -> Watch:
        return Watch(run, float(seconds), Path(status))

    start = by_coverage if engine == "atheris" else by_chance
    start(name, Path(work), int(seed), watched)


if __name__ == "__main__":
    main()
