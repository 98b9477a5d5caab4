"""When a link was withdrawn: its terms changed, a market is gone, or a person vetoed it."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "link_ends",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("link_id", sa.String()),
        sa.Column("ts_ns", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("link_ends")
