"""Tables. Integers in the units of the rest: pips, micro-contracts, micro-dollars, ns UTC.

alembic/versions must say the same (tests/store/test_migrate.py). A table keyed by something else
than `id` holds the newest word about a thing; the others grow by a row for each that happened.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table

METADATA = MetaData()


def _id() -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _key(name: str) -> Column[str]:
    return Column(name, String, primary_key=True)


def _ints(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, String) for name in names]


GAMES = Table(
    "games", METADATA, _key("game_id"), *_texts("league", "home", "away", "status", "title"),
    *_ints("starts_ns"),
)  # fmt: skip
GAME_STATES = Table(
    "game_states", METADATA, _id(), *_texts("game_id", "status", "period", "clock"),
    *_ints("ts_ns", "home_score", "away_score"),
)  # fmt: skip
EVENT_STATES = Table(
    "event_states", METADATA, _id(), *_texts("event_id", "venue", "status", "instrument_id"),
    *_ints("ts_ns", "payout_pips", "close_ns"),
    Index("ix_event_states_event_ts", "event_id", "ts_ns"),
)  # fmt: skip
MARKET_PRICES = Table(
    "market_prices", METADATA, _id(), *_texts("venue", "instrument_id"),
    *_ints("ts_ns", "bid_pips", "bid_qty_micro", "ask_pips", "ask_qty_micro"),
    Index("ix_market_prices_instrument_ts", "instrument_id", "ts_ns"),
)  # fmt: skip
TRADING_SIGNALS = Table(
    "trading_signals", METADATA, _id(), *_texts("basket_id"),
    *_ints("ts_ns", "qty_micro", "cost_micro", "edge_micro"),
)  # fmt: skip
REFUSALS = Table(
    "refusals", METADATA, _id(), *_texts("basket_id", "stage", "reason"), *_ints("ts_ns")
)
ORDERS = Table(
    "orders", METADATA, _id(),
    *_texts("order_id", "intent_id", "basket_id", "venue", "instrument_id", "side", "action"),
    *_ints("ts_ns", "price_limit_pips", "qty_micro", "cost_max_micro"),
)  # fmt: skip
ORDER_ENDS = Table(
    "order_ends", METADATA, _id(), *_texts("order_id", "status", "reason"),
    *_ints("ts_ns", "qty_micro", "qty_filled_micro"),
)  # fmt: skip
FILLS = Table(
    "fills", METADATA, _id(),
    *_texts("fill_id", "order_id", "intent_id", "venue", "instrument_id", "side", "action"),
    *_ints("ts_ns", "price_pips", "qty_micro", "fee_micro"),
)  # fmt: skip
FILL_ENDS = Table(
    "fill_ends", METADATA, _id(), *_texts("fill_id", "order_id", "status"), *_ints("ts_ns")
)
"""How the settlement of a fill that was not final ended: confirmed, or voided (taken back)."""
PAPER_TRADES = Table(
    "paper_trades", METADATA, _key("intent_id"), *_texts("basket_id", "outcome", "purpose"),
    *_ints(
        "legs", "ts_ns", "ended_ns", "qty_micro", "cost_max_micro", "edge_micro",
        "qty_filled_micro", "qty_uneven_micro", "cost_micro", "fee_micro",
    ),
    Index("ix_paper_trades_ts", "ts_ns"),
)  # fmt: skip
"""One row per intent. `qty_filled`: what every leg has; `qty_uneven`: what the fullest has more."""
POSITIONS = Table(
    "positions", METADATA, _id(), *_texts("venue", "instrument_id", "cause"),
    *_ints("ts_ns", "qty_micro", "cost_micro", "payout_pips", "cash_micro"),
    Index("ix_positions_instrument_ts", "instrument_id", "ts_ns"),
)  # fmt: skip
"""The position after each fill, void or settlement; the newest row of an instrument is what is
held."""
BANKROLL = Table(
    "bankroll", METADATA, _id(), *_texts("venue", "cause"), *_ints("ts_ns", "cash_micro")
)
LINKS = Table(
    "links", METADATA, _key("link_id"),
    *_texts("a_venue", "a_instrument_id", "b_venue", "b_instrument_id", "relation", "evidence"),
    *_ints("ts_ns"),
)  # fmt: skip
LINK_ENDS = Table("link_ends", METADATA, _id(), *_texts("link_id"), *_ints("ts_ns"))
"""One row per withdrawal; a link may come back."""
BASKETS = Table(
    "baskets", METADATA, _key("basket_id"), *_texts("kind", "link_id", "evidence", "legs"),
    *_ints("payout_pips", "ts_ns"),
)  # fmt: skip
OUTBOX_MARKS = Table("outbox_marks", METADATA, _key("run"), *_ints("batch"))
"""The last batch of each run that is in the other tables, written in its transaction: a batch
that is sent again after a crash is known."""

FROM_LOG = (ORDERS, ORDER_ENDS, FILLS, FILL_ENDS, PAPER_TRADES, POSITIONS, BANKROLL)
"""What the trading log alone can bring back."""
