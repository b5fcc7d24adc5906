"""What a catalog's columns mean: one row, from a file or a request, → a product or the reason."""

from collections.abc import Mapping
from pathlib import Path

from search.catalog.records import ProductRow, Reject
from search.catalog.rows.layout import Layout, Record
from search.errors import InvalidProduct


def read_row(values: Mapping[str, object], root: Path) -> ProductRow:
    """A single row, as a line of a JSONL file has it, with image paths relative to ``root``.

    Raises InvalidProduct for anything that a file's row would be rejected for, in part or whole.
    """
    try:
        layout = Layout(tuple(values), str(root))
    except ValueError as problem:
        raise InvalidProduct(f"The product cannot be stored: {problem}.") from None
    for item in layout.read(Record(0, tuple(values), tuple(values.values()))):
        if isinstance(item, Reject):
            where = f"{item.source}: " if item.source else ""
            raise InvalidProduct(
                f"The product '{item.product_id}' cannot be stored: {where}{item.reason}."
            )
        return item
    raise InvalidProduct("The product cannot be stored: there is nothing in it.")
