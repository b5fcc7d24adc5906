"""How close a build comes to the machine's limit, and what else one could write, in the same run.

The limit is 1 / (1/decode rate + 1/inference rate), each on all cores and on the same photos:
what a program could do that spends no time on anything else. A build is timed from the first read
to the last feature stored. Prints one JSON object.

    python -m benchmarks.build [CATALOG] [--sides 348 1200] [--peers] [--rounds N] [--images N]
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.build_peers import PRECISIONS, Peer
from benchmarks.build_photos import Photos
from indexer.ingest import ingest
from indexer.progress import Steps
from indexer.rejects import RejectFile
from indexer.sources import opened, read_rows
from indexer.workbench import Workbench
from search.arrays import Floats, Pixels
from search.embedding import Embedder, load_embedder
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.versions import IndexFolder

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "catalog.csv"


def main() -> None:
    """Measure in turn: decoding alone, inference alone, a whole build, the peers; then again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, help="so many of the catalog, evenly chosen")
    parser.add_argument("--sides", type=int, nargs="*", help="photos made so large, in pixels")
    parser.add_argument("--peers", action="store_true", help="timm and a DataLoader too")
    parser.add_argument("--plot", type=Path, help="an image file to draw")
    arguments = parser.parse_args()
    embedder = load_embedder()
    embedder.start()
    found = {}
    for side in arguments.sides or [0]:
        with tempfile.TemporaryDirectory() as folder:
            photos = Photos.made(arguments.catalog, Path(folder), side, arguments.images)
            found[f"{side} px" if side else "as they are"] = _measured(embedder, photos, arguments)
    result = {"cores": os.cpu_count(), "runtime": embedder.runtime.name, "photos": found}
    if arguments.plot:
        _plot(result, arguments.plot)
    print(json.dumps(result))


def _measured(embedder: Embedder, photos: Photos, arguments: argparse.Namespace) -> dict[str, Any]:
    pixels = _decode(embedder, photos.paths)
    peers = [Peer(load_backbone(DEFAULT_SPEC), one) for one in PRECISIONS if arguments.peers]
    works: dict[str, Callable[[], object]] = {
        "decode": lambda: _decode(embedder, photos.paths),
        "inference": lambda: embedder.features(pixels),
        "build": lambda: _built(embedder, photos),
        **{peer.name: partial(peer.features, photos.paths) for peer in peers},
    }
    rates: dict[str, list[float]] = {name: [] for name in works}
    processor: dict[str, list[float]] = {name: [] for name in ("decode", "inference", "build")}
    for turn in range(arguments.rounds):
        for name in list(works) if turn % 2 == 0 else list(reversed(works)):
            rate, spent = _timed(works[name], len(photos.paths))
            rates[name].append(rate)
            processor.get(name, []).append(spent)
            print(f"{name}: {rate:.1f} images/s", file=sys.stderr)
    agreement = {"cosine_to_peer": _cosine(embedder, photos, peers[0])} if peers else {}
    return {"images": len(photos.paths), **_summary(rates, processor), **agreement}


def _summary(rates: dict[str, list[float]], processor: dict[str, list[float]]) -> dict[str, Any]:
    limits = [1 / (1 / d + 1 / i) for d, i in zip(rates["decode"], rates["inference"], strict=True)]
    ratios = {"limit": limits} | {name: rates[name] for name in list(rates)[3:]}
    needed = [d + i for d, i in zip(processor["decode"], processor["inference"], strict=True)]
    return {
        "images_per_second": {name: round(median(found), 1) for name, found in rates.items()},
        "limit_images_per_second": round(median(limits), 1),
        **{f"build_over_{name}": _ratio(rates["build"], others) for name, others in ratios.items()},
        "processor_ms_per_image": {
            name: round(median(found), 3) for name, found in processor.items()
        },
        "processor_time_over_decode_and_inference": _ratio(processor["build"], needed),
    }


def _ratio(ours: Sequence[float], others: Sequence[float]) -> dict[str, Any]:
    found = [one / other for one, other in zip(ours, others, strict=True)]
    return {"median": round(median(found), 3), "each_round": [round(one, 3) for one in found]}


def _built(embedder: Embedder, photos: Photos) -> Floats:
    """Features of a build into an empty index, in the order of the photos."""
    with (
        tempfile.TemporaryDirectory() as index,
        Steps(Console(stderr=True, quiet=True)) as steps,
        Workbench.open(IndexFolder(Path(index)), embedder, steps) as bench,
        RejectFile(Path(index) / "rejects.csv") as rejects,
    ):
        ingest(photos.catalog, opened(read_rows(photos.catalog)), bench, rejects, ())
        rows = [(ids, features) for ids, features in bench.store.chunks()]
        images = bench.catalog.images(np.concatenate([ids for ids, _ in rows]).tolist())
        places = {photos.catalog.parent / one.source: n for n, one in enumerate(images.values())}
        return np.concatenate([features for _, features in rows])[[places[p] for p in photos.paths]]


def _cosine(embedder: Embedder, photos: Photos, peer: Peer) -> float:
    ours, theirs = _built(embedder, photos), peer.features(photos.paths)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    found = round(float(np.mean((ours * theirs).sum(axis=1) / lengths)), 5)
    assert found >= 0.99, f"our features differ from the peer's: cosine {found}"
    return found


def _decode(embedder: Embedder, paths: list[Path]) -> Pixels:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.stack(list(threads.map(embedder.prepare, paths)))


def _timed(work: Callable[[], object], images: int) -> tuple[float, float]:
    """Images a second, and milliseconds of this process's processor time for each."""
    start, spent = perf_counter(), process_time()
    work()
    return images / (perf_counter() - start), 1000 * (process_time() - spent) / images


def _plot(result: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    for axes, (name, found) in zip(
        np.atleast_1d(figure.subplots(1, len(result["photos"]))),
        result["photos"].items(),
        strict=True,
    ):
        rates = found["images_per_second"] | {"limit": found["limit_images_per_second"]}
        axes.barh(list(rates), list(rates.values()))
        axes.set(title=f"{name}, {found['images']} photos", xlabel="images a second")
    figure.savefig(path)


if __name__ == "__main__":
    main()
