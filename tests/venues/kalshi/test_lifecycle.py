"""Lifecycle messages: what each one changes, and that half-read ones never open a market."""

from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.venues.kalshi.lifecycle import Lifecycle
from arbees.venues.kalshi.wire import Body

SEEN = ev.MarketSeen("kalshi", "A", 7)
PAUSED = ev.StatusChanged(0, ev.MarketStatus.PAUSED, 7)
OPEN = ev.StatusChanged(0, ev.MarketStatus.OPEN, 7)
DETERMINED = ev.StatusChanged(0, ev.MarketStatus.DETERMINED, 7)


def told(life: Lifecycle, event_type: str, ix: int = 0, **more: Any) -> list[ev.EngineEvent]:
    return list(life.events(ix, Body(market_ticker="A", event_type=event_type, **more), 7))


@pytest.mark.parametrize(
    ("event_type", "more", "expected"),
    [
        ("created", {}, []),
        ("activated", {}, [OPEN]),
        ("activated", {"is_deactivated": False}, [OPEN]),
        ("activated", {"is_deactivated": True}, [PAUSED]),
        ("deactivated", {"is_deactivated": True}, [PAUSED]),
        ("deactivated", {}, [PAUSED]),
        ("deactivated", {"is_deactivated": False}, [PAUSED]),
        ("close_date_updated", {"close_ts": 5}, [ev.CloseChanged(0, 5_000_000_000, 7)]),
        ("close_date_updated", {}, [SEEN]),
        ("close_date_updated", {"close_ts": 0}, [SEEN]),
        ("close_date_updated", {"close_ts": 10**12}, [SEEN]),
        ("metadata_updated", {}, [SEEN]),
        ("settled", {}, [SEEN]),
        (
            "price_level_structure_updated",
            {},
            [ev.GridChanged(0, (PriceBand(0, 10_000, 100),), False, 7)],
        ),
        ("brand_new", {}, []),
    ],
)
def test_each_event_type(event_type: str, more: dict[str, Any], expected: list[Any]) -> None:
    life = Lifecycle()
    assert told(life, event_type, **more) == expected
    assert life.unknown == (event_type == "brand_new")


@pytest.mark.parametrize(
    ("more", "payout"),
    [
        ({"result": "yes"}, 10_000),
        ({"result": "no", "settlement_value": "0.0000"}, 0),
        ({"result": "scalar", "settlement_value": "0.5000"}, 5_000),
    ],
)
def test_a_determined_market_settles_at_its_value(more: dict[str, Any], payout: int) -> None:
    life = Lifecycle()
    assert told(life, "determined", **more) == [DETERMINED]
    assert told(life, "settled") == [ev.MarketSettled(0, payout, 7)]


@pytest.mark.parametrize(
    "more", [{}, {"result": "scalar"}, {"result": "yes", "settlement_value": "0.5000"}]
)
def test_a_result_nobody_can_read_closes_the_market_and_settles_nothing(
    more: dict[str, Any],
) -> None:
    life = Lifecycle()
    told(life, "determined", result="yes")
    assert told(life, "determined", **more) == [DETERMINED, SEEN]
    assert told(life, "settled") == [SEEN]


def test_markets_that_are_not_watched_are_only_announced() -> None:
    life = Lifecycle()
    assert told(life, "created", ix=-1) == [SEEN]
    for event_type in ("activated", "determined", "settled", "metadata_updated", "brand_new"):
        assert told(life, event_type, ix=-1, result="yes") == []


def test_odd_price_ranges_are_an_error() -> None:
    with pytest.raises(WireError, match="price_ranges"):
        told(Lifecycle(), "price_level_structure_updated", price_ranges=({"start": "0"},))
