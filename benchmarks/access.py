"""What keys, limits and headers add to a request: processor time in microseconds.

    python -m benchmarks.access --index INDEX

Requests go straight into the app, with no network: ``layers`` are around an app that answers
nothing, ``whole`` is the app with ``GET /similar?k=0``, which it refuses without another thread, so
that only the event loop's thread works, whose time this is. Blocks of the cases alternate; given
are the median and the quietest block.
The index gets a few keys, so take a copy.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.bounds import Bounds
from api.access.browsers import SecurityHeaders
from api.access.counters import Counters
from api.access.gate import Gate
from api.access.known import KnownKeys
from api.access.limits import Limits
from api.access.usage import Usage
from api.app import create_app
from api.settings import Settings
from search.access.keys import add_key
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url

HEADERS = {
    "host": "127.0.0.1:8000",
    "user-agent": "python-httpx/0.28.1",
    "accept": "*/*",
    "accept-encoding": "gzip, deflate",
    "connection": "keep-alive",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--blocks", type=int, default=30)
    parser.add_argument("--requests", type=int, default=300, help="in each block")
    given = parser.parse_args()
    with closing(Catalog.open(sqlite_url(given.index / "catalog.sqlite"))) as catalog:
        name = secrets.token_hex(4)
        keys = {
            "with a key": add_key(catalog.engine, f"free-{name}")[1],
            "with a key, rate and quota": add_key(
                catalog.engine, f"limited-{name}", per_minute=100_000, per_day=10**9
            )[1],
        }
    found = asyncio.run(measure(given.index, keys, given.blocks, given.requests))
    json.dump(found, sys.stdout)
    print()


async def measure(index: Path, keys: dict[str, str], blocks: int, requests: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        guarded = Settings(index=index, shared=None)
        counters = Counters(Path(folder))
        usage = Usage(counters)
        known = KnownKeys(guarded, usage)
        known.start()
        layers = SecurityHeaders(Bounds(nothing), 0, False)
        gated = SecurityHeaders(Bounds(Gate(nothing, known, Limits(counters, usage))), 0, False)
        cases: dict[str, Callable[[], Any]] = {
            "nothing": case(nothing, 200),
            "headers and bounds": case(layers, 200),
        }
        cases |= {what: case(gated, 200, key) for what, key in keys.items()}
        found = {"layers": await alternated(cases, blocks, requests)}
        known.close()
        apps = [create_app(guarded.model_copy(update={"auth": auth})) for auth in (False, True)]
        async with (
            apps[0].router.lifespan_context(apps[0]),
            apps[1].router.lifespan_context(apps[1]),
        ):
            while not all([await is_ready(app) for app in apps]):
                await asyncio.sleep(0.1)
            cases = {"without keys": case(apps[0], 422)}
            cases |= {what: case(apps[1], 422, key) for what, key in keys.items()}
            found["whole"] = await alternated(cases, blocks, requests)
        counters.close()
    return found


async def alternated(
    cases: Mapping[str, Callable[[], Any]], blocks: int, requests: int
) -> dict[str, Any]:
    """Microseconds of processor time of one request of each case, and beyond the first one."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for block in range(blocks):
        print(f"block {block + 1} of {blocks}", file=sys.stderr)
        names = list(cases)
        for name in names if block % 2 else reversed(names):
            start = time.thread_time_ns()
            for _ in range(requests):
                await cases[name]()
            taken[name].append((time.thread_time_ns() - start) / requests / 1000)
    return {"median": added(taken, median), "quietest": added(taken, min)}


def added(
    taken: Mapping[str, list[float]], of: Callable[[list[float]], float]
) -> dict[str, dict[str, float]]:
    times = {name: round(of(blocks), 1) for name, blocks in taken.items()}
    first = next(iter(times.values()))
    return {"us": times, "added_us": {name: round(us - first, 1) for name, us in times.items()}}


def case(app: ASGIApp, expected: int, key: str | None = None) -> Callable[[], Any]:
    sent = HEADERS | ({"authorization": f"Bearer {key}"} if key else {})
    headers = [(name.encode(), value.encode()) for name, value in sent.items()]

    async def ask() -> None:
        status = await answered(app, "/similar", headers)
        assert status == expected, status

    return ask


async def is_ready(app: ASGIApp) -> bool:
    return await answered(app, "/readyz", []) == 200


async def answered(app: ASGIApp, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"k=0",
        "root_path": "",
        "headers": list(headers),
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }
    await app(scope, receive, send)
    return statuses[0]


async def nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


if __name__ == "__main__":
    main()
