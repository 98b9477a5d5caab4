"""Tables. Integers in the units of the rest: pips, micro-contracts, micro-dollars, ns UTC."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table

METADATA = MetaData()


def _id() -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _ints(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, String) for name in names]


GAMES = Table(
    "games", METADATA, Column("game_id", String, primary_key=True),
    *_texts("league", "home", "away", "status"), *_ints("starts_ns"),
)  # fmt: skip
GAME_STATES = Table(
    "game_states", METADATA, _id(), *_texts("game_id", "status", "period", "clock"),
    *_ints("ts_ns", "home_score", "away_score"),
)  # fmt: skip
EVENT_STATES = Table(
    "event_states",
    METADATA,
    _id(),
    *_texts("event_id", "venue", "instrument_id", "status"),
    *_ints("ts_ns"),
)
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
    *_texts("order_id", "intent_id", "basket_id", "venue", "instrument_id", "side"),
    *_ints("ts_ns", "price_limit_pips", "qty_micro", "cost_max_micro"),
)  # fmt: skip
ORDER_ENDS = Table(
    "order_ends", METADATA, _id(), *_texts("order_id", "status", "reason"),
    *_ints("ts_ns", "qty_micro", "qty_filled_micro"),
)  # fmt: skip
FILLS = Table(
    "fills", METADATA, _id(),
    *_texts("fill_id", "order_id", "intent_id", "venue", "instrument_id", "side"),
    *_ints("ts_ns", "price_pips", "qty_micro", "fee_micro"),
)  # fmt: skip
PAPER_TRADES = Table(
    "paper_trades", METADATA, _id(), *_texts("fill_id", "venue", "instrument_id", "side"),
    *_ints("ts_ns", "price_pips", "qty_micro", "fee_micro"),
)  # fmt: skip
POSITIONS = Table(
    "positions", METADATA, _id(), *_texts("venue", "instrument_id"),
    *_ints("ts_ns", "qty_micro", "cost_micro"),
)  # fmt: skip
"""What was held after each fill and settlement; the last row of an instrument is now."""
SETTLEMENTS = Table(
    "settlements", METADATA, _id(), *_texts("venue", "instrument_id"),
    *_ints("ts_ns", "qty_micro", "payout_pips", "cash_micro"),
)  # fmt: skip
BANKROLL = Table("bankroll", METADATA, _id(), *_texts("venue"), *_ints("ts_ns", "cash_micro"))
LINKS = Table(
    "links", METADATA, Column("link_id", String, primary_key=True),
    *_texts("a_venue", "a_instrument_id", "b_venue", "b_instrument_id", "relation", "evidence"),
    *_ints("ts_ns"),
)  # fmt: skip
BASKETS = Table(
    "baskets", METADATA, Column("basket_id", String, primary_key=True),
    *_texts("kind", "link_id", "evidence"), *_ints("payout_pips", "ts_ns"),
)  # fmt: skip
FROM_LOG = (ORDERS, ORDER_ENDS, FILLS, PAPER_TRADES, POSITIONS, SETTLEMENTS, BANKROLL)
"""What the trading log alone can rebuild."""
