"""What servers called the images that they sent, to ask whether those changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("etag", "last_modified"):
        op.add_column("images", sa.Column(name, sa.Text))


def downgrade() -> None:
    for name in ("last_modified", "etag"):
        op.drop_column("images", name)
