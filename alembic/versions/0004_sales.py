"""Orders and fills that sell, and what an intent is for. Rows from before buy baskets."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"

ADDED = {
    "orders": ("action", "buy"),
    "fills": ("action", "buy"),
    "paper_trades": ("purpose", "basket"),
}


def upgrade() -> None:
    for table, (name, before) in ADDED.items():
        op.add_column(table, sa.Column(name, sa.String()))
        rows = sa.table(table, sa.column(name, sa.String()))
        op.execute(rows.update().values({name: before}))


def downgrade() -> None:
    for table, (name, _) in ADDED.items():
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
