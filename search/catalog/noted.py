"""Whether a catalog and a version belong together."""

from datetime import UTC

from sqlalchemy import Engine, select

from search.catalog.tables import versions
from search.versions.manifest import Manifest


def is_noted(engine: Engine, manifest: Manifest) -> bool:
    """Whether the catalog has noted just this version, as it does before each one is published."""
    columns = versions.c.backbone, versions.c.head, versions.c.images, versions.c.revision
    query = select(versions.c.built_at, *columns).where(versions.c.version == manifest.version)
    with engine.connect() as connection:
        found = connection.execute(query).one_or_none()
    wanted = manifest.backbone, manifest.head, manifest.images, manifest.revision
    return found is not None and (
        tuple(found[1:]) == wanted and found[0].replace(tzinfo=UTC) == manifest.built
    )
