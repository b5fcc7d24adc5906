"""Templates → pages. Everything is escaped, because titles and paths come from merchants."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from indexer.tables.printing import per_cent
from search.durable import write_durably

_TEMPLATES = Path(__file__).parent / "templates"


def write_page(path: Path, template: str, context: Mapping[str, object]) -> None:
    """Render a template of ``templates/`` into a file; raises OSError.

    Strings are escaped, unless the template says that they are pictures drawn here.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["per_cent"] = per_cent
    environment.filters["file_name"] = _file_name
    page = environment.get_template(template).render(context)
    write_durably(path, page.encode(errors="replace"))


def _file_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
