"""How good the answers are: Recall@1 and categories, asked over HTTP and in Python.

    python benchmarks/retrieval.py CATALOG QUERIES [--titles PRODUCTS]

CATALOG is built into an empty index. QUERIES is a CSV file with `image`, `category` and, for
Recall@1, `product_id`; with PRODUCTS (another catalog), a result is right when its title is that of
the query's product there, otherwise when it is that product. A category is right when the first
predicted path starts with the query's. Prints one JSON object.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine

Ask = Callable[[Path], dict[str, Any]]


def main() -> None:
    """Build, ask both ways, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--titles", type=Path)
    arguments = parser.parse_args()
    titles = _titles(arguments.titles) if arguments.titles else None
    with tempfile.TemporaryDirectory() as folder:
        with Steps(Console(stderr=True, quiet=True)) as steps:
            first = build(arguments.catalog, Path(folder), BuildOptions(), steps)
            second = build(arguments.catalog, Path(folder), BuildOptions(), steps)
        queries = _rows(arguments.queries)
        in_python = _ask_all(_python(folder), arguments.queries.parent, queries)
        with _server(folder) as address:
            over_http = _ask_all(_http(address), arguments.queries.parent, queries)
    print(
        json.dumps(
            {
                "build": asdict(first),
                "second_build": asdict(second),
                "queries": len(queries),
                "python": _scores(queries, in_python, titles),
                "http": _scores(queries, over_http, titles),
                "equal_answers": sum(map(_same, in_python, over_http)),
            }
        )
    )


def _python(index: str) -> Ask:
    engine = SearchEngine.open(index)
    return lambda path: asdict(engine.similar(path))


def _http(address: str) -> Ask:
    client = httpx.Client(base_url=address)

    def ask(path: Path) -> dict[str, Any]:
        answer = client.post("/similar", files={"file": path.read_bytes()}).raise_for_status()
        return dict(answer.json())

    return ask


@contextmanager
def _server(index: str) -> Iterator[str]:
    """A real server process on a free port."""
    command = [str(Path(sys.executable).parent / "indexer"), "serve", "--index", index]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        while not _is_ready(address):
            sleep(0.1)
        try:
            yield address
        finally:
            server.terminate()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def _ask_all(ask: Ask, root: Path, queries: list[dict[str, str]]) -> list[dict[str, Any]]:
    answers = []
    for query in queries:
        start = perf_counter()
        answer = ask(root / query["image"])
        answers.append(answer | {"seconds": perf_counter() - start})
    return answers


def _scores(
    queries: list[dict[str, str]], answers: list[dict[str, Any]], titles: dict[str, str] | None
) -> dict[str, float]:
    pairs = list(zip(queries, answers, strict=True))
    seconds = sorted(answer["seconds"] for answer in answers)
    scores = {
        "category_first": sum(_category_is_right(*pair) for pair in pairs) / len(pairs),
        "median_ms": 1000 * seconds[len(seconds) // 2],
    }
    if "product_id" in queries[0]:
        scores["recall_at_1"] = sum(_product_is_right(*pair, titles) for pair in pairs) / len(pairs)
    return {name: round(score, 4) for name, score in scores.items()}


def _category_is_right(query: dict[str, str], answer: dict[str, Any]) -> bool:
    first = [share["path"] for share in answer["categories"][:1]]
    return any(f"{path} > ".startswith(f"{query['category']} > ") for path in first)


def _product_is_right(
    query: dict[str, str], answer: dict[str, Any], titles: dict[str, str] | None
) -> bool:
    found = answer["results"][0]
    if titles is None:
        return bool(found["product_id"] == query["product_id"])
    return bool(found["product"]["title"] == titles[query["product_id"]])


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The same products with the same scores, and the same categories."""

    def gist(answer: dict[str, Any]) -> object:
        results = [(found["product_id"], found["score"]) for found in answer["results"]]
        return results, answer["categories"]

    return gist(one) == gist(other)


def _titles(products: Path) -> dict[str, str]:
    return {row["product_id"]: row["title"] for row in _rows(products)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
