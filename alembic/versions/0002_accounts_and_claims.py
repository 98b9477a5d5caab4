"""Accounts after each fill, settlements of their own, links and baskets with their venues.

The first revision makes whatever the tables say today, so this one only adds what an older
database lacks.
"""

from sqlalchemy import inspect

from alembic import op
from arbees.store.tables import METADATA

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    found = inspect(connection)
    there = set(found.get_table_names())
    METADATA.create_all(connection)
    for table in METADATA.sorted_tables:
        if table.name not in there:
            continue
        names = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in names:
                op.add_column(table.name, column.copy())


def downgrade() -> None:
    """The added columns stay: the older program does not look at them."""
