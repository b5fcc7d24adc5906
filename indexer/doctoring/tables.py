"""What ``indexer doctor`` prints for people."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.doctoring.records import Diagnosis, Finding, Kind

MEANINGS = {
    Kind.LABEL: "pictures that look like another category",
    Kind.DUPLICATE: "pictures that several products share",
    Kind.NEAR_DUPLICATE: "the same, but cropped, scaled or compressed again",
    Kind.PLACEHOLDER: "pictures that many products share",
    Kind.BLANK: "pictures of one colour",
    Kind.TEXT: "pictures that are mostly text",
    Kind.BLURRED: "blurred pictures",
    Kind.TINY: "pictures under 100 pixels",
    Kind.OUTLIER: "pictures that look like no category",
    Kind.SEVERAL: "pictures of several separate things",
}
"""Each kind in a few words."""

_EXAMPLES = 3


def parts(diagnosis: Diagnosis) -> list[RenderableType]:
    """How much was looked at, and what was found of each kind, with some products."""
    heading = Text(
        f"{diagnosis.catalog}: {diagnosis.images} images of {diagnosis.products} products, "
        f"{len(diagnosis.findings)} findings ({diagnosis.seconds:.1f} s)"
    )
    left_out = {"rejected": diagnosis.rejected, "not readable any more": diagnosis.unread}
    notes = [f"  {count} {what}, not looked at" for what, count in left_out.items() if count]
    shown: list[RenderableType] = [heading, *(Text(note) for note in notes)]
    return [*shown, _table(diagnosis)] if diagnosis.findings else shown


def _table(diagnosis: Diagnosis) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("kind", "", "", "such as"):
        table.add_column(name, overflow="fold")
    table.columns[1].justify = "right"
    for kind, count in diagnosis.counts.items():
        if count:
            own = [one for one in diagnosis.findings if one.kind is kind]
            cells = kind.value, str(count), MEANINGS[kind], _some(own)
            table.add_row(*(Text(cell) for cell in cells))
    return table


def _some(findings: list[Finding]) -> str:
    names = [" = ".join(_products(one)) for one in findings[:_EXAMPLES]]
    return ", ".join(names) + (", …" if len(findings) > _EXAMPLES else "")


def _products(finding: Finding) -> list[str]:
    names = list(dict.fromkeys(image.product_id for image in finding.images))
    return [*names[:_EXAMPLES], "…"] if len(names) > _EXAMPLES else names
