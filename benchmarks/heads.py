"""What the whitened head changes in the answers.

    python benchmarks/heads.py CATALOG QUERIES PRODUCTS

Exact search among the features of CATALOG with the photos of QUERIES (`image`, `product_id`,
`category`); a result is right when its title is that of the product in PRODUCTS. Prints one JSON
object.
"""

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.sources import read_catalog
from search.arrays import Floats
from search.catalog.records import ProductRow
from search.embedding import load_embedder
from search.embedding.head import Head, fit_whitening
from search.predictions.evidence import NEIGHBOURS, Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Prototypes


def main() -> None:
    """Embed both sides once, then compare the heads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("products", type=Path)
    arguments = parser.parse_args()
    gallery = [row for row in read_catalog(arguments.catalog) if isinstance(row, ProductRow)]
    queries = _rows(arguments.queries)
    titles = {row["product_id"]: row["title"] for row in _rows(arguments.products)}
    embedder = load_embedder()
    features = embedder.embed([arguments.catalog.parent / row.images[0] for row in gallery])
    asked = embedder.embed([arguments.queries.parent / row["image"] for row in queries])
    wanted = [titles[row["product_id"]] for row in queries]
    heads = {
        "plain": Head(),
        "whitened 128": fit_whitening([features], 128),
        "whitened 256": fit_whitening([features], 256),
        "whitened 512": fit_whitening([features], 512),
    }
    report = {}
    for name, head in heads.items():
        scores = head.apply(asked) @ head.apply(features).T
        order = np.argsort(-scores, axis=1)[:, :NEIGHBOURS]
        first = [gallery[best].title for best in order[:, 0]]
        report[name] = {
            "recall_at_1": _share(one == other for one, other in zip(first, wanted, strict=True)),
            "category_first": _categories(scores, order, gallery, queries),
        }
    print(json.dumps(report))


NO_VECTORS = np.empty((0, 0), np.float32)
"""Neighbours alone speak: no means are known."""


def _categories(
    scores: Floats,
    order: NDArray[np.int64],
    gallery: list[ProductRow],
    queries: list[dict[str, str]],
) -> float:
    """The share of queries whose first predicted path starts with the right category."""
    right = []
    for query, row, best in zip(queries, scores, order, strict=True):
        votes = [(gallery[one].category, float(row[one])) for one in best]
        shares = Fusion().shares(Evidence.of(NO_VECTORS, votes, Prototypes()))
        first = max(shares, key=lambda path: shares[path])
        right.append(f"{first} > ".startswith(f"{query['category']} > "))
    return _share(right)


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return round(sum(found) / len(found), 4)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
