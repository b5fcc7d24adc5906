"""How close a build comes to the machine's limit, and what else one could write, in the same run.

The limit is 1 / (1/decode rate + 1/inference rate), each on all cores and on the same photos:
what a program could do that spends no time on anything else. A build is timed from the first read
to the last feature stored. Processor times are of all cores together: on a machine that is shared
they say more than the clock. Prints one JSON object.

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

from benchmarks.build_ours import Timed, built
from benchmarks.build_peers import PRECISIONS, Peer
from benchmarks.build_photos import Photos
from search.arrays import Pixels
from search.embedding import Embedder, load_embedder
from search.embedding.backbones import DEFAULT_SPEC, load_backbone

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
    works: dict[str, Callable[[], Timed]] = {
        "decode": lambda: _timed(lambda: _decode(embedder, photos.paths)),
        "inference": lambda: _timed(lambda: embedder.features(pixels)),
        "build": lambda: built(embedder, photos).timed,
        **{peer.name: partial(_timed, partial(peer.features, photos.paths)) for peer in peers},
    }
    seconds: dict[str, list[Timed]] = {name: [] for name in works}
    for turn in range(arguments.rounds):
        for name in list(works) if turn % 2 == 0 else list(reversed(works)):
            seconds[name].append(works[name]())
            print(name, seconds[name][-1], file=sys.stderr)
    agreement = {"cosine_to_peer": _cosine(embedder, photos, peers[0])} if peers else {}
    return _summary(seconds, len(photos.paths)) | agreement


def _summary(seconds: dict[str, list[Timed]], images: int) -> dict[str, Any]:
    decode, inference, ours = (seconds[name] for name in ("decode", "inference", "build"))
    peers = list(seconds)[3:]
    # Rates add up as times do: 1 / (1/decode + 1/inference) images a second.
    limit = [one.wall + other.wall for one, other in zip(decode, inference, strict=True)]
    needed = [one.processor + other.processor for one, other in zip(decode, inference, strict=True)]
    rates = {
        name: round(images / median(one.wall for one in found), 1)
        for name, found in seconds.items()
    }
    return {
        "images": images,
        "images_per_second": rates | {"limit": round(images / median(limit), 1)},
        "build_over_limit": _ratio(limit, [one.wall for one in ours]),
        **{
            f"build_over_{name}": _ratio(
                [one.wall for one in seconds[name]], [one.wall for one in ours]
            )
            for name in peers
        },
        "processor_ms_per_image": {
            name: round(1000 * median(one.processor for one in seconds[name]) / images, 3)
            for name in ("decode", "inference", "build")
        },
        "processor_time_over_limit": _ratio(needed, [one.processor for one in ours]),
    }


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> dict[str, Any]:
    """How many times as fast ours is, of seconds."""
    found = [other / one for one, other in zip(ours, theirs, strict=True)]
    return {"median": round(median(found), 3), "each_round": [round(one, 3) for one in found]}


def _cosine(embedder: Embedder, photos: Photos, peer: Peer) -> float:
    ours, theirs = built(embedder, photos).features, peer.features(photos.paths)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    found = round(float(np.mean((ours * theirs).sum(axis=1) / lengths)), 5)
    assert found >= 0.99, f"our features differ from the peer's: cosine {found}"
    return found


def _decode(embedder: Embedder, paths: list[Path]) -> Pixels:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.stack(list(threads.map(embedder.prepare, paths)))


def _timed(work: Callable[[], object]) -> Timed:
    start, spent = perf_counter(), process_time()
    work()
    return Timed(perf_counter() - start, process_time() - spent)


def _plot(result: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    for axes, (name, found) in zip(
        np.atleast_1d(figure.subplots(1, len(result["photos"]))),
        result["photos"].items(),
        strict=True,
    ):
        rates = found["images_per_second"]
        axes.barh(list(rates), list(rates.values()))
        axes.set(title=f"{name}, {found['images']} photos", xlabel="images a second")
    figure.savefig(path)


if __name__ == "__main__":
    main()
