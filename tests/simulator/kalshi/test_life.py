"""Markets open, pause, close, are determined and paid; the exchange pauses and restarts."""

from typing import Any

import aiohttp
import pytest

from arbees.simulator.kalshi.grids import GRIDS
from arbees.simulator.kalshi.life import is_pause
from tests.simulator.kalshi.bench import FED, REST, Bench, bench

pytestmark = pytest.mark.anyio
ORDERS = "/portfolio/events/orders"
HOUR_NS = 3_600 * 1_000_000_000
THURSDAY_0800_UTC = 1_767_254_400 * 1_000_000_000


async def control(made: Bench, **body: Any) -> int:
    return (await made.http.post("/control/kalshi", json={"ticker": FED, **body})).status


@pytest.mark.parametrize(
    ("result", "revenue", "value"), [("yes", 200, 100), ("no", 0, 0), ("scalar", 100, 50)]
)
async def test_a_whole_life(result: str, revenue: int, value: int) -> None:
    async with bench() as made:
        made.liquidity({47: 9}, {52: 9})
        await made.order("bid", "0.5200", "2.00")
        _, rest = await made.order("bid", "0.4000", "2.00")
        async with made.socket("market_lifecycle_v2", "user_orders") as heard:
            more = {"value": "0.5000"} if result == "scalar" else {}
            assert (
                await control(made, action="determine", result=result, timer_ms=5000, **more) == 200
            )
            order = (await heard.next("user_order"))["msg"]
            assert (order["order_id"], order["last_update_reason"]) == (
                rest["order_id"], "CloseCancel",
            )  # fmt: skip
            kinds = [(await heard.next("market_lifecycle_v2"))["msg"] for _ in range(2)]
            assert [k["event_type"] for k in kinds] == ["close_date_updated", "determined"]
            assert kinds[1]["result"] == result
            market = (await made.get(f"/markets/{FED}"))["market"]
            assert (market["status"], market["result"]) == ("determined", result)
            assert (await made.get("/portfolio/settlements"))["settlements"] == []
            status, body = await made.order("bid", "0.4000", "1.00")
            assert (status, body["error"]["code"]) == (400, "market_inactive")
            made.tick(6)
            made.venue.publisher.hub.kick()
            assert (await heard.next("market_lifecycle_v2"))["msg"]["event_type"] == "settled"
        (paid,) = (await made.get("/portfolio/settlements"))["settlements"]
        assert (paid["market_result"], paid["revenue"], paid["value"]) == (result, revenue, value)
        assert (paid["yes_count_fp"], paid["yes_total_cost_dollars"]) == ("2.00", "1.040000")
        assert (await made.get(f"/markets/{FED}"))["market"]["status"] == "finalized"


async def test_closing_by_the_clock_refuses_even_cancels() -> None:
    async with bench() as made:
        _, rest = await made.order("bid", "0.4000", "1.00")
        made.tick(3600 * 24 * 40)
        status, body = await made.ask("DELETE", f"{ORDERS}/{rest['order_id']}")
        assert (status, body["error"]["code"]) == (400, "market_inactive")
        order = (await made.get(f"/portfolio/orders/{rest['order_id']}"))["order"]
        assert order["status"] == "canceled"
        assert (await made.get(f"/markets/{FED}"))["market"]["status"] == "closed"


async def test_reactivation_cancels_what_rested() -> None:
    async with bench() as made:
        _, rest = await made.order("bid", "0.4000", "1.00")
        async with made.socket("market_lifecycle_v2") as heard:
            await control(made, action="pause")
            assert (await heard.next("market_lifecycle_v2"))["msg"]["is_deactivated"] is True
            assert (await made.get("/markets?status=paused"))["markets"][0]["ticker"] == FED
            await control(made, action="resume")
            assert (await heard.next("market_lifecycle_v2"))["msg"]["event_type"] == "activated"
        order = (await made.get(f"/portfolio/orders/{rest['order_id']}"))["order"]
        assert order["status"] == "canceled"


async def test_a_finer_grid_keeps_resting_orders() -> None:
    async with bench() as made:
        await made.order("bid", "0.4000", "1.00")
        assert (await made.order("bid", "0.4010", "1.00"))[0] == 400
        async with made.socket("market_lifecycle_v2") as heard:
            made.venue.desk.faults.arm("tick_change", "kalshi", match=FED, structure="deci_cent")
            made.venue.publisher.hub.kick()
            msg = (await heard.next("market_lifecycle_v2"))["msg"]
            assert msg["price_ranges"] == GRIDS["deci_cent"]
        assert (await made.order("bid", "0.4010", "1.00"))[0] == 201
        assert len(made.venue.desk.exchange.resting()) == 2


def test_thursday_between_three_and_five_eastern() -> None:
    hours = [is_pause(THURSDAY_0800_UTC + h * HOUR_NS) for h in (-1, 0, 1, 2, 24, 24 * 7)]
    assert hours == [False, True, True, False, False, True]


async def test_the_thursday_pause_takes_cancels_only() -> None:
    async with bench() as made:
        _, rest = await made.order("bid", "0.4000", "1.00")
        _, careful = await made.order("bid", "0.4000", "1.00", cancel_order_on_pause=True)
        made.now = THURSDAY_0800_UTC
        made.tick()
        status, body = await made.order("bid", "0.4000", "1.00")
        assert (status, body["error"]["code"]) == (400, "market_inactive")
        assert (await made.get("/exchange/status"))["trading_active"] is False
        assert (await made.ask("DELETE", f"{ORDERS}/{careful['order_id']}"))[0] == 404
        assert (await made.ask("DELETE", f"{ORDERS}/{rest['order_id']}"))[0] == 200
        made.tick(7201)
        assert (await made.order("bid", "0.4000", "1.00"))[0] == 201


async def test_pause_exchange_pause_and_engine_restart() -> None:
    async with bench() as made:
        _, rest = await made.order("bid", "0.4000", "1.00")
        made.venue.desk.faults.arm("pause", "kalshi", ms=1000)
        assert (await made.order("bid", "0.4000", "1.00"))[0] == 400
        made.tick(2)
        assert (await made.order("bid", "0.4000", "1.00"))[0] == 201
        made.venue.desk.faults.arm("exchange_pause", "kalshi", ms=1000)
        assert (await made.get("/exchange/status"))["exchange_active"] is False
        assert (await made.order("bid", "0.4000", "1.00"))[0] == 503
        made.tick(2)
        async with made.socket() as heard:
            made.venue.desk.faults.arm("engine_restart", "kalshi", ms=1000)
            assert (await heard.socket.receive(timeout=5)).type in (
                aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR,
            )  # fmt: skip
        assert (await made.order("bid", "0.4000", "1.00"))[0] == 503
        assert (await made.ask("DELETE", f"{ORDERS}/{rest['order_id']}"))[0] == 503
        assert (await made.ask("DELETE", ORDERS))[0] == 503
        made.tick(2)
        assert (await made.ask("DELETE", f"{ORDERS}/{rest['order_id']}"))[0] == 200


async def test_maintenance_answers_with_the_status_body() -> None:
    async with bench() as made:
        made.venue.desk.faults.arm("maintenance", "kalshi", status=504)
        response = await made.http.get(f"{REST}/markets")
        assert response.status == 504
        assert (await response.json())["exchange_active"] is False
        made.venue.desk.faults.arm("throttle", "kalshi")
        assert (await made.http.get(f"{REST}/markets")).status == 429
        made.venue.desk.faults.arm("server_error", "kalshi")
        assert (await made.http.get(f"{REST}/markets")).status == 500


async def test_a_fee_override_comes_into_force() -> None:
    async with bench() as made:
        made.liquidity({}, {50: 9})
        async with made.socket("market_lifecycle_v2") as heard:
            body = {"action": "fee", "event": "KXFEDDECISION-26JAN", "type": "quadratic"}
            assert await control(made, multiplier=0.5, **body) == 200
            assert (await heard.next("event_fee_update"))["msg"]["fee_multiplier_override"] == 0.5
        _, order = await made.order("bid", "0.5000", "1.00")
        assert order["average_fee_paid"] == "0.0088"


async def test_liquidity_by_hand_and_what_control_refuses() -> None:
    async with bench() as made:
        level = {"action": "liquidity", "side": "ask", "price": "0.5100", "count": "4.00"}
        assert await control(made, **level) == 200
        book = await made.get(f"/markets/{FED}/orderbook")
        assert book == {"orderbook_fp": {"yes_dollars": [], "no_dollars": [["0.4900", "4.00"]]}}
        assert await control(made, action="dance") == 400
        assert await control(made, action="grid", structure="none") == 400
        assert await control(made, action="determine", result="perhaps") == 400
        assert (await made.http.post("/control/kalshi", json={"action": "pause"})).status == 404
        assert await control(made, action="fee", event="X", type="quadratic", multiplier=1) == 404


async def test_a_market_appears_and_gets_its_strike_later() -> None:
    async with bench() as made:
        ticker = "KXBTC15M-26JAN010000-15"
        async with made.socket("market_lifecycle_v2") as heard:
            asked = {"action": "create", "ticker": ticker, "event": "KXBTC15M-26JAN010000"}
            assert await control(made, **asked, hydrate_ms=500) == 200
            created = (await heard.next("market_lifecycle_v2"))["msg"]
            assert (created["event_type"], created["exchange_index"]) == ("created", 2)
            assert created["additional_metadata"]["event_ticker"] == "KXBTC15M-26JAN010000"
            assert (await made.ask("GET", f"/markets/{ticker}"))[0] == 404
            made.tick(1)
            assert (await made.get(f"/markets/{ticker}"))["market"]["status"] == "active"
            strike = {"floor_strike": 87000.12}
            assert await control(made, action="metadata", ticker=ticker, market=strike) == 200
            assert (await heard.next("market_lifecycle_v2"))["msg"]["floor_strike"] == 87000.12
        assert await control(made, **asked) == 400


async def test_a_market_opens_by_the_clock() -> None:
    async with bench() as made:
        market = {"status": "initialized", "open_time": "2026-01-01T00:01:00Z"}
        asked = {"action": "create", "event": "KXFEDDECISION-26JAN", "market": market}
        assert await control(made, **asked, ticker="KXFEDDECISION-26JAN-C26") == 200
        new: dict[str, Any] = {"ticker": "KXFEDDECISION-26JAN-C26"}
        assert (await made.order("bid", "0.4000", "1.00", **new))[0] == 400
        assert (await made.get("/markets?status=unopened"))["markets"][0]["ticker"] == new["ticker"]
        made.tick(61)
        assert (await made.order("bid", "0.4000", "1.00", **new))[0] == 201
