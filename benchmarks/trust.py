"""Are p_same, match and the categories what they say, on photos that no fit has seen?

    python benchmarks/trust.py CATALOG QUERIES [--absent 10] [--seeds 3] [--model SPEC]

For each seed, CATALOG without ``--absent`` products is built, tuning and grading included (the
features are cached), and asked every photo of QUERIES (`image`, `category` and, where the
catalog has it, `product_id`). Prints JSON objects, two a seed and one of
all seeds together: how well probabilities are calibrated
(15 bins, with what perfect ones would show on as many photos), how many right first results are not
called `none`, how many first results for products that are not there are, also by the threshold
that keeps exactly 90 % of these photos' right ones, how often the top category is right, and beside
it all what the version said of itself. The build's seconds, and those of grading, are without
embedding but for the first seed.
"""

import argparse
import csv
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from indexer.asking import is_within
from indexer.build import BuildOptions, build
from indexer.evaluating.metrics import bootstrap
from indexer.grading.reliability import reliability
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer
from search.arrays import Floats
from search.versions import IndexFolder

_KEPT = 0.1
_CONFIDENT = 0.8

Row = dict[str, str]


def main() -> None:
    """Build and ask, one seed after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--absent", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--model", default="efficientnet_lite0")
    arguments = parser.parse_args()
    queries = _rows(arguments.queries)
    with tempfile.TemporaryDirectory() as folder, Steps(Console(quiet=True)) as steps:
        # A copy, because a catalog's images must lie beside it.
        shutil.copytree(arguments.catalog.parent, Path(folder) / "photos")
        catalog = Path(folder) / "photos" / arguments.catalog.name
        index = Path(folder) / "index"
        features, pooled = None, list[tuple[float, float]]()
        for seed in range(arguments.seeds):
            gone = _gone(catalog, arguments.absent, seed)
            options = BuildOptions(model=arguments.model, allow_shrink=True)
            report = build(_without(catalog, gone), index, options, steps)
            if features is None:
                photos = [arguments.queries.parent / row["image"] for row in queries]
                features = _features(index, photos)
            print(json.dumps({"seed": seed, "build": asdict(report)}), flush=True)
            answers = _answers(index, features)
            found = _found(index, queries, answers, gone)
            print(json.dumps({"seed": seed} | found), flush=True)
            pooled += _said(queries, answers)
    if pooled and arguments.seeds > 1:
        p, right = np.array(pooled, np.float64).T
        print(json.dumps({"all seeds": asdict(reliability(p, right))}))


def _answers(index: Path, features: Floats) -> list[Answer]:
    with closing(SearchEngine.open(index)) as engine:
        return [engine.similar(features=one[None]) for one in features]


def _said(queries: Sequence[Row], answers: Sequence[Answer]) -> list[tuple[float, float]]:
    """``p_same`` of each first result, and 1.0 where it is the photo's product."""
    return [
        (first.p_same, float(first.product_id == row["product_id"]))
        for answer, row in zip(answers, queries, strict=True)
        for first in answer.results[:1]
        if first.p_same is not None and "product_id" in row
    ]


def _found(
    index: Path, queries: Sequence[Row], answers: Sequence[Answer], gone: set[str]
) -> dict[str, Any]:
    manifest = IndexFolder(index).require_live()
    grade: dict[str, Any] = manifest.self_grade or {}
    said = {name: grade[name] for name in ("queries", "metrics", "twins", "match", "prediction")}
    found = {"gone": sorted(gone), "categories": _categories(queries, answers), "itself": said}
    if manifest.calibration and manifest.calibration["matching"] and queries[0].get("product_id"):
        found["matches"] = _matches(queries, answers, gone)
    return found


def _matches(queries: Sequence[Row], answers: Sequence[Answer], gone: set[str]) -> dict[str, Any]:
    first = [answer.results[0] for answer in answers]
    p = np.array([one.p_same for one in first], np.float64)
    none = np.array([one.match == "none" for one in first])
    right = np.array(
        [one.product_id == row["product_id"] for one, row in zip(first, queries, strict=True)]
    )
    absent = np.array([row["product_id"] in gone for row in queries])
    found = {
        "recall@1": asdict(bootstrap(right[~absent].astype(np.float64))),
        "all": asdict(reliability(p, right.astype(np.float64))),
        "there": asdict(reliability(p[~absent], right[~absent].astype(np.float64))),
        "right_kept": _share(~none[right]),
    }
    if absent.any():
        threshold = float(np.quantile(p[right], _KEPT))
        found |= {
            "absent_none": _share(none[absent]),
            "absent_none_at_90": _share(p[absent] < threshold),
        }
    return found


def _categories(queries: Sequence[Row], answers: Sequence[Answer]) -> dict[str, Any]:
    """A path is right when it is the photo's category or lies below it."""
    right = np.array(
        [
            is_within(answer.categories[0].path, row["category"])
            for answer, row in zip(answers, queries, strict=True)
        ],
        np.float64,
    )
    # The probability of all paths that would be right: a photo's category may be no whole path.
    p = np.array([_sure(answer, answer.categories[0].path, queries) for answer in answers])
    surest = np.argsort(-p, kind="stable")[: round(_CONFIDENT * len(p))]
    said = [answer.category[-1].path if answer.category else "" for answer in answers]
    wrong = [
        bool(path) and not (is_within(path, row["category"]) or is_within(row["category"], path))
        for path, row in zip(said, queries, strict=True)
    ]
    statuses = [answer.category_status for answer in answers]
    return {
        "top": asdict(bootstrap(right)),
        "confident": asdict(bootstrap(right[surest])),
        "reliability": asdict(reliability(p, right)),
        "status": {one: statuses.count(one) for one in sorted(set(statuses))},
        "said_wrong": _share(np.array(wrong)),
    }


def _sure(answer: Answer, path: str, queries: Sequence[Row]) -> float:
    """The top path's probability, to as many levels as the photos' categories have."""
    depth = len(queries[0]["category"].split(" > "))
    cut = " > ".join(path.split(" > ")[:depth])
    whole = sum(one.p for one in answer.categories if is_within(one.path, cut))
    return min(whole, 1.0)


def _share(hits: Any) -> dict[str, Any]:
    found = bootstrap(np.asarray(hits, np.float64)) if len(hits) else None
    return {"photos": len(hits)} | (asdict(found) if found else {})


def _features(index: Path, images: Sequence[Path]) -> Floats:
    with closing(SearchEngine.open(index)) as engine:
        embedder = engine.embedder
        return np.concatenate([embedder.features(embedder.prepare(one)[None]) for one in images])


def _gone(catalog: Path, count: int, seed: int) -> set[str]:
    products = sorted({row["product_id"] for row in _rows(catalog)})
    chosen = np.random.default_rng(seed).permutation(len(products))[:count]
    return {products[at] for at in chosen}


def _without(catalog: Path, gone: set[str]) -> Path:
    """The catalog without some products, beside it: its image paths stay right."""
    made = catalog.parent / "without.csv"
    rows = [row for row in _rows(catalog) if row["product_id"] not in gone]
    with made.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return made


def _rows(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
