"""What happens to markets and to the exchange besides trading (kalshi.md sections 5.2 and 11).

One rule: opening and closing by the clock is silent; all else is said on the lifecycle channel.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Any
from zoneinfo import ZoneInfo

from arbees.simulator.exchange.orders import Phase
from arbees.simulator.faults import Fault
from arbees.simulator.kalshi import shapes
from arbees.simulator.kalshi.desk import Desk, bands_of
from arbees.simulator.kalshi.errors import Problem, bad_request, not_found
from arbees.simulator.kalshi.fee_calendar import CHANNEL, FeeCalendar
from arbees.simulator.kalshi.grids import GRIDS
from arbees.simulator.kalshi.publish import Publisher
from arbees.units import NS_PER_MS, NS_PER_S, PIPS_PER_DOLLAR, format_pips, parse_pips

Body = dict[str, Any]
EASTERN = ZoneInfo("America/New_York")
THURSDAY = 3
PAUSE_FROM, PAUSE_TO = 3, 5
PAYOUTS = {"yes": PIPS_PER_DOLLAR, "no": 0}


class Life:
    """The clock's and the operator's hand on the venue."""

    def __init__(self, desk: Desk, publisher: Publisher) -> None:
        self._desk = desk
        self._publisher = publisher
        self.fees = FeeCalendar(desk, publisher.hub)
        self._turns: list[tuple[int, str, str]] = []
        self._due: list[tuple[int, Callable[[], None]]] = []
        self._paused_until = 0
        self._halted_until = 0
        for ticker, body in desk.markets.items():
            self._plan(ticker, body)
        for name, act in (
            ("pause", self._pause), ("exchange_pause", self._halt),
            ("engine_restart", self._restart), ("tick_change", self._tick_fault),
            ("overflow", self._overflow),
        ):  # fmt: skip
            desk.faults.on(name, "kalshi", act)

    def _plan(self, ticker: str, body: Body) -> None:
        """The openings and closings that happen by the clock."""
        for name in ("open_time", "close_time"):
            if body.get(name):
                at = shapes.seconds_of(body[name]) * NS_PER_S
                heappush(self._turns, (at, ticker, name))

    def _by_the_clock(self, ticker: str, name: str) -> None:
        status = self._desk.markets[ticker].get("status")
        if name == "open_time" and status == "initialized":
            self._turn(ticker, Phase.OPEN, "active")
        elif name == "close_time" and status in ("active", "inactive", "initialized"):
            self._turn(ticker, Phase.CLOSED, "closed")

    def _say(self, ticker: str, kind: str, **more: Any) -> None:
        msg = {"market_ticker": ticker, "event_type": kind, **more}
        self._publisher.hub.say(CHANNEL, CHANNEL, msg)

    def _turn(self, ticker: str, phase: Phase, status: str) -> None:
        self._desk.markets[ticker]["status"] = status
        events = self._desk.exchange.turn(ticker, phase, self._desk.now_ns())
        self._publisher.publish(events)

    def tick(self) -> None:
        """Time has passed: expiries, closes, the Thursday pause, what was put off."""
        now = self._desk.now_ns()
        self._publisher.publish(self._desk.exchange.advance(now))
        while self._turns and self._turns[0][0] <= now:
            _, ticker, name = heappop(self._turns)
            self._by_the_clock(ticker, name)
        self.fees.tick(now)
        steady = self._desk.steady()
        due = [act for at, act in self._due if at <= steady]
        self._due = [row for row in self._due if row[0] > steady]
        for act in due:
            act()
        gate = self._desk.exchange.gate
        paused = steady < self._paused_until or (self._desk.options.thursday and is_pause(now))
        if paused != gate.trading_paused:
            self._publisher.publish(self._desk.exchange.pause(paused, now))
        gate.exchange_paused = steady < self._halted_until

    def _until(self, fault: Fault) -> int:
        """Faults and timers also end while the session's clock stands still."""
        return self._desk.steady() + fault.number("ms", 1000) * NS_PER_MS

    def _pause(self, fault: Fault) -> None:
        self._paused_until = self._until(fault)
        self.tick()

    def _halt(self, fault: Fault) -> None:
        self._halted_until = self._until(fault)
        self.tick()

    def _restart(self, fault: Fault) -> None:
        """The engine is away for a while and every socket is cut."""
        self._halt(fault)
        for connection in list(self._publisher.hub.connections):
            connection.wire.cut()

    def _tick_fault(self, fault: Fault) -> None:
        self.grid(fault.text("match"), fault.text("structure", "deci_cent"))

    def _overflow(self, fault: Fault) -> None:
        """Code 25 on every book subscription, then silence."""
        for connection in list(self._publisher.hub.connections):
            sub = connection.subs.get("orderbook_delta")
            if sub is not None and (not fault.text("match") or sub.hears(fault.text("match"))):
                connection.overflow(sub)
        self._publisher.hub.kick()

    def grid(self, ticker: str, structure: str) -> None:
        """A new price grid; resting orders stay."""
        if ticker not in self._desk.markets or structure not in GRIDS:
            raise ValueError(f"no market {ticker!r} or no grid {structure!r}")
        body = self._desk.markets[ticker]
        body["price_level_structure"], body["price_ranges"] = structure, GRIDS[structure]
        self._desk.exchange.markets[ticker].bands = bands_of(GRIDS[structure])
        self._say(
            ticker, "price_level_structure_updated", price_level_structure=structure,
            price_ranges=GRIDS[structure],
        )  # fmt: skip

    def pause(self, ticker: str) -> None:
        self._turn(ticker, Phase.PAUSED, "inactive")
        self._say(ticker, "deactivated", is_deactivated=True)

    def resume(self, ticker: str) -> None:
        """Re-activation cancels what was resting."""
        self._turn(ticker, Phase.OPEN, "active")
        self._say(ticker, "activated", is_deactivated=False)

    def close(self, ticker: str) -> None:
        """Early close: the close time moves to now."""
        now = self._desk.now_ns()
        self._desk.markets[ticker]["close_time"] = shapes.stamp(now)
        self._say(ticker, "close_date_updated", close_ts=now // NS_PER_S)
        self._turn(ticker, Phase.CLOSED, "closed")

    def determine(self, ticker: str, payout: int, timer_ms: int | None = None) -> None:
        """The result is known; it is paid when the settlement timer has run."""
        now, body = self._desk.now_ns(), self._desk.markets[ticker]
        if self._desk.exchange.markets[ticker].phase not in (Phase.CLOSED, Phase.SETTLED):
            self.close(ticker)
        result = shapes.RESULTS.get(payout, "scalar")
        value = format_pips(payout)
        body |= {"status": "determined", "result": result, "settlement_value_dollars": value}
        self._say(
            ticker, "determined", result=result, settlement_value=value,
            determination_ts=now // NS_PER_S,
        )  # fmt: skip
        if timer_ms is None:
            timer_ms = int(body.get("settlement_timer_seconds", 60)) * 1000
        wait = int(timer_ms * NS_PER_MS / self._desk.options.speed)
        at = self._desk.steady() + wait
        self._due.append((at, lambda: self._finalize(ticker, payout)))
        self.tick()

    def _finalize(self, ticker: str, payout: int) -> None:
        now = self._desk.now_ns()
        self._publisher.publish(self._desk.exchange.settle(ticker, payout, now))
        self._desk.markets[ticker] |= {
            "status": "finalized", "settlement_ts": shapes.stamp(now)
        }  # fmt: skip
        self._say(ticker, "settled", settled_ts=now // NS_PER_S)

    def create(self, ticker: str, event: str, body: Body, hydrate_ms: int) -> None:
        """A market appears in an event; REST finds it only after a while."""
        if event not in self._desk.events or ticker in self._desk.markets:
            raise ValueError(f"no event {event!r}, or {ticker!r} exists")
        now = self._desk.now_ns()
        model = self._desk.events[event]["markets"][0]
        market = {**model, "ticker": ticker, "status": "active", "result": "", **body}
        self._desk.events[event]["markets"].append(market)
        self._desk.markets[ticker] = market
        self._desk.hidden_until[ticker] = now + hydrate_ms * NS_PER_MS
        self._desk.listed(ticker)
        close = shapes.seconds_of(market["close_time"])
        self._plan(ticker, market)
        names = ("title", "yes_sub_title", "no_sub_title", "rules_primary", "rules_secondary",
                 "can_close_early", "event_ticker", "strike_type", "floor_strike")  # fmt: skip
        self._say(
            ticker, "created", open_ts=now // NS_PER_S, close_ts=close,
            exchange_index=self._desk.exchange.markets[ticker].shard,
            additional_metadata={name: market[name] for name in names if name in market},
            price_level_structure=market["price_level_structure"],
        )  # fmt: skip

    def metadata(self, ticker: str, changes: Body) -> None:
        """Strikes and titles that come after creation."""
        now = self._desk.now_ns()
        self._desk.markets[ticker] |= {**changes, "updated_time": shapes.stamp(now)}
        self._say(ticker, "metadata_updated", **changes)

    def index(self, name: str, value: str) -> None:
        """A settlement index moves (BRTI and its like)."""
        now = self._desk.now_ns()
        msg = {"index_id": name, "value": value, "ts_ms": shapes.ms(now)}
        self._publisher.hub.indices[name] = msg
        for channel in ("cfbenchmarks_value", "cfbenchmarks_value_5hz"):
            self._publisher.hub.say(channel, channel, msg, name)

    def control(self, body: Body) -> None:
        """`{"action": "pause", "ticker": …}`, see docs/simulator.md for the actions."""
        action, ticker = body.get("action"), str(body.get("ticker", ""))
        if action not in ("fee", "index", "create") and ticker not in self._desk.markets:
            raise not_found()
        try:
            self._act(action, ticker, body)
        except (KeyError, ValueError, TypeError) as error:
            raise bad_request(f"control: {error}") from error

    def _act(self, action: Any, ticker: str, body: Body) -> None:
        match action:
            case "pause" | "resume" | "close":
                {"pause": self.pause, "resume": self.resume, "close": self.close}[action](ticker)
            case "determine":
                said = str(body["result"])
                payout = PAYOUTS[said] if said in PAYOUTS else parse_pips(str(body["value"]))
                self.determine(ticker, payout, body.get("timer_ms"))
            case "grid":
                self.grid(ticker, str(body["structure"]))
            case "fee":
                self.fees.override(str(body["event"]), str(body["type"]), body["multiplier"])
            case "index":
                self.index(str(body["index"]), str(body["value"]))
            case "create":
                more = dict(body.get("market", {}))
                self.create(ticker, str(body["event"]), more, int(body.get("hydrate_ms", 0)))
            case "metadata":
                self.metadata(ticker, dict(body["market"]))
            case "liquidity":
                self._liquidity(ticker, body)
            case _:
                raise Problem(
                    400, "bad_request", details=f"unknown action {action!r}", shape="flat"
                )

    def _liquidity(self, ticker: str, body: Body) -> None:
        """Anonymous size at a YES price: `side` bid or ask, `price`, `count` (0 takes it away)."""
        price, qty = parse_pips(body["price"]), shapes.quantity_of(body["count"])
        self._desk.known.add(ticker)
        now = self._desk.now_ns()
        events = self._desk.exchange.record_level(ticker, body["side"] == "bid", price, qty, now)
        self._publisher.publish(events)


def is_pause(now_ns: int) -> bool:
    """Thursday 03:00 to 05:00 Eastern."""
    local = datetime.fromtimestamp(now_ns // NS_PER_S, UTC).astimezone(EASTERN)
    return local.weekday() == THURSDAY and PAUSE_FROM <= local.hour < PAUSE_TO
