"""The simulated Polymarket: its parts put together, its two hosts' routes, its clockwork.

One rule: the parts are synchronous; only here and at the sockets does anything wait.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from arbees.simulator.faults import Fault, Faults
from arbees.simulator.faulty import middleware
from arbees.simulator.polymarket.account import Account
from arbees.simulator.polymarket.board import Board
from arbees.simulator.polymarket.deals import Pace
from arbees.simulator.polymarket.desk import Desk
from arbees.simulator.polymarket.errors import TEXTS, Problem, problem, throttled
from arbees.simulator.polymarket.gamma import Gamma
from arbees.simulator.polymarket.hearts import DEADLINE_NS
from arbees.simulator.polymarket.hub import VENUE, Hub
from arbees.simulator.polymarket.keys import Keys, issued_wallet
from arbees.simulator.polymarket.limits import Limits
from arbees.simulator.polymarket.listing import Listing
from arbees.simulator.polymarket.market_data import MarketData
from arbees.simulator.polymarket.mode import POST_ONLY_NS, RESTART_NS
from arbees.simulator.polymarket.news import Outbox
from arbees.simulator.polymarket.scenes import Scenes
from arbees.simulator.session import Line
from arbees.units import NS_PER_MS, parse_pips

BEAT_S = 0.01
GEOBLOCK = {"blocked": False, "ip": "203.0.113.42", "country": "CO", "region": "DC"}


def refusals(fault: Fault) -> web.Response:
    """The wording of faults that refuse a request before any work."""
    if fault.name == "throttle":
        return throttled(fault.number("retry_after", 1)).answer()
    if fault.name == "maintenance":
        cancel_only = fault.number("cancel_only", 0)
        return problem("cancel_only" if cancel_only else "disabled").answer()
    status = fault.number("status", 500)
    return web.json_response({"error": fault.text("text", TEXTS["server"][1])}, status=status)


class Polymarket:
    """`now_ns` is real time and governs signatures, expiry and delays; `stamp_ns` is the session's
    time and is what messages say. `speed` shortens the venue's own waits."""

    def __init__(
        self, events: list[dict[str, Any]], *, faults: Faults | None = None, seed: int = 0,
        now_ns: Callable[[], int] = time.time_ns, stamp_ns: Callable[[], int] | None = None,
        speed: float = 1.0, pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self.faults = faults or Faults()
        self._now_ns = now_ns
        self._stamp_ns = stamp_ns or now_ns
        self._seed = seed
        self.served = 0
        self.rest = 0
        self.outbox = Outbox()
        self.board = Board(events, seed)
        steps = (int(ns / speed) for ns in _steps(pace or Pace()))
        self.desk = Desk(
            self.board, self.faults, self.outbox, self._stamp_ns, Pace(*steps),
            int(DEADLINE_NS / speed),
        )  # fmt: skip
        self.keys = Keys(seed)
        self.limits = Limits()
        self.hub = Hub(self.board, self.keys, self.faults, self.outbox, self._count)
        self.scenes = Scenes(self.desk, now_ns, self.hub.flush)
        self._gamma = Gamma(events, self._gamma_shown)
        self._data = MarketData(self.board, self.faults, now_ns)
        self._account = Account(
            self.desk, self.keys, self.limits, self.faults, now_ns, speed
        )  # fmt: skip
        self.faults.on("tick_change", VENUE, self._tick_fault)
        self.faults.on("engine_restart", VENUE, self._restart_fault)
        self.faults.on("pause", VENUE, self._pause_fault)
        self.faults.on("post_only_mode", VENUE, self._post_only_fault)

    def _count(self, messages: int) -> None:
        self.served += messages

    def credentials(self) -> dict[str, str]:
        """A wallet; its API key comes of its signature."""
        key, address = issued_wallet(self._seed)
        return {"polymarket_private_key": key, "polymarket_address": address}

    def clob_routes(self) -> list[web.AbstractRouteDef]:
        return [
            *self._data.routes(), *self._account.routes(), *self.hub.routes(),
            *self.scenes.routes(), web.get("/api/geoblock", self._geoblock),
            web.get("/deployed", self._deployed),
        ]  # fmt: skip

    def gamma_routes(self) -> list[web.AbstractRouteDef]:
        return [*self._gamma.routes(), web.get("/api/geoblock", self._geoblock)]

    def middlewares(self) -> list[Middleware]:
        return [middleware(self.faults, VENUE, refusals), self._guarded()]

    def _guarded(self) -> Middleware:
        """Count, limit, word refusals, and send the news before the answer."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.headers.get("Upgrade") is None and not request.path.startswith("/control/"):
                self.rest += 1
            try:
                self.limits.request(request.method, request.path, self._now_ns())
                answer = await handler(request)
            except Problem as refused:
                answer = refused.answer()
            await self.hub.flush()
            return answer

        return guarded

    def _gamma_shown(self, raw: dict[str, Any]) -> dict[str, Any]:
        """A market as Gamma has it now; one that hydrates has no tokens yet."""
        listing = self.board.by_condition.get(raw.get("conditionId", ""))
        return raw | {"clobTokenIds": ""} if listing is not None and listing.hydrating else raw

    async def _geoblock(self, request: web.Request) -> web.Response:
        blocked = self.faults.standing("geoblock", VENUE)
        if blocked is None:
            return web.json_response(GEOBLOCK)
        place = {"country": blocked.text("country", "US"), "region": blocked.text("region", "NY")}
        return web.json_response(GEOBLOCK | {"blocked": True} | place)

    async def _deployed(self, request: web.Request) -> web.Response:
        """The relayer's word on a wallet contract; here all of them exist."""
        return web.json_response({"deployed": True})

    def _tick_fault(self, fault: Fault) -> None:
        """Every market that fits gets the tick of the fault, or the next finer one."""
        for listing in self.board.by_condition.values():
            if fault.text("match") in listing.where:
                finer = 10 if listing.tick > 10 else 100
                said = fault.text("tick")
                self.scenes.tick(listing, parse_pips(said) if said else finer)

    def _restart_fault(self, fault: Fault) -> None:
        down = fault.number("ms", RESTART_NS // NS_PER_MS) * NS_PER_MS
        after = fault.number("post_only_ms", POST_ONLY_NS // NS_PER_MS) * NS_PER_MS
        self.desk.mode.restart(self._now_ns(), down, after)

    def _pause_fault(self, fault: Fault) -> None:
        until_ns = self._now_ns() + fault.number("ms", RESTART_NS // NS_PER_MS) * NS_PER_MS
        self.desk.mode.pause(until_ns, cancel_only=bool(fault.number("cancel_only", 0)))

    def _post_only_fault(self, fault: Fault) -> None:
        after = fault.number("ms", POST_ONLY_NS // NS_PER_MS) * NS_PER_MS
        self.desk.mode.restart(self._now_ns(), 0, after)

    async def advance(self) -> None:
        """Whatever time has brought."""
        self.desk.timers.advance(self._now_ns())
        self.scenes.start_due(self._stamp_ns())
        await self.hub.flush()

    async def run(self) -> None:
        """The clockwork, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S)
            await self.advance()

    async def play(self, line: Line) -> None:
        """A recorded frame: passed on as it is, or through the exchange where people trade."""
        if line.frame is None:
            self._void()
            return
        frame = line.frame
        listing = self.board.by_condition.get(frame.get("market", ""))
        if frame["event_type"] == "tick_size_change" and listing is not None:
            listing.set_tick(parse_pips(frame["new_tick_size"]))
        if listing is None or listing.condition not in self.board.adopted:
            tokens = self.board.tape.apply(frame)
            await self.hub.pass_on(frame, tokens, listing.where if listing else "")
            return
        await self._play_over(listing, frame)

    async def _play_over(self, listing: Listing, frame: dict[str, Any]) -> None:
        """Recorded frames meet our orders; everybody sees what comes of it."""
        now_ns = self._now_ns()
        events = self.board.recorded(listing, frame, now_ns)
        self.desk.publish(events, now_ns)
        if frame["event_type"] == "book":
            token = frame["asset_id"]
            self.outbox.market(listing, (token,), self.board.ws_book(token))
        await self.hub.flush()
        if frame["event_type"] not in ("book", "price_change"):
            tokens = {frame["asset_id"]} if "asset_id" in frame else set(listing.tokens)
            await self.hub.pass_on(frame, tokens, listing.where)

    def _void(self) -> None:
        """A gap in the recording: its depth is unknown until books come again."""
        self.board.tape.clear()
        now_ns = self._now_ns()
        for condition in self.board.adopted:
            self.desk.publish(self.desk.exchange.record(condition, {}, {}, now_ns), now_ns)


def _steps(pace: Pace) -> tuple[int, int, int]:
    return pace.mined_ns, pace.confirmed_ns, pace.retry_ns
