"""What exporting the default model gains in speed and costs in accuracy, for each engine.

    python benchmarks/exports.py CATALOG [--queries QUERIES] [--images N] [--timed N] [--rounds N]

Writes the model for OpenVINO and ONNX Runtime in each precision that a CPU has, int8 calibrated on
300 images that are not held out. Cosines and Recall@1 are against the same network in float32, on
held-out images of the catalog, for plain features and for a whitened head, which a build of 1,024
images or more fits. With QUERIES (a CSV file with `image` and `category`), also the share whose
nearest image is of their category. Prints one JSON object.
"""

import argparse
import csv
import json
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from indexer.exporting.measuring import Trial
from indexer.exporting.model import write_model
from indexer.exporting.options import ExportOptions
from indexer.holdout import hold_out
from indexer.sources import read_catalog
from search.arrays import Floats, Pixels
from search.catalog.records import ProductRow
from search.embedding import Embedder
from search.embedding.backbone import Backbone, Engine, Precision
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.head import Head, fit_whitening

VARIANTS: tuple[tuple[Engine, Precision], ...] = (
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
    ("openvino", "int8"),
    ("onnx", "float32"),
    ("onnx", "int8"),
)
REFERENCE = "openvino float32"


@dataclass(frozen=True, eq=False)
class Photos:
    """(n, size, size, 3) pixels, and a category for each."""

    pixels: Pixels
    categories: list[str]


def main() -> None:
    """Write all of them, measure each, then time them in alternating order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--timed", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    backbone = load_backbone(DEFAULT_SPEC)
    catalog = _catalog(Embedder(backbone), arguments.catalog, arguments.images)
    queries = _queries(Embedder(backbone), arguments.queries) if arguments.queries else None
    with tempfile.TemporaryDirectory() as folder:
        embedders, features, trial = _exported(backbone, Path(folder), catalog)
        asked = {
            name: one.features(queries.pixels) if queries else None
            for name, one in embedders.items()
        }
        rates = _rates(embedders, catalog.pixels[: arguments.timed], arguments.rounds)
        head = fit_whitening([features[REFERENCE]])
        found = {
            name: {
                "runtime": one.runtime.name,
                "images_per_second": round(median(rates[name]), 1),
                "rate_over_float32": _ratio(rates[name], rates[REFERENCE]),
                "plain": _lost(trial, features, name, Head()),
                "whitened": _lost(trial, features, name, head),
                "queries_category": _right(catalog, queries, features[name], asked[name], head),
            }
            for name, one in embedders.items()
        }
    print(json.dumps({"images": len(catalog.pixels), **found}))


def _exported(
    backbone: Backbone, folder: Path, catalog: Photos
) -> tuple[dict[str, Embedder], dict[str, Floats], Trial]:
    """The float32 network comes first: it decides what is held out."""
    embedders: dict[str, Embedder] = {}
    features: dict[str, Floats] = {}
    numbers = {name: number for number, name in enumerate(dict.fromkeys(catalog.categories))}
    labels = np.array([numbers[name] for name in catalog.categories])
    held = np.zeros(len(labels), bool)
    for engine, precision in VARIANTS:
        name = f"{engine} {precision}"
        place = folder / name
        place.mkdir()
        seen = np.random.default_rng(0).permutation(np.flatnonzero(~held))[:300]
        options = ExportOptions(DEFAULT_SPEC, Path(), place, engine, precision, 1)
        write_model(backbone, place, options, partial(list, catalog.pixels[seen]))
        embedders[name] = Embedder(load_backbone(str(place)))
        features[name] = embedders[name].features(catalog.pixels)
        if name == REFERENCE:
            held = hold_out(features[name], labels)
    return embedders, features, Trial("category", labels, held)


def _rates(embedders: dict[str, Embedder], pixels: Pixels, rounds: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in embedders}
    for turn in range(rounds):
        order = list(embedders) if turn % 2 else list(reversed(embedders))
        for name in order:
            start = perf_counter()
            embedders[name].features(pixels)
            rates[name].append(len(pixels) / (perf_counter() - start))
    return rates


def _ratio(rates: list[float], others: list[float]) -> float:
    return round(median(one / other for one, other in zip(rates, others, strict=True)), 2)


def _lost(trial: Trial, features: dict[str, Floats], name: str, head: Head) -> dict[str, object]:
    return asdict(trial.measure(head.apply(features[REFERENCE]), head.apply(features[name])))


def _right(
    catalog: Photos, queries: Photos | None, gallery: Floats, asked: Floats | None, head: Head
) -> float | None:
    """The share of queries whose nearest image is of their category, or below it."""
    if queries is None or asked is None:
        return None
    nearest = (head.apply(asked) @ head.apply(gallery).T).argmax(axis=1)
    pairs = zip(queries.categories, nearest.tolist(), strict=True)
    right = [f"{catalog.categories[at]} > ".startswith(f"{wanted} > ") for wanted, at in pairs]
    return round(sum(right) / len(right), 4)


def _catalog(embedder: Embedder, path: Path, images: int) -> Photos:
    """Spread over the file, so that every category is there."""
    rows = [row for row in read_catalog(path) if isinstance(row, ProductRow)]
    found = [(path.parent / source, row.category) for row in rows for source in row.images]
    return _photos(embedder, found[:: max(1, len(found) // images)][:images])


def _queries(embedder: Embedder, path: Path) -> Photos:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return _photos(embedder, [(path.parent / row["image"], row["category"]) for row in rows])


def _photos(embedder: Embedder, found: list[tuple[Path, str]]) -> Photos:
    pixels = np.stack([embedder.prepare(path) for path, _ in found])
    return Photos(pixels, [category for _, category in found])


if __name__ == "__main__":
    main()
