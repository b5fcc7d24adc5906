"""Render the sample catalogue: `python data/render_sample.py`.

Needs Python 3.11 with `bpy==5.0.1` and `pillow`; `--csv-only` needs neither.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from rendering.products import PRODUCTS
from rendering.specs import Product
from rendering.tables import write_tables

SAMPLE = Path(__file__).parent / "sample"


def select(pattern: str | None) -> list[Product]:
    """Return the products of one kind or with one id; all without a pattern."""
    chosen = [p for p in PRODUCTS if pattern in (None, p.kind, p.product_id)]
    if not chosen:
        raise SystemExit(f"no product or kind is called {pattern!r}")
    return chosen


def render_one(product: Product, out: Path, threads: int) -> list[Path]:
    """Render a product in a worker; only workers load Blender."""
    from rendering.photograph import photograph

    return photograph(product, out, threads)


def render_all(products: Sequence[Product], out: Path, jobs: int) -> int:
    """Render the products in parallel and return the number of pictures."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    count = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = {pool.submit(render_one, p, out, threads): p for p in products}
        for done, task in enumerate(as_completed(tasks), start=1):
            count += len(task.result())
            print(f"{done}/{len(products)} {tasks[task].product_id}", flush=True)
    return count


def main() -> None:
    """Write the csv files, then render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a kind (mug) or one product (mug-03)")
    parser.add_argument("--jobs", type=int, default=2, help="products rendered at a time")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="target folder")
    parser.add_argument("--csv-only", action="store_true", help="write the csv files, no pictures")
    args = parser.parse_args()
    products = select(args.only)
    write_tables(args.out)
    if args.csv_only:
        print(f"{len(PRODUCTS)} products written, no picture rendered")
        return
    count = render_all(products, args.out.resolve(), args.jobs)
    print(f"{count} pictures of {len(products)} products rendered")


if __name__ == "__main__":
    main()
