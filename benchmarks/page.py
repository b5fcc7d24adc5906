"""Is the page quick and accessible? Lighthouse's scores at phone and desk size, as one JSON object.

A real server of the sample shop is asked, on this machine. Lighthouse simulates a slow phone on a
slow network, and a desk. It is no part of this project: `npm install lighthouse` anywhere, and name
its command. Besides, the time is taken that somebody waits who opens the page and chooses a photo.

    python -m benchmarks.page --lighthouse node_modules/.bin/lighthouse [--runs 3] [--index DIR]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.serve.server import serving

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
PHOTO = SAMPLE / "queries" / "chair-02.jpg"
SIZES = {"phone": [], "desk": ["--preset=desktop"]}
PAGES = {"search": "", "catalog": "catalog"}
AUDITS = {
    "first_contentful_paint_ms": "first-contentful-paint",
    "largest_contentful_paint_ms": "largest-contentful-paint",
    "blocking_ms": "total-blocking-time",
    "layout_shift": "cumulative-layout-shift",
    "bytes": "total-byte-weight",
}


def main() -> None:
    """Ask Lighthouse about each page in turn, several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lighthouse", type=Path, required=True, help="its command")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--index", type=Path, help="use this index instead of building the sample")
    options = parser.parse_args()
    with ExitStack() as stack:
        index = options.index
        build_seconds = None
        if index is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            index, build_seconds = _built(folder)
        start = perf_counter()
        server = stack.enter_context(serving(index, 1))
        ready_seconds = round(perf_counter() - start, 2)
        waits = [_result_seconds(server.url, options.chromium) for _ in range(options.runs)]
        report = {
            "build_seconds": build_seconds,
            "ready_seconds": ready_seconds,
            "photo_to_result_seconds": round(median(waits), 2),
            **_measured(options, server.url),
        }
    print(json.dumps(report, indent=2))


def _built(folder: Path) -> tuple[Path, float]:
    shop = folder / "sample"
    shutil.copytree(SAMPLE, shop)
    start = perf_counter()
    command = [sys.executable, "-c", "from indexer.cli import app; app()", "build", "catalog.csv"]
    subprocess.run(command, cwd=shop, check=True, stdout=sys.stderr)
    return shop / "index", round(perf_counter() - start, 1)


def _result_seconds(url: str, chromium: str) -> float:
    """From opening the page to products that look like a photo, the choosing left out."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        start = perf_counter()
        page.goto(url)
        page.set_input_files("#file", PHOTO)
        page.wait_for_selector(".badge")
        seconds = perf_counter() - start
        browser.close()
    return seconds


def _measured(options: argparse.Namespace, url: str) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for run in range(options.runs):
        for page, path in PAGES.items():
            for size, preset in SIZES.items():
                print(f"{run + 1} of {options.runs}: {page}, {size}", file=sys.stderr)
                one = _asked(options, f"{url}/{path}", preset)
                found.setdefault(f"{page}_{size}", []).append(one)
    version = found["search_phone"][0]["version"]
    return {"lighthouse": version, **{name: _medians(runs) for name, runs in found.items()}}


def _asked(options: argparse.Namespace, url: str, preset: list[str]) -> dict[str, Any]:
    flags = ["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"]
    done = subprocess.run(
        [options.lighthouse, url, *flags, *preset],
        env={**os.environ, "CHROME_PATH": options.chromium},
        capture_output=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    scores = {name: 100 * one["score"] for name, one in report["categories"].items()}
    audits = report["audits"]
    figures = {name: audits[audit]["numericValue"] for name, audit in AUDITS.items()}
    requests = audits["network-requests"]["details"]["items"]
    pictures = sum(one["transferSize"] for one in requests if one["resourceType"] == "Image")
    figures["bytes_without_pictures"] = figures["bytes"] - pictures
    return {"version": report["lighthouseVersion"], **scores, **figures}


def _medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    names = [name for name in runs[0] if name != "version"]
    return {name: round(median(run[name] for run in runs), 3) for name in names}


if __name__ == "__main__":
    main()
