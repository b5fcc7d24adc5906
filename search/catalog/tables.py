"""The catalog's tables, as SQLAlchemy sees them; migrations/ makes them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
_RowId = BigInteger().with_variant(Integer(), "sqlite")

products = Table(
    "products",
    metadata,
    Column("product_id", String(200), primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("price", Float),
    Column("currency", Text, nullable=False),
    Column("in_stock", Boolean),
    Column("url", Text, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("row_digest", String(32), index=True),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("deleted", Boolean, nullable=False),
)
"""``row_digest`` is of the one row of a file that says all about the product: the same row again
means that nothing changed. It is None when there is no such row. ``deleted`` is the tombstone."""

images = Table(
    "images",
    metadata,
    Column("image_id", _RowId, primary_key=True, autoincrement=True),
    Column("product_id", ForeignKey("products.product_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", String(64), index=True),
    Column("bytes", BigInteger),
    Column("mtime_ns", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    Column("status", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("etag", Text),
    Column("last_modified", Text),
    UniqueConstraint("product_id", "source"),
    # An id must never come back for another image: sealed versions still name the old one.
    sqlite_autoincrement=True,
)
"""``status`` is ``pending`` (not read yet), ``ok``, ``rejected`` (``reason`` says why) or ``gone``:
it is named no more, and forgotten when a version without it is published. ``width`` and ``height``
are of the last time that it could be read: an image is searched while it has them. ``bytes`` and
``mtime_ns`` are of a local file when it was read last; ``etag`` and ``last_modified`` are what a
server called the content that it sent last, to ask whether it has another. ``revision`` is that of
the last change of what can be searched: a product's title may change without it."""

features = Table(
    "features",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("backbone", String(16), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""``data`` is little-endian float16, as many numbers as the backbone has features."""

colours = Table(
    "colours",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("found", JSON, nullable=False),
)
"""``found`` is what was measured in the picture with these bytes: name → [share, ``#rrggbb``]."""

feedback = Table(
    "feedback",
    metadata,
    Column("feedback_id", _RowId, primary_key=True, autoincrement=True),
    Column("given_at", DateTime, nullable=False),
    Column("request_id", Text, nullable=False, index=True),
    Column("asked", Text),
    Column("product_id", Text, nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("category", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("score", Float),
    Column("backbone", String(16), nullable=False),
    Column("features", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""What people said of answers. ``verdict`` is of a result: ``same``, ``similar`` or ``wrong``;
``category`` is what the query shows; one of the two is empty, and without a verdict so is
``product_id``. ``asked`` is the product that was asked for, NULL if it was a picture.
``features`` are the query's, as those of ``features``: its picture is not kept."""

versions = Table(
    "versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("built_at", DateTime, nullable=False),
    Column("model", Text, nullable=False),
    Column("backbone", String(16), nullable=False),
    Column("head", String(16), nullable=False),
    Column("products", Integer, nullable=False),
    Column("images", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("grade", Float),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("number", _RowId, primary_key=True, autoincrement=True),
    Column("key_id", String(16), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("good_name", String(80), unique=True),
    Column("scope", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("per_minute", Integer),
    Column("per_day", Integer),
    Column("created_at", DateTime, nullable=False),
    Column("revoked_at", DateTime),
    sqlite_autoincrement=True,
)
"""``key_id`` is the part of the key that may be shown, ``digest`` the SHA-256 of all of it in hex.
``number`` never comes back for another key. ``per_minute`` and ``per_day`` are how many requests it
may make, NULL for any number. While it is good, ``good_name`` is the name, which is then nobody
else's, and ``revoked_at`` is NULL."""

api_usage = Table(
    "api_usage",
    metadata,
    Column("number", ForeignKey("api_keys.number"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", BigInteger, nullable=False),
)
"""How many requests were let in with a key on a day in UTC."""

Index("ix_products_category", products.c.category)
