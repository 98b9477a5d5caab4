"""The matching core: what an order meets, pays and leaves, and that no money is made or lost."""

from fractions import Fraction

import pytest

from arbees.simulator.exchange.core import Events, Exchange
from arbees.simulator.exchange.events import (
    Ended,
    Kind,
    Level,
    Paid,
    Refusal,
    Traded,
    refusal,
)  # fmt: skip
from arbees.simulator.exchange.fees import FREE, KalshiFees, PolymarketFees
from arbees.simulator.exchange.orders import (
    Market,
    Phase,
    Reason,
    SelfTrade,
    Side,
    Status,
    Terms,
    Tif,
)  # fmt: skip

C = 1_000_000
BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """An exchange with two funded accounts and short words for orders."""

    def __init__(self, market: Market) -> None:
        self.ex = Exchange(seed=1)
        self.ex.add(market)
        self.count = 0
        for name in ("ann", "bob"):
            self.ex.accounts.deposit(name, 1000 * C)

    def send(
        self, who: str, outcome: int, side: Side, price: int, qty: int, **more: object
    ) -> Events:
        self.count += 1
        terms = Terms(who, "M", outcome, side, price, qty * C, **more)  # type: ignore[arg-type]
        return self.ex.submit(terms, f"o{self.count}", self.count)

    def why(self, *args: object, **more: object) -> Refusal | None:
        said = refusal(self.send(*args, **more))  # type: ignore[arg-type]
        return said.reason if said else None


def kalshi() -> Desk:
    return Desk(Market("M", KalshiFees(), nets=True))


def poly(**more: object) -> Desk:
    return Desk(Market("M", PolymarketFees(Fraction(5, 100)), **more))  # type: ignore[arg-type]


def trades(events: Events) -> list[tuple[int, int]]:
    return [(e.trade.price, e.trade.qty // C) for e in events if isinstance(e, Traded)]


def test_price_then_time_at_the_resting_price() -> None:
    desk = kalshi()
    desk.send("bob", 1, BUY, 4500, 5)  # YES ask 0.55
    desk.send("bob", 1, BUY, 4800, 5)  # YES ask 0.52
    desk.send("bob", 1, BUY, 4800, 5)
    said = desk.send("ann", 0, BUY, 9900, 12)
    assert trades(said) == [(5200, 5), (5200, 5), (5500, 2)]
    assert desk.ex.snapshot("M") == ([], [(5500, 3 * C)])
    taker = desk.ex.orders["o4"]
    assert (taker.status, taker.cost_taker) == (Status.EXECUTED, 10 * 520_000 + 2 * 550_000)
    assert desk.ex.holding("ann", "M").qty == [12 * C, 0]
    assert desk.ex.accounts.total() == 2000 * C


def test_kalshi_nets_yes_against_no_and_pays_the_dollar() -> None:
    desk = kalshi()
    desk.ex.record("M", {4700: 10 * C}, {5200: 10 * C}, 0)
    desk.send("ann", 0, BUY, 5200, 3)
    before = desk.ex.accounts.balance("ann")
    desk.send("ann", 1, BUY, 5300, 5, tif=Tif.IOC)
    holding = desk.ex.holding("ann", "M")
    assert holding.qty == [0, 2 * C]
    fee = holding.fees - 52_500
    assert desk.ex.accounts.balance("ann") == before - 5 * 530_000 + 3 * C - fee
    assert holding.realized == 3 * C - 3 * 520_000 - 3 * 530_000
    assert holding.cost == [0, 2 * 530_000]
    assert desk.ex.accounts.total() == 2000 * C


def test_closing_binds_no_cash() -> None:
    desk = kalshi()
    desk.ex.record("M", {}, {5000: 2000 * C}, 0)
    desk.send("ann", 0, BUY, 5000, 1900)
    assert desk.ex.accounts.free("ann") < 20 * C
    assert desk.why("ann", 0, BUY, 4000, 100) is Refusal.INSUFFICIENT_BALANCE
    assert desk.why("ann", 1, BUY, 6000, 1900, post_only=True) is None
    assert desk.why("ann", 1, BUY, 6000, 100, post_only=True) is Refusal.INSUFFICIENT_BALANCE


@pytest.mark.parametrize("qty", [11, 10])
def test_fill_or_kill(qty: int) -> None:
    desk = poly()
    desk.ex.record("M", {}, {5000: 6 * C, 5100: 4 * C}, 0)
    said = desk.why("ann", 0, BUY, 5100, qty, tif=Tif.FOK)
    assert said is (Refusal.FOK_KILLED if qty == 11 else None)
    assert desk.ex.holding("ann", "M").qty[0] == (0 if qty == 11 else 10 * C)


def test_immediate_or_cancel_drops_the_rest() -> None:
    desk = poly()
    desk.ex.record("M", {}, {5000: 6 * C}, 0)
    said = desk.send("ann", 0, BUY, 5000, 10, tif=Tif.IOC)
    ended = [e for e in said if isinstance(e, Ended)]
    assert [(e.reason, e.left) for e in ended] == [(Reason.UNFILLED, 4 * C)]
    assert desk.ex.orders["o1"].status is Status.CANCELED
    assert desk.ex.resting() == []


def test_self_trades() -> None:
    desk = kalshi()
    desk.send("ann", 1, BUY, 4800, 5)
    desk.ex.record("M", {}, {5100: 2 * C}, 0)
    taker = desk.send("ann", 0, BUY, 5200, 9)
    assert trades(taker) == [(5100, 2)]
    assert desk.ex.orders["o2"].reason is Reason.SELF_TRADE
    assert desk.ex.orders["o1"].status is Status.RESTING
    fok = desk.send("ann", 0, BUY, 5200, 9, tif=Tif.FOK)
    assert refusal(fok) is None
    assert desk.ex.orders["o3"].filled == 0
    desk.send("ann", 0, BUY, 5200, 9, self_trade=SelfTrade.MAKER)
    assert desk.ex.orders["o1"].reason is Reason.SELF_TRADE
    assert desk.ex.orders["o4"].status is Status.RESTING


def test_post_only_reduce_only_and_the_form_of_an_order() -> None:
    desk = kalshi()
    desk.ex.record("M", {4700: 10 * C}, {5200: 10 * C}, 0)
    assert desk.why("ann", 0, BUY, 5200, 1, post_only=True) is Refusal.POST_ONLY_CROSS
    assert desk.why("ann", 0, BUY, 5100, 1, post_only=True) is None
    desk.ex.cancel("o2", 3)
    assert desk.why("ann", 0, BUY, 5250, 1) is Refusal.INVALID_PRICE
    assert desk.why("ann", 0, BUY, 10_000, 1) is Refusal.INVALID_PRICE
    assert desk.why("ann", 0, BUY, 5200, 0) is Refusal.INVALID_SIZE
    assert desk.why("ann", 1, BUY, 6000, 1, reduce_only=True, tif=Tif.IOC) is Refusal.NO_POSITION
    desk.send("ann", 0, BUY, 5200, 3)
    assert desk.why("ann", 1, BUY, 6000, 9, reduce_only=True) is Refusal.NO_POSITION
    desk.send("ann", 1, BUY, 6000, 9, reduce_only=True, tif=Tif.IOC)
    assert desk.ex.holding("ann", "M").qty == [0, 0]


def test_tags_are_burnt_for_ever_even_by_kills() -> None:
    desk = kalshi()
    assert desk.why("ann", 0, BUY, 5000, 1, tag="x", tif=Tif.FOK) is Refusal.FOK_KILLED
    assert desk.why("ann", 0, BUY, 5000, 1, tag="x") is Refusal.DUPLICATE
    assert desk.why("bob", 0, BUY, 5000, 1, tag="x") is None
    assert desk.why("ann", 0, BUY, 5050, 1, tag="y") is Refusal.INVALID_PRICE
    assert desk.why("ann", 0, BUY, 5000, 1, tag="y") is None


def test_mint_and_merge_on_mirrored_books() -> None:
    desk = poly()
    desk.send("bob", 1, BUY, 4500, 10)
    assert desk.ex.snapshot("M")[1] == [(5500, 10 * C)]
    said = desk.send("ann", 0, BUY, 6000, 10)
    trade = next(e.trade for e in said if isinstance(e, Traded))
    assert (trade.kind, trade.taker.price, trade.maker.price) == (Kind.MINT, 5500, 4500)
    assert trade.maker.fee == 0
    assert trade.taker.fee == 123_750
    desk.send("bob", 1, SELL, 4000, 4)
    said = desk.send("ann", 0, SELL, 5900, 4)
    trade = next(e.trade for e in said if isinstance(e, Traded))
    assert (trade.kind, trade.taker.price, trade.maker.price) == (Kind.MERGE, 6000, 4000)
    assert desk.ex.holding("ann", "M").qty == [6 * C, 0]
    assert desk.ex.accounts.collateral["M"] == 6 * C
    assert desk.ex.accounts.total() == 2000 * C


def test_shares_are_not_sold_twice_nor_before_they_are_mined() -> None:
    desk = poly(deferred=True)
    desk.ex.record("M", {}, {5000: 10 * C}, 0)
    said = desk.send("ann", 0, BUY, 5000, 10)
    trade = next(e.trade for e in said if isinstance(e, Traded))
    assert desk.why("ann", 0, SELL, 6000, 5) is Refusal.INSUFFICIENT_SHARES
    desk.ex.confirm(trade)
    assert desk.why("ann", 0, SELL, 6000, 6) is None
    assert desk.why("ann", 0, SELL, 6000, 5) is Refusal.INSUFFICIENT_SHARES


def test_a_failed_trade_gives_everything_back() -> None:
    desk = poly(deferred=True, mint_share=100)
    desk.ex.record("M", {}, {5030: 10 * C}, 0)
    desk.ex.markets["M"].bands = ((0, 10_000, 10),)
    said = desk.send("ann", 0, BUY, 5030, 7)
    trade = next(e.trade for e in said if isinstance(e, Traded))
    assert trade.kind is Kind.MINT
    desk.ex.fail(trade)
    assert desk.ex.accounts.balance("ann") == 1000 * C
    assert desk.ex.holding("ann", "M").qty == [0, 0]
    assert desk.ex.accounts.total() == 2000 * C


def test_a_budget_is_spent_whole_with_price_improvement() -> None:
    desk = Desk(Market("M", FREE, qty_grain=100))
    desk.ex.record("M", {}, {5000: 60 * C, 5600: 1000 * C}, 0)
    said = desk.send("ann", 0, BUY, 5600, 0, budget=100 * C, tif=Tif.FOK)
    assert trades(said)[0] == (5000, 60)
    order = desk.ex.orders["o1"]
    assert order.status is Status.EXECUTED
    assert 100 * C - order.spent < 100
    assert order.filled == 60 * C + 125_000_000
    assert desk.why("ann", 0, BUY, 5600, 0, budget=600 * C, tif=Tif.FOK) is Refusal.FOK_KILLED
    assert desk.why("ann", 0, BUY, 5600, 0, budget=600 * C) is Refusal.INVALID_TERMS


def test_recorded_levels_meet_resting_orders_that_they_cross() -> None:
    desk = kalshi()
    desk.send("ann", 0, BUY, 5000, 5)
    said = desk.ex.record_level("M", False, 4900, 3 * C, 9)
    assert trades(said) == [(5000, 3)]
    assert desk.ex.snapshot("M") == ([(5000, 2 * C)], [])
    trade = next(e.trade for e in said if isinstance(e, Traded))
    assert trade.maker.account == "ann"
    assert not trade.maker.is_taker
    said = desk.ex.prints("M", False, 4800, 1 * C, 10)
    assert trades(said) == [(5000, 1)]
    assert desk.ex.record("M", {5000: 4 * C}, {4900: 3 * C}, 11)[-1] == Level(
        "M", True, 5000, 1 * C, 5 * C, None
    )


def test_a_print_at_the_price_first_takes_what_stood_before() -> None:
    desk = kalshi()
    desk.ex.record("M", {5000: 10 * C}, {}, 0)
    desk.send("ann", 0, BUY, 5000, 5)
    assert trades(desk.ex.prints("M", False, 5000, 8 * C, 1)) == []
    assert trades(desk.ex.prints("M", False, 5000, 4 * C, 2)) == [(5000, 2)]
    assert trades(desk.ex.prints("M", False, 5100, 4 * C, 2)) == []


def test_amend_keeps_its_place_only_when_it_gets_smaller() -> None:
    desk = kalshi()
    for who in ("ann", "bob"):
        desk.send(who, 0, BUY, 5000, 5)
    terms = desk.ex.orders["o1"].terms
    small = Terms("ann", "M", 0, BUY, 5000, 3 * C)
    assert refusal(desk.ex.amend("o1", small, 9)) is None
    assert [o.id for o in desk.ex.book("M").orders(True)] == ["o1", "o2"]
    assert refusal(desk.ex.amend("o1", terms, 9)) is None
    assert [o.id for o in desk.ex.book("M").orders(True)] == ["o2", "o1"]
    desk.ex.record("M", {}, {5400: 2 * C}, 9)
    said = desk.ex.amend("o1", Terms("ann", "M", 0, BUY, 5400, 6 * C), 10)
    assert trades(said) == [(5400, 2)]
    assert desk.ex.orders["o1"].remaining == 4 * C
    bad = desk.ex.amend("o1", Terms("ann", "M", 0, BUY, 5450, 6 * C), 10)
    assert bad[0].reason is Refusal.INVALID_PRICE  # type: ignore[union-attr]
    assert desk.ex.snapshot("M")[0] == [(5400, 4 * C), (5000, 5 * C)]
    assert refusal(desk.ex.amend("o1", Terms("ann", "M", 0, BUY, 5400, 2 * C), 10)) is not None
    assert refusal(desk.ex.amend("o9", terms, 10)) is not None


def test_decrease_and_cancel() -> None:
    desk = kalshi()
    desk.send("ann", 0, BUY, 5000, 5)
    assert refusal(desk.ex.decrease("o1", 6 * C, 2, account="ann")) is not None
    assert refusal(desk.ex.decrease("o1", 2 * C, 2, account="bob")) is not None
    free = desk.ex.accounts.free("ann")
    desk.ex.decrease("o1", 2 * C, 2, account="ann")
    assert desk.ex.accounts.free("ann") > free
    assert desk.ex.orders["o1"].terms.qty == 2 * C
    assert refusal(desk.ex.cancel("o1", 3, account="ann")) is None
    assert refusal(desk.ex.cancel("o1", 3, account="ann")) is not None
    assert desk.ex.accounts.free("ann") == 1000 * C
    desk.send("ann", 0, BUY, 5000, 5)
    desk.ex.decrease("o2", 0, 2, account="ann")
    assert desk.ex.orders["o2"].status is Status.CANCELED


def test_expiry_pauses_and_closing() -> None:
    desk = kalshi()
    desk.send("ann", 0, BUY, 5000, 1, expires_ns=100)
    desk.send("ann", 0, BUY, 5000, 1, cancel_on_pause=True)
    desk.send("ann", 0, BUY, 5000, 1)
    assert desk.ex.advance(99) == ()
    desk.ex.advance(100)
    assert desk.ex.orders["o1"].reason is Reason.EXPIRY
    desk.ex.pause(True, 101)
    assert desk.ex.orders["o2"].reason is Reason.HALT
    assert desk.why("ann", 0, BUY, 5000, 1) is Refusal.TRADING_PAUSED
    assert refusal(desk.ex.cancel("o3", 102)) is None
    desk.ex.pause(False, 103)
    desk.send("ann", 0, BUY, 5000, 1)
    desk.ex.turn("M", Phase.PAUSED, 104)
    assert desk.why("ann", 0, BUY, 5000, 1) is Refusal.MARKET_INACTIVE
    desk.ex.turn("M", Phase.OPEN, 105)
    assert desk.ex.resting() == []
    desk.send("ann", 0, BUY, 5000, 1)
    desk.ex.turn("M", Phase.CLOSED, 106)
    assert refusal(desk.ex.cancel("o7", 107)) is not None
    desk.ex.gate.exchange_paused = True
    assert desk.why("ann", 0, BUY, 5000, 1) is Refusal.EXCHANGE_PAUSED


@pytest.mark.parametrize("payout", [10_000, 0, 5_000, 3_333])
def test_settlement_pays_both_sides_of_a_dollar(payout: int) -> None:
    desk = kalshi()
    desk.send("bob", 1, BUY, 4800, 5)
    desk.send("ann", 0, BUY, 5200, 5)
    desk.send("ann", 0, BUY, 1000, 5)
    paid = [e for e in desk.ex.settle("M", payout, 9) if isinstance(e, Paid)]
    assert {e.account: e.cash for e in paid} == {
        "ann": 5 * payout * 100, "bob": 5 * (10_000 - payout) * 100,
    }  # fmt: skip
    assert desk.ex.resting() == []
    assert desk.ex.accounts.total() == 2000 * C
    assert desk.why("ann", 0, BUY, 5000, 1) is Refusal.MARKET_INACTIVE
