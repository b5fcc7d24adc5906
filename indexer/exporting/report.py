"""What an export made, for programs and for people."""

from dataclasses import dataclass
from string import Template

from indexer.exporting.measuring import Measured
from search.embedding.backbone import Backbone, Engine, Precision

_CARD = Template("""# $of, exported

The network of `$of` for $engine in $precision, made by `indexer export`. Use it wherever a model is
named: `indexer build catalog.csv --model FOLDER`.

It takes (n, $size, $size, 3) uint8 RGB pixels and gives (n, $dim) float32 features; scaling and
normalising the pixels is part of the network.$head

## Measured

On $images images of the catalog, $held_out of which were held out, against the same network in
float32:

- cosine of the vectors: $cosine_mean on average, $cosine_worst at worst
- $recall
- size: $megabytes MB, in float32 $megabytes_before MB
""")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """``bytes`` are of the network's files, ``bytes_before`` of the same network in float32."""

    output: str
    of: str
    engine: Engine
    precision: Precision
    bytes: int
    bytes_before: int
    measured: Measured

    @property
    def megabytes(self) -> tuple[str, str]:
        """Now, and in float32."""
        return f"{self.bytes / 1e6:.1f}", f"{self.bytes_before / 1e6:.1f}"


def card(report: ExportReport, backbone: Backbone) -> str:
    """The model card, in Markdown."""
    measured = report.measured
    head = backbone.head.kind if backbone.head.projection is not None else ""
    now, before = report.megabytes
    return _CARD.substitute(
        of=report.of,
        engine=report.engine,
        precision=report.precision,
        size=backbone.preprocessing.size,
        dim=backbone.dim,
        head=f" A head ({head}) makes the searched vector of them." if head else "",
        images=measured.images,
        held_out=measured.held_out,
        cosine_mean=f"{measured.cosine_mean:.4f}",
        cosine_worst=f"{measured.cosine_worst:.4f}",
        recall=measured.recall_sentence,
        megabytes=now,
        megabytes_before=before,
    )
