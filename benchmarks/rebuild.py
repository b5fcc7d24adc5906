"""What a version of a large catalog costs when all of its features are there.

    python -m benchmarks.rebuild CATALOG [--rows 1000000] [--work DIR]

Makes a catalog of so many rows with small pictures of their own and features mixed from those of
the photos of CATALOG, and runs ``indexer build`` on it: comparing rows and files, the head, the
grade, the vector index, publishing. Prints one JSON object: seconds, and the most memory of the
process beside the size of the index. ``--work`` keeps what was made for another run.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console

from benchmarks.made_catalog import CATALOG, fill_in, write_catalog
from indexer.progress import Steps
from indexer.sources import read_catalog, read_rows
from indexer.workbench import Workbench
from search.arrays import Floats, Ids, unit_rows
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding import Embedder, load_embedder
from search.embedding.backbones import DEFAULT_SPEC, load_model
from search.versions import VECTORS, IndexFolder

_NOISE = 0.3
_SIDE = 48
_PICTURES = 100


def main() -> None:
    """Make the catalog where it is not there yet, then build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as other:
        folder = (arguments.work or Path(other)) / f"rows-{arguments.rows}"
        if not (folder / "made").exists():
            _make(folder, arguments.catalog, arguments.rows)
        print(json.dumps(_build(folder, arguments.rows)))


def _make(folder: Path, catalog: Path, rows: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    photos = [
        catalog.parent / row.images[0]
        for row in read_catalog(catalog)
        if isinstance(row, ProductRow)
    ]
    features = load_embedder().embed(photos)
    write_catalog(folder, rows, _pictures(photos))
    model, steps = load_model(DEFAULT_SPEC), Steps(Console(file=io.StringIO()))
    with Workbench.open(IndexFolder(folder / "index"), Embedder(model), steps) as bench:
        sync(bench.catalog.engine, read_rows(folder / CATALOG), print)
        fill_in(bench, folder, _mixed(features))
    (folder / "made").touch()


def _pictures(photos: list[Path]) -> Callable[[int], bytes]:
    small = []
    for photo in photos[:_PICTURES]:
        file = io.BytesIO()
        Image.open(photo).convert("RGB").resize((_SIDE, _SIDE)).save(file, "JPEG")
        small.append(file.getvalue())
    return lambda n: small[n % len(small)]


def _mixed(photos: Floats) -> Callable[[Ids], Floats]:
    """Each is near one photo, the same one for the same category, with a part of another."""

    def features_of(ids: Ids) -> Floats:
        random = np.random.default_rng(int(ids[0]))
        other = photos[random.integers(len(photos), size=len(ids))]
        rows = photos[ids % len(photos)] + random.random((len(ids), 1), np.float32) * other
        noise = random.standard_normal(rows.shape, np.float32) / np.float32(rows.shape[1] ** 0.5)
        return unit_rows(unit_rows(rows) + _NOISE * noise)

    return features_of


def _build(folder: Path, rows: int) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("indexer")), "build", str(folder / CATALOG)]
    command += ["--index", str(folder / "index"), "--json"]
    start = perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _megabytes(process.pid))
            sleep(0.05)
        took = perf_counter() - start
        output.seek(0)
        report = json.loads(output.read())
    index = IndexFolder(folder / "index")
    made = index.require_live()
    size = (index.folder(made.version) / VECTORS).stat().st_size / 1e6
    return {
        "rows": rows,
        "seconds": round(took, 1),
        "index_mb": round(size),
        "peak_mb": round(peak),
        "peak_over_index_mb": round(peak - size),
        "embedded": report["embedded"],
        "grading_seconds": made.self_grade["seconds"] if made.self_grade else None,
        "index": made.index and {name: made.index[name] for name in ("codes", "build_seconds")},
    }


def _megabytes(process: int) -> float:
    """Memory of its own that a process holds: what it maps is the system's."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next(
            int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("RssAnon")
        )
    except (OSError, StopIteration):  # it has just ended
        return 0.0


if __name__ == "__main__":
    main()
