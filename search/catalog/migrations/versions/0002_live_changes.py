"""What live changes and quick comparisons need: images' revisions, sizes and times, row digests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("products", "digest")
    op.add_column("products", sa.Column("row_digest", sa.String(32)))
    op.create_index("ix_products_row_digest", "products", ["row_digest"])
    op.add_column("images", sa.Column("bytes", sa.BigInteger))
    op.add_column("images", sa.Column("mtime_ns", sa.BigInteger))
    op.add_column(
        "images", sa.Column("revision", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("versions", sa.Column("grade", sa.Float))


def downgrade() -> None:
    op.drop_column("versions", "grade")
    for name in ("revision", "mtime_ns", "bytes"):
        op.drop_column("images", name)
    op.drop_index("ix_products_row_digest", "products")
    op.drop_column("products", "row_digest")
    op.add_column("products", sa.Column("digest", sa.String(16), nullable=False, server_default=""))
