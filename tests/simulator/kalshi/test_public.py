"""The public reads: pages, filters, limits above the maximum, books, the exchange's state."""

import pytest

from tests.simulator.kalshi.bench import BTC, CUT, FED, REST, bench

pytestmark = pytest.mark.anyio


async def test_markets_and_events_page_and_filter() -> None:
    async with bench() as made:
        first = await made.get("/markets?limit=4")
        rest = await made.get(f"/markets?limit=4&cursor={first['cursor']}")
        assert len(first["markets"]) + len(rest["markets"]) == 7
        assert rest["cursor"] == ""
        two = (await made.get(f"/markets?tickers={FED},{CUT}"))["markets"]
        assert [m["ticker"] for m in two] == [FED, CUT]
        event = await made.get("/markets?event_ticker=KXFEDDECISION-26JAN&status=open")
        assert {m["ticker"] for m in event["markets"]} == {FED, CUT}
        assert (await made.get("/markets?series_ticker=KXBTC15M"))["markets"][0]["ticker"] == BTC
        assert (await made.get("/markets?min_updated_ts=1900000000"))["markets"] == []
        assert (await made.get("/markets?status=settled"))["markets"] == []
        assert (await made.get("/markets?mve_filter=only"))["markets"] == []
        assert len((await made.get("/markets?mve_filter=exclude"))["markets"]) == 7
        soon = await made.get("/markets?max_close_ts=1767230000&series_ticker=KXBTC15M")
        assert [m["ticker"] for m in soon["markets"]] == [BTC]
        assert (await made.get("/events?min_updated_ts=1900000000"))["events"] == []
        assert "markets" not in (await made.get("/events?limit=1"))["events"][0]
        nested = await made.get("/events?with_nested_markets=true&series_ticker=KXFEDDECISION")
        assert len(nested["events"][0]["markets"]) == 2
        assert len((await made.get("/events?tickers=GOVPARTYWI-26"))["events"]) == 1
        one = await made.get("/events/KXFEDDECISION-26JAN")
        assert len(one["markets"]) == 2
        inner = await made.get("/events/KXFEDDECISION-26JAN?with_nested_markets=true")
        assert len(inner["event"]["markets"]) == 2


@pytest.mark.parametrize(
    "path",
    ["/markets?limit=1001", "/events?limit=201", "/markets?limit=0", "/milestones",
     "/markets?status=active", "/markets?min_close_ts=1&min_updated_ts=1",
     f"/markets/{FED}/orderbook?depth=101",
     "/structured_targets?page_size=2001", "/milestones?limit=501",
     "/markets/orderbooks?" + "&".join(f"tickers=T{i}" for i in range(101))],
)  # fmt: skip
async def test_out_of_range_is_400_with_a_bare_msg(path: str) -> None:
    async with bench() as made:
        response = await made.http.get(REST + path)
        assert response.status == 400
        assert list(await response.json()) == ["msg"]


@pytest.mark.parametrize(
    "path", ["/markets/X", "/events/X", "/series/X", "/markets/X/orderbook", "/milestones/x",
             "/structured_targets/x"],
)  # fmt: skip
async def test_unknown_is_404(path: str) -> None:
    async with bench() as made:
        response = await made.http.get(REST + path)
        assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")


async def test_books_ascend_and_depth_keeps_the_best() -> None:
    async with bench() as made:
        made.liquidity({45: 1, 46: 2, 47: 3}, {52: 2, 53: 4})
        book = (await made.get(f"/markets/{FED}/orderbook?depth=2"))["orderbook_fp"]
        assert book["yes_dollars"] == [["0.4600", "2.00"], ["0.4700", "3.00"]]
        assert book["no_dollars"] == [["0.4700", "4.00"], ["0.4800", "2.00"]]
        many = await made.get(f"/markets/orderbooks?tickers={FED}&tickers={CUT}")
        assert [row["ticker"] for row in many["orderbooks"]] == [FED]


async def test_market_quotes_are_as_old_as_the_cache() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {52: 2})
        old = (await made.get(f"/markets?tickers={FED}"))["markets"][0]
        assert (old["yes_bid_dollars"], old["no_bid_dollars"]) == ("0.4700", "0.4800")
        await made.order("bid", "0.4900", "1.00")
        assert (await made.get(f"/markets?tickers={FED}"))["markets"][0] == old
        assert (await made.get(f"/markets/{FED}"))["market"]["yes_bid_dollars"] == "0.4900"
        await made.order("bid", "0.5200", "1.00")
        market = (await made.get(f"/markets/{FED}"))["market"]
        assert (market["last_price_dollars"], market["volume_fp"]) == ("0.5200", "1.00")
        trades = (await made.get(f"/markets/trades?ticker={FED}&min_ts=1"))["trades"]
        assert [(t["yes_price_dollars"], t["taker_side"]) for t in trades] == [("0.5200", "yes")]


async def test_series_fees_milestones_and_targets() -> None:
    async with bench() as made:
        catalog = made.venue.desk.catalog
        catalog["series_fee_changes"] = [{"id": "1", "series_ticker": "KXBTC15M"}]
        catalog["event_fee_changes"] = [{"id": "2", "event_ticker": "E"}]
        catalog["milestones"] = [{"id": "m", "category": "Sports", "details": {"league": "NBA"},
                                  "related_event_tickers": ["E"]}]  # fmt: skip
        catalog["structured_targets"] = [{"id": "t", "type": "basketball_team"}]
        assert len((await made.get("/series?category=Economics"))["series"]) == 2
        assert (await made.get("/series/KXBTC15M"))["series"]["fee_type"] == "quadratic"
        assert (await made.get("/series/fee_changes?series_ticker=X"))[
            "series_fee_change_arr"
        ] == []
        assert len((await made.get("/series/fee_changes"))["series_fee_change_arr"]) == 1
        assert len((await made.get("/events/fee_changes"))["event_fee_changes"]) == 1
        found = await made.get("/milestones?limit=5&competition=NBA&related_event_ticker=E")
        assert [m["id"] for m in found["milestones"]] == ["m"]
        assert (await made.get("/milestones?limit=5&category=Crypto"))["milestones"] == []
        assert (await made.get("/milestones/m"))["milestone"]["id"] == "m"
        assert (await made.get("/structured_targets?ids=t"))["structured_targets"][0]["id"] == "t"
        assert (await made.get("/structured_targets/t"))["structured_target"]["id"] == "t"


async def test_the_exchange_and_its_hours() -> None:
    async with bench() as made:
        status = await made.get("/exchange/status")
        assert status["exchange_active"]
        assert [row["exchange_index"] for row in status["exchange_index_statuses"]] == [0, 1, 2, 3]
        hours = (await made.get("/exchange/schedule"))["schedule"]["standard_hours"][0]
        assert [s["open_time"] for s in hours["thursday"]] == ["00:00", "05:00"]
        assert (await made.get("/exchange/user_data_timestamp"))["as_of_time"].endswith("Z")
