"""Writes the table of settings into docs/operations.md: ``python -m docs.settings_table``.

A test fails while it is out of date.
"""

import re
from pathlib import Path

from api.settings import Settings

PAGE = Path(__file__).parent / "operations.md"

_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- end of settings -->)", re.DOTALL)


def updated(page: str) -> str:
    """The page with the table as the settings are now."""
    rows = [
        f"| `LOOKALIKE_{name.upper()}` | {_shown(one.default)} | {_escaped(one.description)} |\n"
        for name, one in Settings.model_fields.items()
    ]
    table = "".join(["| variable | default | what it sets |\n", "|---|---|---|\n", *rows])
    return _TABLE.sub(lambda _: table, page)


def _shown(default: object) -> str:
    text = "" if default is None or default == () else str(default)
    return f"`{text.lower() if isinstance(default, bool) else text}`" if text else "–"


def _escaped(description: str | None) -> str:
    return (description or "").replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text()))
