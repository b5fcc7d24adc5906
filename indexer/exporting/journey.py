"""The export journey: a model in, a folder that computes nearly the same out."""

import tempfile
from dataclasses import replace
from heapq import nsmallest
from pathlib import Path
from random import Random

from indexer.exporting.measuring import Measured
from indexer.exporting.networks import FILES
from indexer.exporting.options import ExportOptions, exportable
from indexer.exporting.placing import place, size
from indexer.exporting.report import ExportReport, card
from indexer.exporting.trying import make_and_measure
from indexer.ingesting.journey import embedded
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.sources import read_rows
from search.catalog.syncing.staging import Item
from search.embedding import Embedder
from search.embedding.backbone import Backbone, Exported
from search.embedding.model_files import CARD
from search.embedding.runtimes.network_file import write_network
from search.errors import ExportRefused
from search.versions import IndexFolder

_MOST_ROWS = 5_000
"""Rows of the catalog to measure with; of more, so many are drawn."""

_LEAST_COSINE = 0.99


def export(options: ExportOptions, steps: Steps) -> ExportReport:
    """Export the model, measure it against its float32 original, and put it in its place.

    Raises ExportRefused when it cannot be exported like that or loses too much, ModelError,
    CatalogFileError or OSError; nothing is written then.
    """
    backbone = exportable(options)
    rows = _some_rows(options.catalog, steps)
    with tempfile.TemporaryDirectory() as scratch:
        work, folder = Path(scratch), Path(scratch) / "model"
        folder.mkdir()
        reference = _in_float32(backbone, work / "float32.xml")
        with (
            RejectFile(work / "rejects.csv") as rejects,
            embedded(
                IndexFolder(work / "catalog"),
                options.catalog,
                rows,
                Embedder(reference),
                rejects,
                options.fetch_allow,
                steps,
            ) as bench,
        ):
            measured = make_and_measure(backbone, folder, bench, options)
        _refuse_loss(measured, options)
        report = ExportReport(
            output=str(options.output),
            of=backbone.spec,
            engine=options.engine,
            precision=options.precision,
            bytes=size(folder / FILES[options.engine]),
            bytes_before=size(work / "float32.xml"),
            measured=measured,
        )
        (folder / CARD).write_text(card(report, backbone))
        place(folder, options.output)
    return report


def _some_rows(catalog: Path, steps: Steps) -> list[Item]:
    random = Random(0)  # noqa: S311 - the same rows each time
    rows = steps.count("Catalog rows", read_rows(catalog))
    return nsmallest(_MOST_ROWS, rows, key=lambda _: random.random())


def _in_float32(backbone: Backbone, path: Path) -> Backbone:
    """The same network as OpenVINO computes it in float32, several times as fast as torch."""
    write_network(backbone, path)
    return replace(backbone, exported=Exported(path, "openvino", "float32"))


def _refuse_loss(measured: Measured, options: ExportOptions) -> None:
    """Written so that what is no number at all is refused too."""
    before, after = measured.recall_before, measured.recall_after
    keeps_recall = before is None or after is None or before - after <= options.max_loss + 1e-9
    if measured.cosine_mean >= _LEAST_COSINE and keeps_recall:
        return
    raise ExportRefused(
        f"'{options.model}' loses too much in {options.precision} on {measured.held_out} held-out "
        f"images, so nothing was written: {measured.recall_sentence} (--max-loss allows "
        f"{options.max_loss:.1%} less), and the mean cosine to float32 is "
        f"{measured.cosine_mean:.4f} (at least {_LEAST_COSINE})."
    )
