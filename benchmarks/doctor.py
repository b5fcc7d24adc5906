"""How much of what is wrong with a catalog does ``indexer doctor`` find?

    python -m benchmarks.doctor CATALOG [--foreign CATALOG] [--seeds 3] [--work FOLDER]

Plants faults in copies of CATALOG, a CSV file of products with one local picture each: 2 % of the
categories exchanged; 1 % of the pictures as other products' too, cropped, scaled and compressed
again; 0.5 % of them blank, 0.5 % a page of text, 0.5 % blurred, 0.5 % tiny; one drawing as the
picture of six products; and 0.5 % taken from the ``--foreign`` catalog. Prints one JSON object: the
medians of precision and recall over the seeds, and for each seed how many were ``planted``,
``found``, and ``right``. What is wrong with CATALOG itself counts as wrongly found. The work folder
keeps the features, so that a picture is embedded once for all seeds, and the findings of each seed.
"""

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks.doctor_faults import Planted, copy_catalog, plant
from indexer.doctoring.journey import diagnose
from indexer.doctoring.listing import write_findings
from indexer.doctoring.records import Diagnosis, Finding, Kind
from indexer.doctoring.subject import Subject
from indexer.ingesting.journey import embedded
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.sources import opened, read_rows
from search.embedding import Embedder, load_embedder
from search.versions import IndexFolder


def main() -> None:
    """Plant, look and count, once for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--foreign", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    embedder = load_embedder()
    with tempfile.TemporaryDirectory() as scratch:
        work: Path = arguments.work or Path(scratch)
        rows = copy_catalog(arguments.catalog, work)
        foreign = _foreign(arguments.foreign, work)
        seeds = []
        for seed in range(arguments.seeds):
            planted = plant(rows, foreign, work, seed)
            diagnosis = _examine(planted.file, work, embedder)
            seeds.append(_counts(planted, diagnosis) | {"seconds": diagnosis.seconds})
            print(json.dumps(seeds[-1]), file=sys.stderr)
    kinds = [name for name in seeds[0] if name != "seconds"]
    medians = {
        name: {
            figure: median(seed[name][figure] for seed in seeds)
            for figure in ("precision", "recall")
        }
        for name in kinds
    }
    print(json.dumps({"median": medians, "seeds": seeds}))


def _foreign(catalog: Path | None, work: Path) -> list[Path]:
    if catalog is None:
        return []
    place = work / "foreign"
    return [place / row["image"] for row in copy_catalog(catalog, place)]


def _examine(file: Path, work: Path, embedder: Embedder) -> Diagnosis:
    folder = IndexFolder(work / "features")
    folder.create()
    rows = opened(read_rows(file))
    with (
        Steps(Console(file=io.StringIO())) as steps,
        RejectFile(folder.rejects) as rejects,
        embedded(folder, file, rows, embedder, rejects, (), steps) as bench,
    ):
        subject = Subject.aside(file.name, bench, file.parent, rejects.count)
        found = diagnose(subject, (), steps)
    write_findings(file.with_suffix(".findings.csv"), found)
    return found


def _counts(planted: Planted, diagnosis: Diagnosis) -> dict[str, Any]:
    return {kind: _count(kind, planted, diagnosis.findings) for kind in planted.products}


def _count(kind: Kind, planted: Planted, findings: Sequence[Finding]) -> dict[str, float]:
    own = [_products(one) for one in findings if one.kind is kind]
    if kind is Kind.NEAR_DUPLICATE:
        wanted = [{copy, original} for copy, original in planted.copies.items()]
        right = sum(any(pair <= one for pair in wanted) for one in own)
        hit = sum(any(pair <= one for one in own) for pair in wanted)
    else:
        wanted = [{name} for name in planted.products[kind]]
        right = sum(bool(one & _at_fault(kind, planted)) for one in own)
        hit = len(planted.products[kind] & set().union(*own))
    return {
        "planted": len(wanted),
        "found": len(own),
        "right": right,
        "precision": round(right / max(len(own), 1), 4),
        "recall": round(hit / max(len(wanted), 1), 4),
    }


def _at_fault(kind: Kind, planted: Planted) -> set[str]:
    """A picture from another catalog has a wrong category, too."""
    foreign = planted.products.get(Kind.OUTLIER, set())
    return planted.products[kind] | (foreign if kind is Kind.LABEL else set())


def _products(finding: Finding) -> set[str]:
    return {image.product_id for image in finding.images}


if __name__ == "__main__":
    main()
