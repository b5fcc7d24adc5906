"""What bfloat16 costs in accuracy and gains in speed, layer by layer choice.

    python benchmarks/precision.py CATALOG [--images N] [--rounds N]

Compares OpenVINO with no layer, with the backbone's own ``exact_layers`` and with every layer in
float32, against torch in float32, on features and on vectors of a whitened head fitted on them.
Prints one JSON object; a difference is 1 - cosine.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from indexer.sources import read_catalog
from search.arrays import Floats, Pixels, unit_rows
from search.catalog.records import ProductRow
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.head import Head, fit_whitening

EVERY_LAYER = frozenset(range(10_000))


def main() -> None:
    """Measure the three in turn, in alternating order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--images", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    backbone = load_backbone(DEFAULT_SPEC)
    reference = Embedder(backbone, runtime="torch")
    pixels = _pixels(reference, arguments.catalog, arguments.images)
    wanted = reference.features(pixels)
    head = fit_whitening([wanted])
    choices = {
        "bfloat16": replace(backbone, exact_layers=frozenset()),
        "own exact layers": backbone,
        "float32": replace(backbone, exact_layers=EVERY_LAYER),
    }
    embedders = {name: Embedder(one, runtime="openvino") for name, one in choices.items()}
    rates: dict[str, list[float]] = {name: [] for name in embedders}
    for turn in range(arguments.rounds + 1):
        order = list(embedders) if turn % 2 else list(reversed(embedders))
        for name in order:
            start = perf_counter()
            embedders[name].features(pixels)
            if turn:  # the first starts the runtime
                rates[name].append(len(pixels) / (perf_counter() - start))
    found = {name: one.features(pixels) for name, one in embedders.items()}
    print(
        json.dumps(
            {
                "images": len(pixels),
                **{
                    name: {
                        "images_per_second": round(median(rates[name])),
                        "rate_over_bfloat16": _ratio(rates[name], rates["bfloat16"]),
                        **_differences(found[name], wanted, head),
                    }
                    for name in embedders
                },
            }
        )
    )


def _ratio(rates: list[float], others: list[float]) -> float:
    return round(median(one / other for one, other in zip(rates, others, strict=True)), 3)


def _differences(found: Floats, wanted: Floats, head: Head) -> dict[str, float]:
    features = 1 - (unit_rows(found) * unit_rows(wanted)).sum(axis=1)
    vectors = 1 - (head.apply(found) * head.apply(wanted)).sum(axis=1)
    return {
        "features_mean": float(f"{features.mean():.2e}"),
        "features_worst": float(f"{features.max():.2e}"),
        "vectors_mean": float(f"{vectors.mean():.2e}"),
        "vectors_worst": float(f"{vectors.max():.2e}"),
    }


def _pixels(embedder: Embedder, catalog: Path, images: int) -> Pixels:
    """Spread over the file, so that every category is there."""
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    paths = [catalog.parent / source for row in rows for source in row.images]
    step = max(1, len(paths) // images)
    return np.stack([embedder.prepare(path) for path in paths[::step][:images]])


if __name__ == "__main__":
    main()
