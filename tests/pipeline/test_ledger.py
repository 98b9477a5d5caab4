"""The ledger nets as the venue nets, and a log rebuilds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages.commands import LegSide
from arbees.messages.records import AnyRecord, CashSet, FillBooked, SettlementBooked
from arbees.pipeline.ledger import Ledger, rebuild
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, instruments

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


def test_the_day_turns() -> None:
    ledger = Ledger()
    ledger.settle(SettlementBooked("kalshi", "A", 0, 0, -5, 1))
    ledger.settle(SettlementBooked("kalshi", "A", 0, 0, -7, 86_400 * 10**9 + 1))
    assert (ledger.realised, ledger.realised_today) == (-12, -7)
