"""How the settlement of a fill ended, where the venue settles later than it matches."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "fill_ends",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.String()) for name in ("fill_id", "order_id", "status")),
        sa.Column("ts_ns", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("fill_ends")
