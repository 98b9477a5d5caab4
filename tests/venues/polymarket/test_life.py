"""An order is done only when nothing rests and every matched share was reported, in any order."""

import json
from itertools import permutations
from typing import Any

import msgspec
import pytest

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.messages import events as ev
from arbees.messages.events import TradeStage
from arbees.venues.polymarket import orders
from arbees.venues.polymarket.amounts import Amounts
from arbees.venues.polymarket.life import Life, OrderLives
from arbees.venues.polymarket.orders import OrderType, SignedOrder
from arbees.venues.polymarket.replies import Placed, PlaceStatus
from arbees.venues.polymarket.trades import Trade

YES = "2174"
FREE = FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET)
SPORTS = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)
SHARE = 1_000_000


def signed(
    name: str = "o", shares: int = 15, kind: OrderType = OrderType.FAK, *, is_buy: bool = True
) -> SignedOrder:
    dollars = shares // 2
    amounts = Amounts(dollars * SHARE, shares * SHARE)
    if not is_buy:
        amounts = Amounts(*reversed(amounts))
    return SignedOrder(name, f"0x{name}", amounts, is_buy, kind, b"")


def born(
    kind: OrderType = OrderType.FAK, fee: FeeTerm = FREE, *, is_buy: bool = True
) -> tuple[OrderLives, Life]:
    lives = OrderLives(lambda token, ts: fee)
    return lives, lives.add(signed(kind=kind, is_buy=is_buy), YES, 5)


def trade(status: str = "MATCHED", name: str = "t1", size: str = "15", **more: Any) -> Trade:
    said = {
        "id": name, "taker_order_id": "0xo", "market": "m", "asset_id": YES, "side": "BUY",
        "size": size, "price": "0.5", "status": status, "maker_orders": [], "timestamp": "7000",
    }  # fmt: skip
    return msgspec.json.decode(json.dumps(said | more).encode(), type=Trade)


def placed(status: PlaceStatus, shares: int = 0) -> Placed:
    return Placed("0xo", status, shares * SHARE // 2, shares * SHARE, ())


def kinds(events: list[ev.EngineEvent]) -> list[str]:
    shown = []
    for event in events:
        match event:
            case ev.OrderAnswer():
                shown.append(f"{event.status.value}:{event.reason}")
            case ev.FillReport():
                shown.append(f"fill:{event.qty // SHARE}@{event.price}+{event.fee}")
            case ev.FillProgress():
                shown.append(event.stage.value)
    return shown


def test_the_answer_first_then_the_fill() -> None:
    lives, life = born(fee=SPORTS)
    assert kinds(lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1)) == []
    # 15 * 0.05 * 0.25 = 0.1875 dollars
    assert kinds(lives.trade(trade())) == ["fill:15@5000+187500", "matched", "done:filled"]
    assert life.is_ended
    assert lives.open() == []


def test_the_fill_first_then_the_answer() -> None:
    lives, life = born()
    assert kinds(lives.trade(trade())) == ["fill:15@5000+0", "matched"]
    assert kinds(lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1)) == ["done:filled"]


def test_a_part_is_filled_and_the_rest_dropped() -> None:
    lives, life = born()
    assert kinds(lives.placed(life, placed(PlaceStatus.MATCHED, 9), 1)) == []
    assert kinds(lives.trade(trade(size="4"))) == ["fill:4@5000+0", "matched"]
    assert kinds(lives.trade(trade(name="t2", size="5"))) == [
        "fill:5@5000+0", "matched", "done:partial",
    ]  # fmt: skip


def test_a_match_without_amounts_waits_for_the_count() -> None:
    lives, life = born()
    assert kinds(lives.placed(life, placed(PlaceStatus.MATCHED), 1)) == []
    assert kinds(lives.trade(trade(size="4"))) == ["fill:4@5000+0", "matched"]
    assert lives.open() == [life]
    assert kinds(lives.told(life, 4 * SHARE, "canceled", 9)) == ["done:partial"]


def test_every_order_of_three_voices_gives_the_same_end() -> None:
    for order in permutations(range(3)):
        lives, life = born()
        said: list[str] = []
        for voice in order:
            match voice:
                case 0:
                    said += kinds(lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1))
                case 1:
                    said += kinds(lives.told(life, 15 * SHARE, "filled", 1))
                case _:
                    said += kinds(lives.trade(trade()))
        assert sorted(set(said) - {"accepted:matched"}) == [
            "done:filled", "fill:15@5000+0", "matched",
        ]  # fmt: skip
        assert said[-1] == "done:filled" or order[-1] == 2


def test_a_trade_is_told_once_per_status_and_filled_once() -> None:
    lives, life = born()
    lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1)
    lives.trade(trade())
    assert lives.trade(trade()) == []
    assert kinds(lives.trade(trade("MINED"))) == ["mined"]
    assert kinds(lives.trade(trade("RETRYING"))) == ["retrying"]
    assert lives.trade(trade()) == []  # an old word, late
    assert kinds(lives.trade(trade("MINED"))) == ["mined"]
    assert kinds(lives.trade(trade("TRADE_STATUS_CONFIRMED"))) == ["confirmed"]
    assert lives.trade(trade("FAILED")) == []
    assert life.filled == 15 * SHARE


@pytest.mark.parametrize("first_has_makers", [True, False])
def test_a_trade_told_with_and_without_its_makers_is_one_fill(*, first_has_makers: bool) -> None:
    makers = [{"order_id": "0xm", "asset_id": YES, "matched_amount": "15", "price": "0.5"}]
    said: tuple[dict[str, Any], ...] = ({"maker_orders": makers}, {"maker_orders": []})
    lives, life = born()
    events = lives.trade(trade(**said[not first_has_makers]))
    events += lives.trade(trade("MINED", **said[first_has_makers]))
    events += lives.trade(trade("FAILED", **said[not first_has_makers]))
    fills = [event for event in events if isinstance(event, ev.FillReport)]
    assert [fill.qty for fill in fills] == [15 * SHARE]
    assert life.filled == 15 * SHARE
    progress = {event.fill_id for event in events if isinstance(event, ev.FillProgress)}
    assert progress == {fills[0].fill_id}


def test_a_failed_settlement_is_told() -> None:
    lives, life = born()
    lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1)
    lives.trade(trade())
    (event,) = lives.trade(trade("FAILED"))
    assert event == ev.FillProgress("o", "t1:taker", TradeStage.FAILED, 7_000_000_000_000)


def test_a_trade_first_heard_of_as_failed_never_was() -> None:
    lives, life = born()
    lives.placed(life, placed(PlaceStatus.MATCHED, 15), 1)
    assert kinds(lives.trade(trade("FAILED"))) == ["failed", "done:filled"]
    assert kinds(lives.trade(trade("FAILED"))) == []


@pytest.mark.parametrize(
    ("status", "is_final"), [("MATCHED", False), ("RETRYING", False), ("CONFIRMED", True)]
)
def test_a_fill_is_final_only_when_its_trade_is_confirmed(status: str, is_final: bool) -> None:
    lives, _ = born()
    (fill,) = [e for e in lives.trade(trade(status)) if isinstance(e, ev.FillReport)]
    assert fill.is_final is is_final


def test_the_late_word_mined_is_a_fill_too() -> None:
    lives, _ = born()
    assert kinds(lives.trade(trade("MINED"))) == ["fill:15@5000+0", "mined"]


def test_a_resting_order_lives_on() -> None:
    lives, life = born(OrderType.GTC)
    assert kinds(lives.placed(life, placed(PlaceStatus.LIVE), 1)) == ["accepted:live"]
    assert lives.told(life, 0, None, 2) == []
    assert kinds(lives.trade(trade(size="4"))) == ["fill:4@5000+0", "matched"]
    assert lives.told(life, 4 * SHARE, None, 2) == []
    assert kinds(lives.told(life, 4 * SHARE, "venue_cancel", 3)) == ["done:venue_cancel"]
    assert lives.told(life, 4 * SHARE, "venue_cancel", 3) == []


def test_a_marketable_part_of_a_resting_order() -> None:
    lives, life = born(OrderType.GTC)
    assert kinds(lives.placed(life, placed(PlaceStatus.MATCHED, 4), 1)) == ["accepted:matched"]
    lives.trade(trade(size="4"))
    assert kinds(lives.trade(trade(name="t2", size="11"))) == ["fill:11@5000+0", "matched"]
    assert kinds(lives.told(life, 15 * SHARE, None, 3)) == ["done:filled"]


def test_a_sale_counts_what_it_gives() -> None:
    lives, life = born(is_buy=False)
    assert life.qty == 15 * SHARE
    lives.placed(life, Placed("0xo", PlaceStatus.MATCHED, 15 * SHARE, 7 * SHARE, ()), 1)
    assert kinds(lives.trade(trade(side="SELL"))) == ["fill:15@5000+0", "matched", "done:filled"]


def test_a_cancel_without_a_count_is_not_believed() -> None:
    """The capture of a killed order says size_matched "": some of it may have been matched."""
    lives, life = born()
    assert lives.told(life, None, "fok_not_filled", 1) == []
    assert lives.open() == [life]
    assert kinds(lives.told(life, 0, "canceled", 2)) == ["done:fok_not_filled"]


def test_refusals_unknowns_and_plain_ends() -> None:
    lives, life = born()
    assert kinds(lives.unknown(life, "no answer", 1)) == ["unknown:no answer"]
    assert lives.unknown(life, "again", 2) == []
    assert kinds(lives.refused(life, "not_found", 3)) == ["rejected:not_found"]
    assert lives.refused(life, "twice", 3) == []
    assert lives.unknown(life, "late", 4) == []
    assert lives.placed(life, placed(PlaceStatus.DELAYED), 5) == []
    lives, life = born()
    assert kinds(lives.placed(life, placed(PlaceStatus.DELAYED), 1)) == ["accepted:delayed"]
    assert kinds(lives.unfilled(life, "fak_no_match", 2)) == ["done:fak_no_match"]


def test_an_unreadable_fee_is_the_highest() -> None:
    odd = FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET, is_known=False)
    lives, _ = born(fee=odd)
    assert kinds(lives.trade(trade()))[0] == "fill:15@5000+262500"


def test_what_is_not_ours_is_counted() -> None:
    lives, _ = born()
    assert lives.trade(trade(taker_order_id="0xelse")) == []
    assert lives.foreign == 1
    with pytest.raises(WireError):
        lives.trade(trade("LOST"))
    assert lives.stages == {}


def test_old_orders_are_forgotten_and_open_ones_never() -> None:
    lives, life = born()
    for number in range(5):
        other = lives.add(signed(f"n{number}"), YES, 6)
        lives.trade(trade("CONFIRMED", f"t{number}", taker_order_id=other.venue_id))
        lives.told(other, 15 * SHARE, None, 7)
    lives.trade(trade("MATCHED", "early"))
    lives.prune(2)
    assert set(lives.by_order) == {"o", "n3", "n4"}
    assert set(lives.by_venue) == {"0xo", "0xn3", "0xn4"}
    assert set(lives.stages) == {"t4", "early"}
    lives.forget(life)
    assert "o" not in lives.by_order


def test_marketable_orders_do_not_rest() -> None:
    assert {OrderType.FAK, OrderType.FOK} == orders.MARKETABLE
    assert born(OrderType.GTD)[1].rests
    assert not born(OrderType.FOK)[1].rests
