"""What logs and traces cost the server: processor time of a request, in turn.

``python -m benchmarks.observing INDEX PRODUCT_ID``; prints one JSON object. Linux only.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

ROUNDS = 6
REQUESTS = 50


class Receiver(BaseHTTPRequestHandler):
    """Takes traces and forgets them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def served(index: str, **settings: str) -> Iterator[tuple[int, str]]:
    """The process and the URL of a server that is ready."""
    command = [str(Path(sys.executable).parent / "indexer"), "serve", "--index", index]
    with (
        tempfile.NamedTemporaryFile("r") as log,
        Path(log.name).open("w") as out,
        subprocess.Popen(
            [*command, "--port", "0"], env=os.environ | settings, stdout=out, stderr=out
        ) as process,
    ):
        try:
            while not (url := re.search(r"http://127\.0\.0\.1:\d+", Path(log.name).read_text())):
                time.sleep(0.1)
            while httpx.get(f"{url[0]}/readyz", trust_env=False).status_code != 200:
                time.sleep(0.1)
            yield process.pid, url[0]
        finally:
            process.terminate()


def processor_ms(process: int) -> float:
    """Of all its threads so far."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in tasks) / 1e6


def main(index: str, product_id: str) -> None:
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=receiver.serve_forever, daemon=True).start()
    as_json = {"LOOKALIKE_LOG_FORMAT": "json"}
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.server_port}"}
    traced = as_json | there | {"LOOKALIKE_TRACES": "true"}
    sampled = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05"}
    kinds: dict[str, dict[str, str]] = {
        "text": {},
        "json": as_json,
        "traces": traced,
        "5 % of traces": traced | sampled,
    }
    path = f"/similar?product_id={product_id}"
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    with ExitStack() as stack:
        running = {kind: stack.enter_context(served(index, **kinds[kind])) for kind in kinds}
        for number in range(ROUNDS + 1):
            for kind in sorted(kinds, reverse=number % 2 == 1):
                process, url = running[kind]
                before = processor_ms(process)
                with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                    for _ in range(REQUESTS):
                        assert client.get(path).status_code == 200
                if number:  # the first round warms up
                    took[kind].append((processor_ms(process) - before) / REQUESTS)
    medians = {kind: round(statistics.median(each), 3) for kind, each in took.items()}
    sys.stdout.write(json.dumps({"processor_ms_per_request": medians}, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
