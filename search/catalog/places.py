"""Which database holds the catalog of an index folder: the one place that decides it.

It is the one that a command names, else the one that the folder remembers, else SQLite's file in
the folder. What the folder remembers never holds a password: that comes with the command, with
``LOOKALIKE_CATALOG``, or by PostgreSQL's own ways (``PGPASSWORD``, ``~/.pgpass``, a ``service``).
"""

from sqlalchemy import Engine, select

from search.catalog.catalog import Catalog
from search.catalog.database import parse_url, sqlite_url, without_secrets
from search.catalog.tables import versions
from search.durable import write_durably
from search.errors import IndexDamaged, IndexMismatch
from search.versions import IndexFolder
from search.versions.manifest import Manifest

_NOTED = ("version", "backbone", "head", "images", "revision")


def catalog_url(folder: IndexFolder, named: str | None = None) -> str:
    """The URL of a folder's catalog, ``named`` or not, with the password that was given."""
    if named:
        return named
    try:
        return folder.catalog_url.read_text().strip()
    except FileNotFoundError:
        return sqlite_url(folder.catalog)


def has_catalog(folder: IndexFolder, named: str | None = None) -> bool:
    """Whether a database was named, or SQLite's file is there."""
    return bool(named) or folder.catalog_url.exists() or folder.catalog.exists()


def open_catalog(folder: IndexFolder, named: str | None = None) -> Catalog:
    """For reading; raises what ``Catalog.open`` raises."""
    return Catalog.open(catalog_url(folder, named))


def make_catalog(folder: IndexFolder, named: str | None = None) -> Catalog:
    """For building: with its tables, and remembered by the folder if it was named.

    Raises IndexMismatch if another catalog is named than that of the live version, and what
    ``Catalog.create`` raises.
    """
    catalog = Catalog.create(catalog_url(folder, named))
    if named:
        try:
            live = _live(folder)
            if live is not None:
                require_version(catalog.engine, live)
            remember_catalog(folder, named)
        except BaseException:
            catalog.close()
            raise
    return catalog


def remember_catalog(folder: IndexFolder, url: str) -> None:
    """Have every later command use this catalog; nothing secret is written."""
    write_durably(folder.catalog_url, f"{without_secrets(parse_url(url))}\n".encode())


def require_version(catalog: Engine, manifest: Manifest) -> None:
    """Raise IndexMismatch unless the catalog noted just this version before it was published.

    The numbers of a version's images mean other images in another catalog.
    """
    noted = {name: getattr(manifest, name) for name in _NOTED}
    noted["built_at"] = manifest.built.replace(tzinfo=None)
    of_it = [versions.c[name] == value for name, value in noted.items()]
    with catalog.connect() as connection:
        if connection.scalar(select(versions.c.version).where(*of_it)) is None:
            raise IndexMismatch(
                f"Version {manifest.version}, built {manifest.built_at}, was not made from the "
                f"catalog at {without_secrets(catalog.url)}: it is another one, or older. Name the "
                "version's own with --catalog, put it back, or run 'indexer build' in another "
                "folder (--index)."
            )


def _live(folder: IndexFolder) -> Manifest | None:
    try:
        return folder.live()
    except IndexDamaged:  # a build is the remedy
        return None
