"""How soon replicas serve what was published, and what a rolling restart costs their clients.

    python -m benchmarks.replicas [--rounds N] > replicas.json

Two servers with folders of their own share a PostgreSQL server and a version store: a folder, and
then an S3 server (moto's, on loopback). Versions are published in turn by ``indexer rollback``;
measured is from the end of that command to the first answer of each server that comes from the
version. Then each server is restarted once while two clients ask whichever is ready.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.runtimes.network_file import NetworkFile
from search.embedding.runtimes.openvino_core import openvino_core
from tests.e2e.balancing import Balancer
from tests.e2e.fleet import Fleet, ask, command, version
from tests.object_storage import BUCKET, s3_server
from tests.postgresql import started
from tests.serving import Server, wait_until

_NAMES = ("a", "b")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (root / "converted").mkdir()
        NetworkFile(load_backbone(DEFAULT_SPEC), root / "converted").read(openvino_core())
        postgres = stack.enter_context(started())
        stack.enter_context(mock.patch.dict(os.environ, stack.enter_context(s3_server())))
        found = {}
        for kind, store in (("folder", None), ("s3", f"s3://{BUCKET}/benchmark")):
            (root / kind).mkdir()
            url = postgres.new_database().render_as_string()
            fleet = Fleet(root / kind, root / "converted", url, store)
            print(f"{kind}: building", file=sys.stderr)
            for products in (12, 13):
                fleet.build(products)
            found[kind] = _measured(fleet, root / kind, rounds)
    print(json.dumps({"rounds": rounds, "servers": len(_NAMES), **found}, indent=2))


def _measured(fleet: Fleet, folder: Path, rounds: int) -> dict[str, Any]:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(fleet.replica(name)) for name in _NAMES}
        seconds = [_until_served(fleet, folder, servers, 1 + turn % 2) for turn in range(rounds)]
        balancer = Balancer(servers)
        with balancer.asking(ask, ask):
            for name in _NAMES:
                wait_until(lambda: len(balancer.ready) == len(_NAMES))
                servers[name].stop()
                servers[name] = stack.enter_context(fleet.replica(name))
            wait_until(lambda: len(balancer.ready) == len(_NAMES))
    return {
        "seconds_until_all_serve_it": {
            "median": round(statistics.median(seconds), 2),
            "most": round(max(seconds), 2),
        },
        "rolling_restart": {"requests": balancer.answered, "failed": len(balancer.failed)},
    }


def _until_served(fleet: Fleet, folder: Path, servers: dict[str, Server], number: int) -> float:
    done = command(
        "rollback", str(number), "--index", "publisher", *fleet.options[2:], folder=folder
    )
    assert done.returncode == 0, done.stderr
    start = time.perf_counter()
    wait_until(lambda: {version(one) for one in servers.values()} == {number})
    print(f"version {number}: {time.perf_counter() - start:.2f} s", file=sys.stderr)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
