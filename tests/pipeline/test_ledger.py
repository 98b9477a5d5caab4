"""The ledger nets as the venue nets, and a log rebuilds it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages.commands import LegSide
from arbees.messages.records import AnyRecord, CashSet, FillBooked, SettlementBooked
from arbees.pipeline.ledger import Ledger, rebuild
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, instruments
from tests.reference.tradelog import totals

NETTING = frozenset({"kalshi"})


def fill(side: LegSide, price: int, qty: int, fee: int = 0, venue: str = "kalshi") -> FillBooked:
    return FillBooked("f", "o", "i", venue, "KX-A", side, price, qty, fee, 1)


def test_buying_the_other_side_closes_pairs_and_returns_a_dollar() -> None:
    ledger = Ledger()
    ledger.set_cash("kalshi", 100 * CONTRACT)
    ledger.fill(fill(LegSide.YES, 4_000, 10 * CONTRACT, 100), nets=True)
    ledger.fill(fill(LegSide.NO, 5_000, 4 * CONTRACT), nets=True)
    assert ledger.positions[("kalshi", "KX-A")].qty == 6 * CONTRACT
    assert ledger.cash["kalshi"] == 100 * CONTRACT - 4_000_100 - 2 * CONTRACT + 4 * CONTRACT
    assert ledger.realised == 4 * CONTRACT - 1_600_040 - 2 * CONTRACT
    ledger.fill(fill(LegSide.NO, 5_000, 8 * CONTRACT), nets=True)
    assert ledger.positions[("kalshi", "KX-A")].qty == -2 * CONTRACT
    assert ledger.positions[("kalshi", "KX-A")].cost == CONTRACT


def test_tokens_are_independent_longs() -> None:
    ledger = Ledger()
    ledger.set_cash("polymarket", 100 * CONTRACT)
    ledger.fill(fill(LegSide.YES, 4_000, CONTRACT, venue="polymarket"), nets=False)
    yes, token = instruments()
    assert ledger.qty(token) == 0
    assert not ledger.would_net(token, LegSide.YES)
    assert ledger.cost(yes) == 0


def test_would_net_looks_at_the_held_side() -> None:
    ledger = Ledger()
    kalshi = instruments()[KALSHI]
    ledger.fill(fill(LegSide.NO, 4_000, CONTRACT), nets=True)
    assert ledger.would_net(kalshi, LegSide.YES)
    assert not ledger.would_net(kalshi, LegSide.NO)
    assert ledger.cost(kalshi) == 400_000
    assert not ledger.would_net(instruments()[TOKEN], LegSide.NO)


def test_settlement_of_nothing_is_nothing() -> None:
    assert Ledger().settlement("kalshi", "X", 10_000, 1) is None


@pytest.mark.parametrize(
    ("side", "payout", "cash"),
    [
        (LegSide.YES, 10_000, 10),
        (LegSide.YES, 5_000, 5),
        (LegSide.NO, 0, 10),
        (LegSide.NO, 2_500, 7.5),
    ],
)
def test_settlement_pays_each_side(side: LegSide, payout: int, cash: float) -> None:
    ledger = Ledger()
    ledger.fill(fill(side, 5_000, 10 * CONTRACT), nets=True)
    record = ledger.settlement("kalshi", "KX-A", payout, 1)
    assert record is not None
    assert record.cash == cash * CONTRACT
    ledger.settle(record)
    assert ledger.positions == {}


records = st.lists(
    st.builds(
        fill,
        st.sampled_from(list(LegSide)),
        st.integers(1, 9_999),
        st.integers(1, 300).map(lambda n: n * 10_000),
        st.integers(0, 1_000),
    ),
    max_size=20,
)


@given(records)
def test_money_is_conserved_and_a_rebuild_agrees(fills: list[FillBooked]) -> None:
    log: list[AnyRecord] = [CashSet("kalshi", 10**9, 0), *fills]
    ledger = rebuild(log, NETTING)
    spent = sum(-(-f.price * f.qty // 10_000) + f.fee for f in fills)
    yes = sum(f.qty for f in fills if f.side is LegSide.YES)
    no = sum(f.qty for f in fills if f.side is LegSide.NO)
    assert ledger.cash["kalshi"] == 10**9 - spent + min(yes, no)
    held = ledger.positions.get(("kalshi", "KX-A"))
    assert (held.qty if held else 0) == yes - no
    cost = held.cost if held else 0
    assert ledger.realised == ledger.cash["kalshi"] + cost - 10**9
    log.append(SettlementBooked("kalshi", "KX-A", yes - no, 10_000, max(yes - no, 0), 2))
    assert rebuild(log, NETTING).positions == {}


def booked(
    number: int, venue: str, side: LegSide, price: int, qty: int, fee: int, *, is_sell: bool
) -> FillBooked:
    is_final = venue == "kalshi" or number % 2 == 0
    return FillBooked(
        f"f{number}", "o", "i", venue, "M", side, price, qty, fee, number, "b", is_final, is_sell
    )


@st.composite
def lives(draw: st.DrawFn) -> list[AnyRecord]:
    """Purchases and sales of what is held, on both venues, some of them taken back later."""
    log: list[AnyRecord] = [CashSet(venue, 10**9, 0) for venue in ("kalshi", "polymarket")]
    ledger = rebuild(log, NETTING)
    for number in range(1, draw(st.integers(1, 15))):
        venue = draw(st.sampled_from(["kalshi", "polymarket"]))
        is_kalshi = venue == "kalshi"
        held = ledger.positions.get((venue, "M"))
        have = held.qty if held else 0
        side = draw(st.sampled_from(list(LegSide))) if is_kalshi else LegSide.YES
        qty = draw(st.integers(1, 300)) * 10_000
        is_sell = draw(st.booleans()) and (is_kalshi or have >= qty)
        record = booked(
            number, venue, side, draw(st.integers(1, 9_999)), qty, draw(st.integers(0, 1_000)),
            is_sell=is_sell,
        )  # fmt: skip
        ledger.fill(record, is_kalshi)
        log.append(record)
        if draw(st.booleans()) and ledger.pending:
            void = ledger.voiding(draw(st.sampled_from(sorted(ledger.pending))), number)
            assert void is not None
            ledger.void(void)
            ledger.void(void)
            log.append(void)
    return log


@given(lives())
def test_a_log_of_purchases_sales_and_voids_sums_up_as_the_oracle_says(
    log: list[AnyRecord],
) -> None:
    ledger = rebuild(log, NETTING)
    truth = totals([msgspec.json.decode(msgspec.json.encode(record)) for record in log])
    assert truth.cash == ledger.cash
    assert truth.positions == {key: p.qty for key, p in ledger.positions.items()}
    assert sum(truth.fees.values()) == ledger.fees
    assert set(truth.waiting) == set(ledger.pending)
    cost = sum(p.cost for p in ledger.positions.values())
    assert ledger.realised == sum(ledger.cash.values()) + cost - 2 * 10**9


def test_a_sale_realises_its_part_of_the_cost() -> None:
    ledger = Ledger()
    ledger.set_cash("polymarket", 100 * CONTRACT)
    buy, sale = (
        booked(n, "polymarket", LegSide.YES, price, qty * CONTRACT, 10, is_sell=n == 2)
        for n, price, qty in ((1, 4_000, 10), (2, 5_000, 4))
    )
    ledger.fill(buy, nets=False)
    ledger.fill(sale, nets=False)
    held = ledger.positions[("polymarket", "M")]
    assert (held.qty, held.cost) == (6 * CONTRACT, 4_000_010 - 1_600_004)
    assert ledger.realised == 1_999_990 - 1_600_004
    assert ledger.cash["polymarket"] == 100 * CONTRACT - 4_000_010 + 1_999_990
    assert ledger.holdings.of("b") == {("polymarket", "M", 0): 6 * CONTRACT}


@pytest.mark.parametrize("side", list(LegSide))
def test_a_sale_at_kalshi_is_the_purchase_of_the_other_side(side: LegSide) -> None:
    other = LegSide(1 - side)
    ends = []
    for record in (
        booked(2, "kalshi", side, 6_300, 4 * CONTRACT, 7, is_sell=True),
        booked(2, "kalshi", other, 3_700, 4 * CONTRACT, 7, is_sell=False),
    ):
        ledger = Ledger()
        ledger.fill(booked(0, "kalshi", side, 4_000, 10 * CONTRACT, 0, is_sell=False), nets=True)
        ledger.fill(record, nets=True)
        ends.append((ledger.cash, ledger.realised, ledger.positions, ledger.fees))
    assert ends[0] == ends[1]


def test_the_day_turns() -> None:
    ledger = Ledger()
    ledger.settle(SettlementBooked("kalshi", "A", 0, 0, -5, 1))
    ledger.settle(SettlementBooked("kalshi", "A", 0, 0, -7, 86_400 * 10**9 + 1))
    assert (ledger.realised, ledger.realised_today) == (-12, -7)
