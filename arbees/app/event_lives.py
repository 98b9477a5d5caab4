"""The lives of the events that links are about: which are live, which have ended, which are paid.

Facts come from where they are known: the listings say when, the venues' feeds say that markets
ended or were paid, and the clock begins and ends a price's window, which is its definition. That a
game began only a feed of the game can say; until there is one, a game goes from pre-game to ended.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from arbees.app.discovery.messages import LinkFound, When
from arbees.matching.life import Event, Fact, Stage, Windows, after
from arbees.messages.records import AnyRecord, EventStateSeen
from arbees.units import NS_PER_S

OVER = frozenset({"closed", "determined"})
PAID = "settled"
Market = tuple[str, str]
"""(venue, instrument id)."""


class EventLives:
    """One life per event of Kalshi that is linked, moved by what is heard of its markets."""

    def __init__(self, windows: Windows | None = None) -> None:
        self._windows = windows or Windows()
        self._events: dict[str, Event] = {}
        self._when: dict[str, When] = {}
        self._markets: dict[str, dict[Market, str]] = {}
        self._event_of: dict[Market, str] = {}
        self._stages: Counter[Stage] = Counter()
        self._due: list[tuple[int, str]] = []

    def linked(self, links: Iterable[LinkFound], now_ns: int) -> None:
        """Learn events, and hear of starts that moved."""
        for link in links:
            name = link.a.event_key
            start_ns = link.when.start_s * NS_PER_S
            known = self._events.get(name)
            if known is None:
                game = link.when.game_number
                self._when[name] = link.when
                self._put(Event(name, start_ns=start_ns, game_number=game))
                self.tick(now_ns)
            elif start_ns and self._when[name].start_s != link.when.start_s:
                self._when[name] = link.when
                self._hear(name, Fact.MOVED, now_ns, start_ns)
            for each in (link.a, link.b):
                market = (each.venue, each.instrument_id)
                self._event_of[market] = name
                self._markets.setdefault(name, {}).setdefault(market, "open")

    def heard(self, records: Iterable[AnyRecord]) -> None:
        """What the engine wrote down of the lives of markets."""
        for record in records:
            if isinstance(record, EventStateSeen):
                self._market(record)

    def _market(self, record: EventStateSeen) -> None:
        market = (record.venue, record.instrument_id)
        name = self._event_of.get(market)
        if name is None or record.status == "rescheduled":
            return
        markets = self._markets[name]
        markets[market] = record.status
        if all(status == PAID for status in markets.values()):
            self._hear(name, Fact.SETTLED, record.ts_ns)
            return
        self._hear(name, Fact.REOPENED, record.ts_ns)
        if all(status == PAID or status in OVER for status in markets.values()):
            self._hear(name, Fact.FINISHED, record.ts_ns)

    def tick(self, now_ns: int) -> None:
        """Let time pass; costs nothing where nothing is due."""
        while self._due and self._due[0][0] <= now_ns:
            name = heappop(self._due)[1]
            when = self._when[name]
            ends_ns = when.start_s * NS_PER_S
            if when.is_price and ends_ns:
                if when.window_s and now_ns >= ends_ns - when.window_s * NS_PER_S:
                    self._hear(name, Fact.STARTED, now_ns)
                if now_ns >= ends_ns:
                    self._hear(name, Fact.FINISHED, now_ns)
            self._hear(name, Fact.CLOCK, now_ns)

    def _hear(self, name: str, fact: Fact, now_ns: int, start_ns: int = 0) -> None:
        before = self._events[name]
        event = after(before, fact, now_ns, self._windows, start_ns)
        if event is not before:
            self._stages[before.stage] -= 1
            self._put(event)

    def _put(self, event: Event) -> None:
        self._events[event.event] = event
        self._stages[event.stage] += 1
        for ts_ns in self._moments(event):
            heappush(self._due, (ts_ns, event.event))

    def _moments(self, event: Event) -> Iterator[int]:
        """When the clock may change this stage."""
        when, windows = self._when[event.event], self._windows
        if when.is_price and event.stage in (Stage.SCHEDULED, Stage.PRE_GAME, Stage.LIVE):
            ends_ns = when.start_s * NS_PER_S
            if ends_ns and when.window_s:
                yield ends_ns - when.window_s * NS_PER_S
            if ends_ns:
                yield ends_ns
        if event.stage is Stage.SCHEDULED and event.start_ns:
            yield event.start_ns - windows.pre_game_ns
        if event.stage is Stage.LIVE:
            yield event.start_ns + windows.live_ns_max + 1
        if event.stage is Stage.SETTLED:
            yield event.settled_ns + windows.archive_ns

    def stage(self, event_key: str) -> Stage | None:
        """Where an event is; None for one of which no link is known."""
        known = self._events.get(event_key)
        return known.stage if known else None

    def counts(self) -> dict[str, int]:
        """Events by stage, in the order of a life."""
        return {stage.value: self._stages[stage] for stage in Stage if self._stages[stage]}
