"""Which images must be read, and what becomes of the catalog when they were."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, not_, or_, select, update

from search.catalog.records import Reading
from search.catalog.revisions import next_revision
from search.catalog.tables import colours, features, images, products

_SEARCHED = ("sha256", "status", "width", "height")
_SHOWN = (*_SEARCHED, "reason")
_OF_SOURCE = ("bytes", "mtime_ns", "etag", "last_modified")
_STORED = (*_SHOWN, *_OF_SOURCE)


def refs_to_read(backbone: str) -> Select[Any]:
    """Every image whose bytes may have to be looked at, in the columns of an ImageRef.

    An image behind a URL that has features and colours already is asked for again only where its
    server said how to ask whether it changed.
    """
    cached = select(features.c.sha256).where(
        features.c.sha256 == images.c.sha256, features.c.backbone == backbone
    )
    measured = select(colours.c.sha256).where(colours.c.sha256 == images.c.sha256)
    has_features = (images.c.status == "ok") & cached.exists()
    has_colours = measured.exists()
    names = ("image_id", "product_id", "source", "revision", "sha256", *_OF_SOURCE)
    is_final = images.c.etag.is_(None) & images.c.last_modified.is_(None)
    is_done = is_url(images.c.source) & has_features & has_colours & is_final
    return select(
        *(images.c[name] for name in names),
        has_features.label("has_features"),
        has_colours.label("has_colours"),
    ).where(images.c.status != "gone", not_(is_done))


def store_readings(connection: Connection, readings: Iterable[Reading]) -> None:
    """Write down what differs; each change that is shown gives its product a revision."""
    found = {reading.image_id: reading for reading in readings}
    if not found:
        return
    rows = connection.execute(select(images).where(images.c.image_id.in_(found))).all()
    differing = [
        (row, facts)
        for row in rows
        if not _is_late(found[row.image_id], row)
        and _differs(row, facts := _facts(found[row.image_id], row), _STORED)
    ]
    if not differing:
        return
    shown = {row.product_id for row, facts in differing if _differs(row, facts, _SHOWN)}
    revision = next_revision(connection) if shown else 0
    for row, facts in differing:
        facts["revision"] = revision if _differs(row, facts, _SEARCHED) else row.revision
    connection.execute(
        update(images)
        .where(images.c.image_id == bindparam("id"))
        .values({name: bindparam(name) for name in (*_STORED, "revision")}),
        [{"id": row.image_id, **facts} for row, facts in differing],
    )
    connection.execute(
        update(products).where(products.c.product_id.in_(shown)).values(revision=revision)
    )


def _is_late(reading: Reading, row: Row[Any]) -> bool:
    return reading.revision is not None and reading.revision != row.revision


def _facts(reading: Reading, row: Row[Any]) -> dict[str, Any]:
    """Column → value; a rejected image keeps the size that it had when it was usable."""
    width, height = reading.size or (row.width, row.height)
    return {
        "sha256": reading.sha256,
        "status": "rejected" if reading.reason else "ok",
        "width": width,
        "height": height,
        "reason": reading.reason,
        "bytes": reading.bytes,
        "mtime_ns": reading.mtime_ns,
        "etag": reading.etag,
        "last_modified": reading.last_modified,
    }


def _differs(row: Row[Any], facts: dict[str, Any], names: Iterable[str]) -> bool:
    return any(getattr(row, name) != facts[name] for name in names)


def is_url(source: Any) -> Any:
    """``search.sources.is_url`` in SQL."""
    return or_(*(func.lower(source).like(f"{scheme}://%") for scheme in ("http", "https")))
