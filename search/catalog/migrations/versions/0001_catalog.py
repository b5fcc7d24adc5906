"""The first tables: products, images, features, versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_products()
    _create_images()
    op.create_table(
        "features",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("backbone", sa.String(16), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("built_at", sa.DateTime, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("backbone", sa.String(16), nullable=False),
        sa.Column("head", sa.String(16), nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("versions", "features", "images", "products"):
        op.drop_table(table)


def _create_products() -> None:
    op.create_table(
        "products",
        sa.Column("product_id", sa.String(200), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("price", sa.Float),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("in_stock", sa.Boolean),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_products_revision", "products", ["revision"])
    op.create_index("ix_products_category", "products", ["category"])


def _create_images() -> None:
    op.create_table(
        "images",
        sa.Column("image_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column(
            "product_id", sa.String(200), sa.ForeignKey("products.product_id"), nullable=False
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("product_id", "source"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_images_sha256", "images", ["sha256"])
