"""Reading single Kalshi markets: statuses, what was paid, and a new event with its dated fees."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from arbees.errors import WireError
from arbees.messages.events import MarketStatus
from arbees.simulator.catalog import build_catalog
from arbees.venues.kalshi.catalog import Market
from arbees.venues.kalshi.reread import STATUS, KalshiMarkets, read_of

pytestmark = pytest.mark.anyio
CATALOG: dict[str, Any] = build_catalog(60.0)["kalshi"]
EVENT = CATALOG["events"][0]
TICKERS = [m["ticker"] for m in EVENT["markets"]]


async def fetch(path: str, params: Mapping[str, str]) -> bytes:
    asked.append(path)
    match path.split("/")[1:]:
        case ["markets"]:
            tickers = params["tickers"].split(",")
            rows = [m for e in CATALOG["events"] for m in e["markets"] if m["ticker"] in tickers]
            said: Any = {"markets": rows, "cursor": ""}
        case ["events", "fee_changes"]:
            change = {"event_ticker": params["event_ticker"], "fee_type_override": None,
                      "fee_multiplier_override": 2.0,
                      "scheduled_ts": "2030-01-01T00:00:00Z"}  # fmt: skip
            said = {"event_fee_changes": [change], "cursor": ""}
        case ["events", ticker]:
            said = {"event": next(e for e in CATALOG["events"] if e["event_ticker"] == ticker)}
        case ["series", "fee_changes"]:
            said = {"series_fee_change_arr": []}
        case ["series", ticker]:
            said = {"series": next(s for s in CATALOG["series"] if s["ticker"] == ticker)}
        case _:
            raise AssertionError(path)
    return msgspec.json.encode(said)


asked: list[str] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    asked.clear()


async def test_a_known_market_takes_one_question_and_an_unlisted_one_is_missing() -> None:
    reads = await KalshiMarkets(fetch).read([*TICKERS, "KX-NO"], {*TICKERS, "KX-NO"})
    assert [read.market_id for read in reads] == TICKERS
    assert all(read.instrument is None and read.status is MarketStatus.OPEN for read in reads)
    assert all(read.close_ts_ns > 0 and read.bands for read in reads)
    assert asked == ["/markets"]


async def test_a_new_event_is_read_once_with_its_dated_fees() -> None:
    reads = await KalshiMarkets(fetch).read(TICKERS, ())
    assert len(asked) == 5
    for read in reads:
        assert read.instrument is not None
        assert read.instrument.instrument_id == read.market_id
        assert read.instrument.fees.at(0).taker_rate == 70_000
        assert read.instrument.fees.at(2_000_000_000 * 10**9).taker_rate == 140_000


@pytest.mark.parametrize("word", [*STATUS, "", "something new"])
def test_a_status_that_is_not_clearly_open_is_not_open(word: str) -> None:
    read = read_of(Market("T", "E", status=word), None)
    assert (read.status is MarketStatus.OPEN) == (word == "active")


@pytest.mark.parametrize(
    ("status", "result", "value", "payout"),
    [
        ("finalized", "yes", None, 10_000),
        ("finalized", "no", "0.0000", 0),
        ("finalized", "scalar", "0.5000", 5_000),
        ("finalized", "", None, None),
        ("finalized", "yes", "0.0000", None),
        ("determined", "yes", "1.0000", None),
    ],
)
def test_a_payout_counts_once_it_was_paid_and_is_not_contradicted(
    status: str, result: str, value: str | None, payout: int | None
) -> None:
    market = Market("T", "E", status=status, result=result, settlement_value_dollars=value)
    assert read_of(market, None).payout == payout


async def test_an_error_body_is_no_list() -> None:
    async def wrong(path: str, params: Mapping[str, str]) -> bytes:
        return b'{"error":{"code":"x"}}'

    with pytest.raises(WireError):
        await KalshiMarkets(wrong).read(["T"], {"T"})
