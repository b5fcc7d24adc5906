"""Does tuning help, or at least not harm, when products have few images?

    python benchmarks/few_images.py PRODUCTS QUERIES

Of each product of PRODUCTS (with many images each) 1, 2, 5 and 10 are drawn, three times; the head
is fitted to these and chosen as a build does, and the photos of QUERIES (`image`, `product_id`)
search them. Prints one JSON object: Recall@1 by product, mean and each draw, for the plain
features, half-whitened PCA whatever the number of images, and the chosen head.
"""

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from indexer.sources import read_catalog
from indexer.tuning.choosing import choose
from indexer.tuning.labels import Row, label
from search.arrays import Floats
from search.catalog.records import ProductRow
from search.embedding import load_embedder
from search.embedding.head import DIM, Head, fit_whitening

_COUNTS = (1, 2, 5, 10)
_DRAWS = 3


def main() -> None:
    """Embed both sides once, then draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("products", type=Path)
    parser.add_argument("queries", type=Path)
    arguments = parser.parse_args()
    rows, paths = _images(arguments.products)
    embedder = load_embedder()
    features = embedder.embed(paths)
    with arguments.queries.open(newline="") as file:
        asked = list(csv.DictReader(file))
    queries = embedder.embed([arguments.queries.parent / one["image"] for one in asked])
    wanted = np.array([one["product_id"] for one in asked])
    print(json.dumps(_measure(rows, features, queries, wanted)))


def _measure(
    rows: list[Row], features: Floats, queries: Floats, wanted: NDArray[np.str_]
) -> dict[str, object]:
    """Number of images → head → Recall@1."""
    report: dict[str, object] = {}
    for count in _COUNTS:
        draws = [_draw(rows, count, seed) for seed in range(_DRAWS)]
        results = [
            _recalls([rows[at] for at in drawn], features[drawn], queries, wanted)
            for drawn in draws
        ]
        report[str(count)] = {
            "recall_at_1": {name: _mean(one[0][name] for one in results) for name in results[0][0]},
            "draws": [recalls for recalls, _ in results],
            "used": [used for _, used in results],
        }
    return report


def _mean(values: Iterable[float]) -> float:
    return round(mean(values), 4)


def _images(file: Path) -> tuple[list[Row], list[Path]]:
    """The images of a catalog, each with its row and its path."""
    rows = [row for row in read_catalog(file) if isinstance(row, ProductRow)]
    found = [(row, at, source) for row in rows for at, source in enumerate(row.images)]
    images = [
        Row(number, at, row.product_id, source, row.category, row.brand, row.attributes)
        for number, (row, at, source) in enumerate(found)
    ]
    return images, [file.parent / source for _, _, source in found]


def _draw(rows: list[Row], count: int, seed: int) -> list[int]:
    """The indices of ``count`` images of each product, or of all that it has."""
    random = np.random.default_rng(seed)
    own: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        own.setdefault(row.product_id, []).append(at)
    drawn = [random.permutation(them)[:count].tolist() for them in own.values()]
    return sorted(one for them in drawn for one in them)


def _recalls(
    rows: list[Row], features: Floats, queries: Floats, wanted: NDArray[np.str_]
) -> tuple[dict[str, float], str]:
    """Recall@1 of each head, and the name of the chosen one."""
    tuning = choose(label(rows, features), Head(), len(rows), lambda: [features])
    owners = np.array([row.product_id for row in rows])
    heads = {
        "plain": Head(),
        "whitened": fit_whitening([features], min(DIM, len(rows) - 1)),
        "chosen": tuning.head,
    }
    found = {
        name: owners[(head.apply(queries) @ head.apply(features).T).argmax(axis=1)]
        for name, head in heads.items()
    }
    recalls = {name: round(float(np.mean(one == wanted)), 4) for name, one in found.items()}
    return recalls, tuning.report.chosen


if __name__ == "__main__":
    main()
