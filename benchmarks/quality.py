"""How good are a model's answers on photos of products that are known?

    python benchmarks/quality.py CATALOG QUERIES [--titles PRODUCTS] [--model SPEC ...]

For each model, CATALOG is built into an empty index, tuning included, and evaluated on QUERIES
(`image` and `category`) as `indexer evaluate` does. With PRODUCTS, a catalog, a query's category is
made finer by the title that its `product_id` has there: in the grocery listings the last part of a
category is that title. Prints one JSON object a model: Recall@k by category, the accuracy of the
predicted category at each level, each with its 95 % interval, and what was tuned.
"""

import argparse
import csv
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.evaluating import evaluate
from indexer.progress import Steps
from search.catalog.records import CATEGORY_SEPARATOR


def main() -> None:
    """Build and evaluate, one model after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--titles", type=Path)
    parser.add_argument("--model", action="append")
    arguments = parser.parse_args()
    for model in arguments.model or ["efficientnet_lite0"]:
        with tempfile.TemporaryDirectory() as folder, Steps(Console(quiet=True)) as steps:
            queries = _queries(arguments.queries, arguments.titles, Path(folder))
            index = Path(folder) / "index"
            report = build(arguments.catalog, index, BuildOptions(model=model), steps)
            found = asdict(evaluate(index, queries, (), (), steps))
        print(json.dumps({"model": model, "build": asdict(report), "evaluation": found}))


def _queries(file: Path, titles: Path | None, folder: Path) -> Path:
    """The queries with whole paths and without products, as a file of their own."""
    known = {} if titles is None else {row["product_id"]: row["title"] for row in _rows(titles)}
    made = folder / "queries.csv"
    with made.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["image", "category"])
        for row in _rows(file):
            path = [row["category"], known.get(row.get("product_id", ""), "")]
            image = (file.parent / row["image"]).resolve()
            writer.writerow([image, CATEGORY_SEPARATOR.join(filter(None, path))])
    return made


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
