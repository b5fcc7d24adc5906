"""One figure after the other."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.serve import clients
from benchmarks.serve.asking import Asked
from benchmarks.serve.server import Server
from search import SearchEngine

CLIENTS = (1, 8, 64)
KINDS = ("upload", "product_id")


def alone(
    engine: SearchEngine, asked: Asked, seconds: float
) -> dict[str, Callable[[], dict[str, float]]]:
    """What the machine needs without a server."""
    embedder = engine.embedder
    pixels = np.stack([embedder.prepare(one) for one in asked.pictures])
    return {
        "embed_batch": lambda: _batches(lambda: embedder.features(pixels), len(pixels), seconds),
        "decode_and_embed_batch": lambda: _batches(
            lambda: embedder.embed(asked.pictures), len(pixels), seconds
        ),
        "decode_and_embed_one": lambda: _one_by_one(embedder.embed, asked.pictures, seconds),
        "upload_alone": lambda: _one_by_one(engine.similar, asked.pictures, seconds),
        "search_alone": lambda: _one_by_one(
            lambda one: engine.similar(product_id=one), asked.products, seconds
        ),
    }


def _batches(work: Callable[[], object], count: int, seconds: float) -> dict[str, float]:
    start, done = perf_counter(), 0
    while (took := perf_counter() - start) < seconds:
        work()
        done += count
    return {"per_second": done / took}


def _one_by_one(
    work: Callable[[Any], object], items: list[Any], seconds: float
) -> dict[str, float]:
    latencies: list[float] = []
    begin = perf_counter()
    while perf_counter() - begin < seconds:
        start = perf_counter()
        work(items[len(latencies) % len(items)])
        latencies.append(perf_counter() - start)
    return _percentiles(latencies) | {"per_second": len(latencies) / sum(latencies)}


def loaded(
    pool: ProcessPoolExecutor,
    server: Server,
    asked: Asked,
    kind: str,
    count: int,
    seconds: float,
) -> dict[str, float]:
    """Percentiles and requests/s of so many clients, and how much of the CPU the server used."""
    before, start = server.cpu_seconds(), perf_counter()
    load = pool.submit(clients.run, server.address, asked.requests(kind), count, seconds).result()
    used = (server.cpu_seconds() - before) / (perf_counter() - start)
    asked.failures += load.failures
    rate = len(load.latencies) / load.seconds
    return _percentiles(load.latencies) | {
        "per_second": rate,
        "per_server_core_second": rate / used,
    }


def _percentiles(latencies: list[float]) -> dict[str, float]:
    found = 1000 * np.percentile(latencies, [50, 95, 99])
    return dict(zip(("ms_p50", "ms_p95", "ms_p99"), found.tolist(), strict=True))


def report_of(asked: Asked, workers: int) -> dict[str, Any]:
    """Medians of the rounds; ratios are of the same round."""
    found: dict[str, Any] = {
        name: {part: round(median(one[part] for one in rounds), 2) for part in rounds[0]}
        for name, rounds in asked.figures.items()
    }
    for kind in KINDS:
        found[kind] = {str(count): found.pop(f"{kind} {count}") for count in CLIENTS}
    ratios = {
        "upload_1_adds_ms_p50": _ratio(asked, "upload 1", "upload_alone", "ms_p50", float.__sub__),
        "upload_64_over_embed_batch": _ratio(asked, "upload 64", "embed_batch"),
        "upload_64_over_decode_and_embed_batch": _ratio(
            asked, "upload 64", "decode_and_embed_batch"
        ),
        "product_id_1_adds_ms_p50": _ratio(
            asked, "product_id 1", "search_alone", "ms_p50", float.__sub__
        ),
        "product_id_64_over_search_alone": _ratio(asked, "product_id 64", "search_alone"),
    }
    facts = {"cores": os.cpu_count(), "workers": workers, "failures": len(asked.failures)}
    return facts | {"ratios": ratios} | found


def _ratio(
    asked: Asked,
    one: str,
    other: str,
    part: str = "per_second",
    how: Callable[[float, float], float] = float.__truediv__,
) -> float:
    pairs = zip(asked.figures[one], asked.figures[other], strict=True)
    return round(median(how(mine[part], theirs[part]) for mine, theirs in pairs), 3)
