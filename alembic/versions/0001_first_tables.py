"""The first tables, as they were: a migration never follows the code."""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None

KEYED = {
    "games": ("game_id", "league home away status", "starts_ns"),
    "links": ("link_id", "a_instrument_id b_instrument_id relation evidence", ""),
    "baskets": ("basket_id", "kind link_id evidence", "payout_pips"),
}
NUMBERED = {
    "game_states": ("game_id status period clock", "ts_ns home_score away_score"),
    "event_states": ("event_id venue status", "ts_ns"),
    "market_prices": (
        "venue instrument_id", "ts_ns bid_pips bid_qty_micro ask_pips ask_qty_micro",
    ),
    "trading_signals": ("basket_id", "ts_ns qty_micro cost_micro edge_micro"),
    "refusals": ("basket_id stage reason", "ts_ns"),
    "orders": (
        "order_id intent_id basket_id venue instrument_id side",
        "ts_ns price_limit_pips qty_micro cost_max_micro",
    ),
    "order_ends": ("order_id status reason", "ts_ns qty_micro qty_filled_micro"),
    "fills": (
        "fill_id order_id intent_id venue instrument_id side",
        "ts_ns price_pips qty_micro fee_micro",
    ),
    "paper_trades": (
        "fill_id venue instrument_id side", "ts_ns price_pips qty_micro fee_micro",
    ),
    "positions": ("venue instrument_id", "ts_ns qty_micro payout_pips cash_micro"),
    "bankroll": ("venue", "ts_ns cash_micro"),
}  # fmt: skip


def columns(texts: str, ints: str) -> list[sa.Column]:
    return [
        *(sa.Column(name, sa.String()) for name in texts.split()),
        *(sa.Column(name, sa.BigInteger()) for name in ints.split()),
    ]


def number() -> sa.Column:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def upgrade() -> None:
    for name, (key, texts, ints) in KEYED.items():
        op.create_table(name, sa.Column(key, sa.String(), primary_key=True), *columns(texts, ints))
    for name, (texts, ints) in NUMBERED.items():
        op.create_table(name, number(), *columns(texts, ints))
    op.create_index("ix_market_prices_instrument_ts", "market_prices", ["instrument_id", "ts_ns"])


def downgrade() -> None:
    for name in (*KEYED, *NUMBERED):
        op.drop_table(name)
