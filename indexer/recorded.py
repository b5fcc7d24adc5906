"""What a build found out, read back from the manifest that it wrote."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from search.errors import IndexDamaged

Record = TypeVar("Record")


def read_record(
    kind: TypeAdapter[Record], stored: Mapping[str, Any] | None, subject: str
) -> Record | None:
    """A part of a manifest; None in versions of earlier releases.

    Raises IndexDamaged, which names the ``subject``, for what no build writes.
    """
    if stored is None:
        return None
    try:
        return kind.validate_json(json.dumps(stored, allow_nan=False))
    except ValueError as error:  # NaN, or pydantic's own kind of it
        raise not_written(subject) from error


def not_written(subject: str) -> IndexDamaged:
    """The error for a part of a manifest that no build writes."""
    return IndexDamaged(
        f"{subject} is not what a build writes; run 'indexer build' to make a new version."
    )
