"""A recording played through the exchange: what a listener builds is what was recorded."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arbees.simulator.kalshi.desk import Options
from arbees.simulator.kalshi.hub import Connection, Sub
from arbees.simulator.kalshi.venue import Kalshi
from arbees.simulator.session import Line, load_session

pytestmark = pytest.mark.anyio
Sides = dict[str, dict[Decimal, Decimal]]


class Ear:
    """Stands where the socket's sending end stands, and keeps books of its own."""

    def __init__(self) -> None:
        self.books: dict[str, Sides] = {}
        self.sent = 0
        self.seq = 0

    async def send(self, text: str, where: str = "") -> None:
        message = json.loads(text)
        self.sent += 1
        if message["type"] in ("orderbook_snapshot", "orderbook_delta"):
            assert message["seq"] == self.seq + 1
            self.seq += 1
            apply(self.books, message)


def apply(books: dict[str, Sides], message: dict[str, Any]) -> None:
    body = message["msg"]
    if message["type"] == "orderbook_snapshot":
        books[body["market_ticker"]] = {
            side: {Decimal(p): Decimal(q) for p, q in body.get(f"{side}_dollars_fp") or []}
            for side in ("yes", "no")
        }
    elif message["type"] == "orderbook_delta":
        side = books.setdefault(body["market_ticker"], {"yes": {}, "no": {}})[body["side"]]
        price = Decimal(body["price_dollars"])
        side[price] = side.get(price, Decimal(0)) + Decimal(body["delta_fp"])
        if side[price] <= 0:
            del side[price]


def listening(venue: Kalshi) -> Ear:
    ear = Ear()
    connection = Connection(ear, "trader")  # type: ignore[arg-type]
    connection.subs = {
        name: Sub(name, n, None) for n, name in enumerate(("orderbook_delta", "trade"), 1)
    }
    venue.publisher.hub.connections.add(connection)
    return ear


@pytest.mark.parametrize("session", ["nba_mvp_dec", "nba_games_feb"])
async def test_a_listener_ends_with_the_recorded_books(session: str, test_data: Path) -> None:
    data = load_session(test_data / "sessions" / session)
    venue = Kalshi(data.catalog["kalshi"], options=Options(thursday=False))
    ear = listening(venue)
    recorded: dict[str, Sides] = {}
    frames = 0
    for line in data.lines:
        if line.venue != "kalshi":
            continue
        await venue.play(line)
        if line.frame is None:
            recorded.clear()
            ear.books.clear()
            continue
        frames += 1
        apply(recorded, line.frame)
        ticker = line.frame["msg"]["market_ticker"]
        assert ear.books[ticker] == recorded[ticker], line
    assert ear.sent == frames > 1000
    assert venue.desk.exchange.accounts.total() == 2 * venue.desk.options.cash


async def test_a_frame_that_changes_nothing_that_shows_says_nothing() -> None:
    venue = Kalshi({"events": []})
    ear = listening(venue)
    body = {"market_ticker": "M", "side": "yes", "price_dollars": "0.4000", "delta_fp": "-1.00"}
    await venue.play(Line(1, "kalshi", {"type": "orderbook_delta", "msg": body}))
    assert ear.sent == 0
