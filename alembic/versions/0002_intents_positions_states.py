"""Paper trades become intents with their outcome, positions and cash rows what they are after a
change, event states name their market; the outbox marks what it has written.

`paper_trades` is made anew: `arbees db rebuild` fills it and the new columns from the trading log.
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"

TEXTS = {
    "games": ["title"],
    "event_states": ["instrument_id"],
    "positions": ["cause"],
    "bankroll": ["cause"],
    "links": ["a_venue", "b_venue"],
    "baskets": ["legs"],
}
INTS = {
    "event_states": ["payout_pips", "close_ns"],
    "positions": ["cost_micro"],
    "links": ["ts_ns"],
    "baskets": ["ts_ns"],
}
INDEXES = {
    "ix_event_states_event_ts": ("event_states", ["event_id", "ts_ns"]),
    "ix_positions_instrument_ts": ("positions", ["instrument_id", "ts_ns"]),
}
TRADE_INTS = (
    "legs", "ts_ns", "ended_ns", "qty_micro", "cost_max_micro", "edge_micro", "qty_filled_micro",
    "qty_uneven_micro", "cost_micro", "fee_micro",
)  # fmt: skip


def upgrade() -> None:
    for kind, added in ((sa.String(), TEXTS), (sa.BigInteger(), INTS)):
        for table, names in added.items():
            for name in names:
                op.add_column(table, sa.Column(name, kind))
    for index, (table, names) in INDEXES.items():
        op.create_index(index, table, names)
    op.drop_table("paper_trades")
    op.create_table(
        "paper_trades",
        sa.Column("intent_id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String()) for name in ("basket_id", "outcome")),
        *(sa.Column(name, sa.BigInteger()) for name in TRADE_INTS),
    )
    op.create_index("ix_paper_trades_ts", "paper_trades", ["ts_ns"])
    op.create_table(
        "outbox_marks",
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("batch", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("outbox_marks")
    op.drop_table("paper_trades")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "paper_trades",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        *(sa.Column(n, sa.String()) for n in ("fill_id", "venue", "instrument_id", "side")),
        *(sa.Column(n, sa.BigInteger()) for n in ("ts_ns", "price_pips", "qty_micro", "fee_micro")),
    )
    for index, (table, _) in INDEXES.items():
        op.drop_index(index, table)
    for added in (INTS, TEXTS):
        for table, names in added.items():
            with op.batch_alter_table(table) as batch:
                for name in names:
                    batch.drop_column(name)
