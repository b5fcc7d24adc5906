"""Where a catalog may take its images from: under its own folder, or the web."""

import os
import re
from typing import Any

from search.catalog.rows.values import trimmed

_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|data:|file:", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:/", re.IGNORECASE)


def sources(value: Any) -> list[str]:
    """The sources of one cell, text joined by ``|`` or a list of texts, with ``/`` in paths."""
    parts = value.split("|") if isinstance(value, str) else _texts(value)
    return [_slashed(source) for part in parts if (source := part.strip())]


def refusal(source: str, folder: str) -> str | None:
    """Why this source may not be read, None when it may; decided without touching the disk."""
    try:
        trimmed(source)
    except ValueError as problem:
        return f"the image {problem}"
    if _WEB.match(source):
        return None
    if _SCHEME.match(source):
        return "not an http(s) address; give one, or a path in the catalog's folder"
    return (
        "leaves the catalog's folder; put the image inside it" if _leaves(source, folder) else None
    )


def _texts(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    given = [part for part in parts if part is not None]
    if not all(isinstance(part, str) for part in given):
        raise ValueError("is not text or a list of texts")
    return given


def _slashed(source: str) -> str:
    return source if "\\" not in source or _SCHEME.match(source) else source.replace("\\", "/")


def _leaves(source: str, folder: str) -> bool:
    if ".." not in source and not source.startswith("/"):  # nearly all: spare them the rest
        return bool(_DRIVE.match(source))
    whole = os.path.normpath(os.path.join(folder, source))  # noqa: PTH118 - Path keeps the ".."
    return not whole.startswith(folder.rstrip("/") + "/")
