"""``indexer export``: a model as a file of an inference engine, kept only if it loses little."""

from indexer.exporting.journey import export
from indexer.exporting.options import ExportOptions
from indexer.exporting.report import ExportReport

__all__ = ["ExportOptions", "ExportReport", "export"]
