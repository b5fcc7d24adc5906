"""What is measured in each picture, and what people say of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "colours",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("found", sa.JSON, nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("feedback_id", _ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("given_at", sa.DateTime, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("backbone", sa.String(16), nullable=False),
        sa.Column("features", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("colours")
