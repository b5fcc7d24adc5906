"""What docs/scale.md says that catalogs of four sizes need."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"
SIZING = runpy.run_path(str(DOCS / "sizing.py"))


def test_the_tables_are_those_of_the_constants() -> None:
    """Else: python -m docs.sizing."""
    page = (DOCS / "scale.md").read_text()
    assert SIZING["updated"](page) == page


def test_building_ten_million_takes_what_was_measured() -> None:
    assert SIZING["build_seconds"](10**7) == SIZING["BUILD"].value
