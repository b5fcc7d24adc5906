"""Are objects found, is asking for them as good as asking for a photo, and do heat maps add up?

    python -m benchmarks.regions --data FOLDER [--index DIR] [--half tune|report] [--collages 200]

``FOLDER`` has ``listings.csv``, ``products.csv`` and ``queries.csv`` (README.md of the data sets):
the index is of the listings, and photos of ``queries.csv`` ask it. Half of these, every other row,
is for tuning; by default the other half is asked. A result is right when its title is that of the
photo's product.

``separation``: two photos of different products side by side, each scaled to the same height. A
half counts as separated when the centre of an object's box lies in it and that box covers at most
a fifth of the other half; a collage when both halves do. ``single_photos``: the same photos alone,
with ``detect=auto``, ``off``, and always by their strongest object. ``heat_maps``: how far the sum
over positions and the head's centre are from the score that ``similar`` shows, on either side, and
the same of what ``explain`` answers. ``latency``: of queries with ``detect=auto`` and ``off``, in
alternating order. ``build``, where the index was not there yet: what trying objects on held-out
photos takes of it. Prints one JSON object.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from indexer.regions.cutting import Parts, cut_out
from search import SearchEngine
from search.answers import Answer
from search.explaining.heat import pooled
from search.explaining.journey import Explained
from search.images import load
from search.regions import Box, SeenObject

_MOST_OF_OTHER = 0.2
"""The largest share of the other half that a box may cover."""

_BARS = {"separation": 0.8, "box_recall": 0.05, "auto_recall": 0.0, "heat_maps": 1e-4}


@dataclass(frozen=True, eq=False, slots=True)
class Photo:
    """A held-out photo, and the title of the product that it shows."""

    picture: Image.Image
    title: str


def main() -> None:
    """Build the index where there is none, and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--collages", type=int, default=200)
    parser.add_argument("--explained", type=int, default=60, help="photos whose maps are added up")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder)
        is_there = (index / "CURRENT").exists()
        built = None if is_there else _built(arguments.data / "listings.csv", index)
        with closing(SearchEngine.open(index)) as engine:
            photos = _photos(arguments.data, arguments.half)
            print(json.dumps(_report(engine, photos, arguments) | {"build": built}, indent=2))


def _built(catalog: Path, index: Path) -> dict[str, float]:
    """Build, and what trying objects takes of that: seconds of a processor, of all cores."""
    spent = [0.0]

    def timed(*given: Any) -> Parts:
        start = process_time()
        found = cut_out(*given)
        spent[0] += process_time() - start
        return found

    start = process_time()
    with patch("indexer.grading.journey.cut_out", timed):
        build(catalog, index, BuildOptions(), Steps(Console(stderr=True)))
    whole = process_time() - start
    return {
        "cpu_seconds": round(whole, 2),
        "of_regions": round(spent[0], 2),
        "share": round(spent[0] / whole, 4),
    }


def _report(
    engine: SearchEngine, photos: Sequence[Photo], arguments: argparse.Namespace
) -> dict[str, Any]:
    say("single photos")
    single = [_singly(engine, photo) for photo in photos]
    say("collages")
    collages = _collages(engine, photos, [one["off"] for one in single], arguments.collages)
    say("heat maps")
    heat = _heat_maps(engine, photos[: arguments.explained])
    say("latency")
    recall = {way: share([one[way] for one in single]) for way in single[0]}
    report = {
        "half": arguments.half,
        "photos": len(photos),
        "runtime": engine.embedder.runtime.name,
        "regions": engine.manifest.regions,
        "separation": collages,
        "single_photos": recall,
        "heat_maps": heat,
        "latency": _latency(engine, photos),
    }
    return report | {"bars": _met(report)}


def _met(report: dict[str, Any]) -> dict[str, bool]:
    separation, single = report["separation"], report["single_photos"]
    boxes = separation["recall@1"]["boxes"] - separation["recall@1"]["single photos"]
    return {
        "separation": separation["separated"] >= _BARS["separation"],
        "box_recall": boxes >= -_BARS["box_recall"],
        "auto_recall": single["auto"] >= single["off"] - _BARS["auto_recall"],
        "heat_maps": report["heat_maps"]["positions and centre"] <= _BARS["heat_maps"],
    }


def _photos(data: Path, half: str) -> list[Photo]:
    with (data / "products.csv").open() as file:
        titles = {row["product_id"]: row["title"] for row in csv.DictReader(file)}
    with (data / "queries.csv").open() as file:
        rows = list(csv.DictReader(file))[0 if half == "tune" else 1 :: 2]
    return [Photo(load(data / row["image"]).pixels, titles[row["product_id"]]) for row in rows]


def _singly(engine: SearchEngine, photo: Photo) -> dict[str, bool]:
    """Whether the first result is right, asked in each way."""
    auto = engine.similar(photo.picture, k=1)
    off = engine.similar(image_id=auto.query.image_id, k=1, detect="off")
    objects = auto.query.objects
    box = objects[0].box if objects else None
    part = engine.similar(image_id=auto.query.image_id, k=1, box=box, detect="off")
    return {
        "auto": is_right(auto, photo.title),
        "off": is_right(off, photo.title),
        "always the strongest object": is_right(part, photo.title),
        "one object stands out": len(objects) == 1,
        "several objects stand out": len(objects) > 1,
    }


def _collages(
    engine: SearchEngine, photos: Sequence[Photo], alone: Sequence[bool], count: int
) -> dict[str, Any]:
    separated, halves, boxes, singles = [], [], [], []
    for left, right in pairs(photos, count):
        picture, seam = side_by_side(photos[left].picture, photos[right].picture)
        answer = engine.similar(picture, k=1)
        found = [
            box_of(answer.query.objects, half, picture.size)
            for half in ((0, seam), (seam, picture.width))
        ]
        separated.append(all(found))
        for at, box in zip((left, right), found, strict=True):
            halves.append(alone[at])
            if box is not None:
                part = engine.similar(image_id=answer.query.image_id, k=1, box=box)
                boxes.append(is_right(part, photos[at].title))
                singles.append(alone[at])
    return {
        "collages": len(separated),
        "separated": share(separated),
        "recall@1": {
            "boxes": share(boxes),
            "single photos": share(singles),
            "halves": len(boxes),
            "boxes, a half without one counts as missed": round(sum(boxes) / len(halves), 4),
            "single photos of all halves": share(halves),
        },
    }


def pairs(photos: Sequence[Photo], count: int) -> Iterator[tuple[int, int]]:
    """Places of two photos of different products, at random."""
    random = Random(0)  # noqa: S311 - no secret
    while count:
        left, right = random.sample(range(len(photos)), 2)
        if photos[left].title != photos[right].title:
            yield left, right
            count -= 1


def side_by_side(left: Image.Image, right: Image.Image) -> tuple[Image.Image, int]:
    """Both at the height of the lower one, and where the right one begins."""
    height = min(left.height, right.height)
    parts = [one.resize((round(one.width * height / one.height), height)) for one in (left, right)]
    both = Image.new("RGB", (sum(one.width for one in parts), height))
    both.paste(parts[0], (0, 0))
    both.paste(parts[1], (parts[0].width, 0))
    return both, parts[0].width


def box_of(
    objects: Sequence[SeenObject], half: tuple[int, int], size: tuple[int, int]
) -> Box | None:
    """The strongest object's that shows a half (from x to x) and nearly nothing of the other."""
    start, end = half
    others = size[1] * (size[0] - (end - start))
    for one in objects:
        x1, y1, x2, y2 = one.box
        inside = max(0, min(x2, end) - max(x1, start)) * (y2 - y1)
        outside = (x2 - x1) * (y2 - y1) - inside
        if start <= (x1 + x2) / 2 < end and outside <= _MOST_OF_OTHER * others:
            return one.box
    return None


def _heat_maps(engine: SearchEngine, photos: Sequence[Photo]) -> dict[str, Any]:
    """The largest deviations over three results of each photo."""
    away, answered, methods = [0.0], [0.0], set()
    for photo in photos:
        answer = engine.similar(photo.picture, k=3, detect="off")
        for result in answer.results:
            found = engine.explain(image_id=answer.query.image_id, result=result.product_id)
            methods.add(found.method)
            away.append(abs(found.score - result.score))
            away += _unrounded(engine, found)
            for side in (found.query, found.result):
                total = sum(map(sum, side.grid or [])) + (side.rest or 0.0)
                answered.append(abs(total - result.score))
    return {
        "method": ", ".join(sorted(methods)),
        "maps": 2 * (len(away) - 1) // 3,
        "positions and centre": max(away),
        "grid and rest": max(answered),
    }


def _unrounded(engine: SearchEngine, found: Explained) -> list[float]:
    """Without what ``rest`` takes up of rounding: each side's positions, and the centre."""
    embedder = engine.embedder
    away = []
    for side, other in (found.sides, found.sides[::-1]):
        positions = embedder.positions(embedder.backbone.preprocessing.apply(side.read()))
        if positions is not None:
            grid, centre = pooled(positions, embedder.head, other.vector)
            away.append(abs(float(grid.sum()) + centre - found.score))
    return away


def _latency(engine: SearchEngine, photos: Sequence[Photo]) -> dict[str, float]:
    """Milliseconds of each way, and the median of the ratios."""
    took: dict[str, list[float]] = {"auto": [], "off": []}
    for at, photo in enumerate(photos):
        for way in ("auto", "off") if at % 2 else ("off", "auto"):
            start = perf_counter()
            engine.similar(photo.picture, k=10, detect="auto" if way == "auto" else "off")
            took[way].append(1000 * (perf_counter() - start))
    ratios = [one / other for one, other in zip(took["auto"], took["off"], strict=True)]
    medians = {way: round(median(times), 2) for way, times in took.items()}
    return medians | {"ratio": round(median(ratios), 3)}


def is_right(answer: Answer, title: str) -> bool:
    """Whether the first result is of the photo's product."""
    return bool(answer.results) and answer.results[0].product.title == title


def share(flags: Sequence[bool]) -> float:
    """Of those that are true."""
    return round(sum(flags) / max(len(flags), 1), 4)


def say(what: str) -> None:
    """Progress, for who waits."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
