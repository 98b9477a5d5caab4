"""What was done about a basket and why it holds what it holds, from the trading log alone.

It works while a process runs and when none does. Why nothing is done at the moment is not in the
log: `arbees status` says that of a running process.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from arbees.messages.records import (
    AnyRecord,
    FillBooked,
    FillConfirmed,
    FillVoided,
    IntentMade,
    LegPlan,
    OrderClosed,
    OrderSent,
    OrdersVoided,
    Purpose,
    SettlementBooked,
)
from arbees.pipeline.holdings import DUST_QTY, Holdings
from arbees.pipeline.sizing import SIDES
from arbees.units import format_cash, format_pips, format_qty

WHY = {
    Purpose.BASKET: "buys the basket",
    Purpose.COMPLETE: "legs differ: buys what is missing",
    Purpose.UNWIND: "legs differ: sells the surplus",
}


@dataclass(slots=True)
class BasketStory:
    """`lines`: (ns UTC, what happened), oldest first. `held`: (venue, instrument, side name,
    micro-contracts) of each leg, empty when nothing is held or a leg was paid out."""

    basket_id: str
    trades: int = 0
    repairs: int = 0
    is_uneven: bool = False
    held: list[tuple[str, str, str, int]] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """For --json."""
        return {
            "basket": self.basket_id,
            "trades": self.trades,
            "repairs": self.repairs,
            "uneven": self.is_uneven,
            "held": [
                {"venue": venue, "instrument": name, "side": side, "qty": qty}
                for venue, name, side, qty in self.held
            ],
            "lines": [{"ts_ns": ts_ns, "text": text} for ts_ns, text in self.lines],
        }


def stories(records: Iterable[AnyRecord], query: str = "") -> list[BasketStory]:
    """The story of every basket of a log whose name, intents or orders contain `query`."""
    teller = _Teller()
    for record in records:
        teller.apply(record)
    return [
        teller.finished(story)
        for story in teller.stories.values()
        if query in story.basket_id or any(query in name for name in teller.names[story.basket_id])
    ]


class _Teller:
    """Reads a log and tells each record to the basket that it is about."""

    def __init__(self) -> None:
        self.stories: dict[str, BasketStory] = {}
        self.names: dict[str, list[str]] = {}
        self._intents: dict[str, IntentMade] = {}
        self._legs: dict[str, tuple[IntentMade, LegPlan]] = {}
        self._holdings = Holdings()

    def apply(self, record: AnyRecord) -> None:
        if isinstance(record, SettlementBooked):
            self._paid_out(record)
        self._holdings.apply(record)
        for basket_id, ts_ns, text in self._told(record):
            self.stories[basket_id].lines.append((ts_ns, text))

    def _told(self, record: AnyRecord) -> Iterator[tuple[str, int, str]]:
        match record:
            case IntentMade():
                yield self._intent(record)
            case OrderSent():
                yield from self._of(record.order_id, record.ts_ns, f"follows for {_qty(record)}")
            case FillBooked():
                final = "" if record.is_final else ", its settlement can still fail"
                verb = "sold" if record.is_sell else "bought"
                text = f"{verb} {_fill(record)}{final}"
                yield from self._of(record.order_id, record.ts_ns, text)
            case FillConfirmed():
                text = f"settlement of fill {record.fill_id} is final"
                yield from self._of(record.order_id, record.ts_ns, text)
            case FillVoided():
                text = f"settlement FAILED, taken back: {_fill(record)}"
                yield from self._of(record.order_id, record.ts_ns, text)
            case OrderClosed():
                filled = f"{format_qty(record.qty_filled)} of {_qty(record)}"
                text = f"ended {record.status} ({record.reason}), filled {filled}"
                yield from self._of(record.order_id, record.ts_ns, text)
            case OrdersVoided():
                for order_id in record.order_ids:
                    yield from self._of(order_id, record.ts_ns, "void: the paper venue died")
            case _:
                pass

    def _intent(self, record: IntentMade) -> tuple[str, int, str]:
        basket_id = record.basket_id
        story = self.stories.setdefault(basket_id, BasketStory(basket_id))
        names = self.names.setdefault(basket_id, [])
        names.append(record.intent_id)
        for leg in record.legs:
            self._legs[leg.order_id] = (record, leg)
            names.extend((leg.order_id, leg.instrument_id))
        is_basket = record.purpose is Purpose.BASKET
        story.trades += is_basket
        story.repairs += not is_basket
        legs = "; ".join(_leg(leg) for leg in record.legs)
        outcome = f"${format_cash(record.edge)}"
        nets = f"to net {outcome}" if is_basket else f"{outcome} against what the surplus cost"
        return basket_id, record.ts_ns, f"{WHY[record.purpose]}: {legs}; {nets}"

    def _of(self, order_id: str, ts_ns: int, text: str) -> Iterator[tuple[str, int, str]]:
        found = self._legs.get(order_id)
        if found is not None:
            intent, leg = found
            yield intent.basket_id, ts_ns, f"order {order_id} at {leg.venue}: {text}"

    def _paid_out(self, record: SettlementBooked) -> None:
        for basket_id, held in self._holdings.legs.items():
            if any(key[:2] == (record.venue, record.instrument_id) for key in held):
                cash = f"${format_cash(record.cash)}"
                text = (
                    f"{record.venue} {record.instrument_id} settles at "
                    f"{format_pips(record.payout)}: the account gets {cash}"
                )
                self.stories[basket_id].lines.append((record.ts_ns, text))

    def finished(self, story: BasketStory) -> BasketStory:
        """With what it holds at the end of the log."""
        held = self._holdings.of(story.basket_id)
        story.held = [(venue, name, SIDES[side].name, qty) for (venue, name, side), qty in
                      held.items()]  # fmt: skip
        wanted = max(len(i.legs) for i, _ in self._legs.values() if
                     i.basket_id == story.basket_id)  # fmt: skip
        sizes = [qty for *_, qty in story.held]
        sizes += [0] * (wanted - len(sizes) if sizes else 0)
        story.is_uneven = bool(sizes) and max(sizes) - min(sizes) > DUST_QTY
        return story


def _qty(record: OrderSent | OrderClosed) -> str:
    return format_qty(record.qty)


def _fill(record: FillBooked | FillVoided) -> str:
    side = SIDES[record.side].name
    price, fee = format_pips(record.price), format_cash(record.fee)
    return f"{format_qty(record.qty)} {side} at {price}, fee ${fee}"


def _leg(leg: LegPlan) -> str:
    bound = "at least" if leg.is_sell else "at most"
    stated = f", stating ${format_cash(leg.spend)}" if leg.spend else ""
    waits = ", after the others" if leg.waits else ""
    price = format_pips(leg.price_limit)
    side = SIDES[leg.side].name
    return (
        f"{leg.venue} {leg.instrument_id} {format_qty(leg.qty)} {side} "
        f"{bound} {price}{stated}{waits}"
    )
