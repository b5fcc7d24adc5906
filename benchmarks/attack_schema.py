"""Requests made up from the server's own OpenAPI document: does any crash it, or get an answer that
the document does not name?

Schemathesis makes requests that fit the document and such that do not, for every operation, with
and without bodies; every path is asked with every method too. The server is a real one on a copy of
an index. Prints one JSON object; the exit status is 1 when something was found.

    python -m benchmarks.attack_schema [--cases 10000] [--index DIR] [--seed 0]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.made_up_requests import attack
from benchmarks.soak.server import INDEXER, Server, served

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def main() -> None:
    """Build or copy an index, serve it, attack it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=30, help="after which it stops")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attack-") as name:
        folder = Path(name)
        if options.index:
            shutil.copytree(options.index, folder / "index")
        else:
            command = ["build", str(SAMPLE / "catalog.csv"), "--index", str(folder / "index")]
            subprocess.run([str(INDEXER), *command], check=True, stdout=sys.stderr)
        with served(folder, 1) as server:
            report = _report(server, options)
    print(json.dumps(report))
    sys.exit(0 if report["passed"] else 1)


def _report(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    memory: list[float] = []
    began = monotonic()
    place = server.url, options.cases, options.seed, memory, server.process
    found = attack(*place, 60 * options.minutes)
    growth = memory[-1] / memory[0] - 1 if memory else 0.0
    return {
        "passed": not found.crashes and not found.violations and growth <= 0.05,
        "cases": found.cases,
        "seconds": round(monotonic() - began, 1),
        "server_errors": len(found.crashes),
        "violations": dict(found.violations),
        "memory_megabytes": [round(one, 1) for one in memory],
        "memory_growth": round(growth, 4),
        "statuses": dict(sorted(found.statuses.items())),
        "examples": {**found.examples, "crashes": found.crashes[:5]},
    }


if __name__ == "__main__":
    main()
