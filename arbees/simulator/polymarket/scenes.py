"""What a test may make happen at the venue, beyond faults: money, listings, starts, resolutions.

`POST /control/polymarket {"do": "settle", "market": "0x…", "payout": 10000}`; verbs in `Scenes`.
One rule: every verb is something that happens on the real venue, done through the same parts.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from arbees.simulator.exchange.accounts import Accounts
from arbees.simulator.exchange.events import Paid
from arbees.simulator.exchange.orders import Phase, Reason
from arbees.simulator.polymarket.desk import Desk
from arbees.simulator.polymarket.listing import Listing, listing_of
from arbees.simulator.polymarket.shapes import Body, price_text
from arbees.units import NS_PER_MS, PIPS_PER_DOLLAR, parse_cash, parse_pips, parse_qty


def convert(accounts: Accounts, holders: list[Listing], ours: set[str], who: str, qty: int) -> int:
    """NO of `ours` becomes YES of all others and (m - 1) dollars; never the other way (section 9).

    Raises ValueError when there is not that much NO, or the markets are not one neg-risk event.
    """
    if not ours or not all(listing.neg_risk for listing in holders):
        raise ValueError("only NO of a neg-risk event converts")
    burnt = [listing for listing in holders if listing.condition in ours]
    held = [accounts.holding(who, listing.condition) for listing in burnt]
    if len(burnt) != len(ours) or any(h.qty[1] - h.unsettled[1] < qty for h in held):
        raise ValueError("not that much NO of every named outcome")
    for holding in held:
        holding.give_up(1, qty, qty)
    for listing in holders:
        if listing.condition not in ours:
            accounts.holding(who, listing.condition).qty[0] += qty
    cash = (len(ours) - 1) * qty
    accounts.deposit(who, cash)
    first = burnt[0].condition
    accounts.collateral[first] = accounts.collateral.get(first, 0) - cash
    return cash


class Scenes:
    """The verbs: fund, allow, ban, close_only, liquidity, settle, uma, list, hydrate, start, tick,
    split, merge, convert."""

    def __init__(
        self, desk: Desk, now_ns: Callable[[], int], flush: Callable[[], Awaitable[None]]
    ) -> None:
        self._desk = desk
        self._flush = flush
        self._now_ns = now_ns
        self._started: set[str] = set()

    def act(self, said: Body) -> Body:
        """Raises ValueError or KeyError with what is wrong."""
        verb = getattr(self, f"_{said['do']}", None)
        if verb is None:
            raise ValueError(f"unknown verb {said['do']!r}")
        done: Body = verb(said)
        return done

    def _listing(self, said: Body) -> Listing:
        return self._desk.board.by_condition[said["market"]]

    def _fund(self, said: Body) -> Body:
        account = said["wallet"].lower()
        self._desk.wallets.fund(account, parse_cash(str(said["cash"])))
        return {"balance": self._desk.exchange.accounts.balance(account)}

    def _allow(self, said: Body) -> Body:
        self._desk.wallets.allowance[said["wallet"].lower()] = int(said["amount"])
        return {}

    def _ban(self, said: Body) -> Body:
        self._desk.wallets.banned.add(said["wallet"].lower())
        return {}

    def _close_only(self, said: Body) -> Body:
        self._desk.wallets.closed_only.add(said["wallet"].lower())
        return {}

    def _liquidity(self, said: Body) -> Body:
        """The whole anonymous book of a market, [[price, size], …] of its first outcome."""
        listing, now_ns = self._listing(said), self._now_ns()
        self._desk.board.adopt(listing, now_ns)
        bids, asks = (
            {parse_pips(price): parse_qty(size) for price, size in said.get(side, [])}
            for side in ("bids", "asks")
        )
        events = self._desk.exchange.record(listing.condition, bids, asks, now_ns)
        self._desk.publish(events, now_ns)
        return {"levels": len(bids) + len(asks)}

    def _settle(self, said: Body) -> Body:
        """`payout` pips per share of the first outcome; `silent` says nothing on the socket."""
        listing, payout, now_ns = self._listing(said), int(said["payout"]), self._now_ns()
        if not 0 <= payout <= PIPS_PER_DOLLAR:
            raise ValueError(f"payout {payout} is not 0..10000 pips")
        self._desk.board.adopt(listing, now_ns)
        exchange = self._desk.exchange
        self._desk.publish(exchange.turn(listing.condition, Phase.SETTLED, now_ns), now_ns)
        paid = exchange.settle(listing.condition, payout, now_ns)
        listing.close(payout)
        if not said.get("silent"):
            self._say_resolved(listing, payout)
        return {"paid": {p.account: p.cash for p in paid if isinstance(p, Paid)}}

    def _uma(self, said: Body) -> Body:
        """Gamma's word on the oracle: proposed, disputed …; trading goes on meanwhile."""
        raw = self._listing(said).raw
        raw["umaResolutionStatus"] = said["status"]
        past = json.loads(raw.get("umaResolutionStatuses") or "[]")
        raw["umaResolutionStatuses"] = json.dumps([*past, said["status"]])
        return {}

    def _say_resolved(self, listing: Listing, payout: int) -> None:
        winner = {PIPS_PER_DOLLAR: 0, 0: 1}.get(payout)
        body = {
            "event_type": "market_resolved", "id": listing.raw.get("id", ""),
            "market": listing.condition, "assets_ids": list(listing.tokens),
            "winning_asset_id": "" if winner is None else listing.tokens[winner],
            "winning_outcome": "" if winner is None else listing.outcomes[winner],
            "timestamp": str(self._desk.stamp() // NS_PER_MS), "tags": [],
        }  # fmt: skip
        self._desk.outbox.market(listing, listing.tokens, body, custom=True)

    def _list(self, said: Body) -> Body:
        """A new event with its markets; `hydrating` ones the CLOB does not know yet."""
        event = said["event"]
        board = self._desk.board
        board.events.append(event)
        for raw in event["markets"]:
            listing = listing_of(raw, event)
            if listing is None:
                continue
            listing.hydrating = bool(said.get("hydrating"))
            board.add(listing)
            self._say_new(listing)
        return {"events": len(board.events)}

    def _say_new(self, listing: Listing) -> None:
        raw, event = listing.raw, listing.event
        names = ("id", "ticker", "slug", "title", "description")
        body = {
            "event_type": "new_market", "id": raw.get("id", ""),
            "question": raw.get("question", ""), "market": listing.condition,
            "slug": raw.get("slug", ""), "assets_ids": list(listing.tokens),
            "outcomes": list(listing.outcomes),
            "event_message": {name: event.get(name, "") for name in names},
            "timestamp": str(self._desk.stamp() // NS_PER_MS), "tags": [],
            "condition_id": listing.condition, "active": True,
            "clob_token_ids": list(listing.tokens),
            "sports_market_type": raw.get("sportsMarketType", ""),
            "line": str(raw.get("line", "")), "game_start_time": raw.get("gameStartTime", ""),
            "order_price_min_tick_size": price_text(listing.tick),
            "group_item_title": raw.get("groupItemTitle", ""),
        }  # fmt: skip
        self._desk.outbox.market(listing, listing.tokens, body, custom=True, everyone=True)

    def _hydrate(self, said: Body) -> Body:
        self._listing(said).hydrating = not said.get("done", False)
        return {}

    def _start(self, said: Body) -> Body:
        return {"canceled": self.start(self._listing(said))}

    def start(self, listing: Listing) -> int:
        """The game begins: the book is wiped where the market says so."""
        self._started.add(listing.condition)
        wiped = [
            p for p in self._desk.placed.values()
            if p.listing is listing and p.is_open and listing.clears_at_start
        ]  # fmt: skip
        self._desk.end(wiped, self._now_ns(), Reason.BOOK_CLEARED)
        return len(wiped)

    def start_due(self, stamp_ns: int) -> None:
        """Games whose time has come, by the session's clock."""
        for listing in self._desk.board.starting:
            due = listing.start_ns is not None and listing.start_ns <= stamp_ns
            if due and listing.condition not in self._started:
                self.start(listing)

    def _tick(self, said: Body) -> Body:
        self.tick(self._listing(said), parse_pips(str(said["tick"])))
        return {}

    def tick(self, listing: Listing, tick: int) -> None:
        """A new tick size, told for both tokens. Raises KeyError for one that does not exist."""
        old = price_text(listing.tick)
        listing.set_tick(tick)
        for token in listing.tokens:
            body = {
                "event_type": "tick_size_change", "asset_id": token, "market": listing.condition,
                "old_tick_size": old, "new_tick_size": price_text(tick),
                "timestamp": str(self._desk.stamp() // NS_PER_MS),
            }  # fmt: skip
            self._desk.outbox.market(listing, (token,), body)

    def _split(self, said: Body) -> Body:
        return self._mint(said, merge=False)

    def _merge(self, said: Body) -> Body:
        return self._mint(said, merge=True)

    def _mint(self, said: Body, *, merge: bool) -> Body:
        market, account = self._listing(said).market, said["wallet"].lower()
        accounts, qty = self._desk.exchange.accounts, parse_qty(str(said["qty"]))
        enough = (
            min(accounts.holding(account, market.name).qty) if merge else accounts.free(account)
        )
        if qty <= 0 or enough < qty:
            raise ValueError(f"not enough to {'merge' if merge else 'split'} {said['qty']}")
        (accounts.merge if merge else accounts.split)(account, market, qty)
        return {"balance": accounts.balance(account)}

    def _convert(self, said: Body) -> Body:
        """`markets` are the conditions whose NO is given."""
        wanted = set(said["markets"])
        board = self._desk.board
        event = board.by_condition[said["markets"][0]].event
        siblings = [x for x in board.by_condition.values() if x.event is event]
        account, qty = said["wallet"].lower(), parse_qty(str(said["qty"]))
        return {"cash": convert(self._desk.exchange.accounts, siblings, wanted, account, qty)}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/control/polymarket", self._post)]

    async def _post(self, request: web.Request) -> web.Response:
        try:
            said: Any = json.loads(await request.read())
            done = self.act(said)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        await self._flush()
        return web.json_response(done)
