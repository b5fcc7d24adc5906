"""Are the answers from Milvus and PostgreSQL those from FAISS and SQLite?

    python -m benchmarks.milvus CATALOG --queries FILE [--filters F …] [--facets NAMES]

Both indexes are built from the catalog; each photo is asked by product and by image, and by product
with each of the filters. Real servers are started in folders of their own, and deleted.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any, Literal

from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.photos import Photo, read_photos
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer
from search.backends import Backends
from tests import milvus, postgresql

K = 10
FILTERS = ("in_stock:true", "price:..50", "category:Fruit", "-brand:Ember,Cobalt", "color:red")


@contextmanager
def engines(catalog: Path) -> Iterator[dict[str, SearchEngine]]:
    """One of each kind, over the same products."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql.started() as database,
        milvus.started() as vectors,
        Steps(Console(stderr=True)) as steps,
    ):
        url = database.new_database().render_as_string()
        away = BuildOptions(backends=Backends(url, vectors.new_url()))
        for name, options in (("files", BuildOptions()), ("servers", away)):
            print(build(catalog, Path(folder) / name, options, steps), file=sys.stderr)
        with (
            closing(SearchEngine.open(Path(folder) / "files")) as here,
            closing(SearchEngine.open(Path(folder) / "servers")) as there,
        ):
            yield {"files": here, "servers": there}


def compared(
    both: dict[str, SearchEngine], photos: Sequence[Path], filters: Sequence[str], facets: list[str]
) -> dict[str, Any]:
    """By filter and grouping: the share of photos with the same first ten, and the same facets."""
    found: dict[str, Any] = {}
    groups: tuple[Literal["product", "image"], ...] = ("product", "image")
    times: dict[str, list[float]] = {name: [] for name in both}
    for one, group in (*product(("",), groups), *product(filters, groups[:1])):
        same, alike, counted = [], [], []
        for photo in photos:
            answers: list[Answer] = []
            for name, engine in both.items():
                start = perf_counter()
                wanted = [one] if one else []
                answers.append(
                    engine.similar(photo, k=K, filter=wanted, facets=facets, group=group)
                )
                times[name].append(perf_counter() - start)
            first, second = ([row.product_id for row in answer.results] for answer in answers)
            same.append(first == second)
            alike.append(sorted(first) == sorted(second))
            counted.append(answers[0].facets == answers[1].facets)
        found[f"{one or 'everything'} by {group}"] = {
            "same_top_10": round(mean(same), 4),
            "same_ten_in_any_order": round(mean(alike), 4),
            "same_facets": round(mean(counted), 4),
        }
        print(one, group, found[f"{one or 'everything'} by {group}"], file=sys.stderr)
    ms = {name: round(1000 * median(several), 2) for name, several in times.items()}
    return {"photos": len(photos), "answers": found, "median_ms": ms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--filters", nargs="*", default=FILTERS)
    parser.add_argument("--facets", default="category,brand")
    options = parser.parse_args()
    asked = read_photos(options.queries)
    photos = [Path(photo.source) for photo in asked if isinstance(photo, Photo)]
    with engines(options.catalog) as both:
        found = compared(both, photos, options.filters, options.facets.split(","))
    every = [one["same_top_10"] for one in found["answers"].values()]
    print(json.dumps(found | {"least_same_top_10": min(every)}, indent=2))


if __name__ == "__main__":
    main()
