"""What goes wrong on purpose: faults by name, armed at run time or drawn from a seed.

`POST /control/faults {"name": "gap", "venue": "kalshi", "count": 1, "skip": 0, "match": "KXBTC"}`
arms one; `{"seed": 7, "rate": 0.01, "names": ["gap"]}` draws them; `GET` lists, `DELETE` clears.
One rule: a fault is asked for by the code it breaks (`take`), or acts at once by a handler (`on`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

NAMES = frozenset({
    "disconnect", "freeze_market", "freeze_socket", "gap", "duplicate", "reorder", "overflow",
    "late_ack", "lost_ack", "throttle", "server_error", "html", "slow", "clock_skew",
    "partial_then_cancel", "failed_settlement", "schema_drift", "frame_drift", "pause",
    "exchange_pause", "refuse_socket",
    "maintenance", "tick_change", "engine_restart", "delayed", "post_only_mode", "geoblock",
    "closed_only", "refusal",
})  # fmt: skip
FOREVER = -1
Handler = Callable[["Fault"], None]


@dataclass(slots=True)
class Fault:
    """`left` times still to come (-1: until cleared), after `skip` chances are let pass."""

    id: int
    name: str
    venue: str
    left: int
    skip: int
    params: dict[str, Any]
    fired: int = 0

    def number(self, name: str, default: int) -> int:
        return int(self.params.get(name, default))

    def text(self, name: str, default: str = "") -> str:
        return str(self.params.get(name, default))

    def seconds(self, default_ms: int = 0) -> float:
        return self.number("ms", default_ms) / 1000

    def fits(self, venue: str, where: str) -> bool:
        """`match` is a part of a path, ticker or token; without it the fault fits everywhere."""
        return self.venue in ("*", venue) and self.text("match") in where


@dataclass(slots=True)
class _Draw:
    rng: Random
    rate: float
    names: frozenset[str]


@dataclass
class Faults:
    """All that is armed. Nothing armed and no seed: nothing ever happens."""

    armed: list[Fault] = field(default_factory=list)
    _draws: list[_Draw] = field(default_factory=list)
    _handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    _ids: int = 0

    def on(self, name: str, venue: str, handler: Handler) -> None:
        """Let a fault act at the moment it is armed."""
        self._handlers[name, venue] = handler

    def arm(
        self, name: str, venue: str = "*", *, count: int = 1, skip: int = 0, **more: Any
    ) -> Fault:
        """Raises ValueError for a name nobody knows."""
        if name not in NAMES:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(NAMES))}")
        self._ids += 1
        fault = Fault(self._ids, name, venue, count, skip, more)
        handlers = [h for (n, v), h in self._handlers.items() if n == name and venue in ("*", v)]
        if handlers:
            fault.left, fault.fired = 0, 1
        self.armed.append(fault)
        for handler in handlers:
            handler(fault)
        return fault

    def draw(self, seed: int, rate: float, names: list[str]) -> None:
        """From now on every chance of these faults happens with probability `rate`."""
        unknown = set(names) - NAMES
        if unknown:
            raise ValueError(f"unknown faults {sorted(unknown)}")
        self._draws.append(_Draw(Random(seed), rate, frozenset(names)))

    def clear(self) -> None:
        self.armed.clear()
        self._draws.clear()

    def take(self, name: str, venue: str, where: str = "") -> Fault | None:
        """The fault that happens here and now, if one does."""
        for fault in self.armed:
            if fault.name != name or fault.left == 0 or not fault.fits(venue, where):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.left -= fault.left > 0
            fault.fired += 1
            return fault
        for draw in self._draws:
            if name in draw.names and draw.rng.random() < draw.rate:
                return self._drawn(name, venue)
        return None

    def _drawn(self, name: str, venue: str) -> Fault:
        self._ids += 1
        fault = Fault(self._ids, name, venue, 0, 0, {"ms": 50}, fired=1)
        self.armed.append(fault)
        return fault

    def active(self, name: str, venue: str, where: str = "") -> bool:
        """Whether a standing fault is on; it is not used up by being asked."""
        return self.standing(name, venue, where) is not None

    def standing(self, name: str, venue: str, where: str = "") -> Fault | None:
        """The fault that `active` speaks of."""
        for fault in self.armed:
            on = fault.name == name and fault.left != 0 and fault.skip == 0
            if on and fault.fits(venue, where):
                return fault
        return None

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"id": f.id, "name": f.name, "venue": f.venue, "left": f.left, "fired": f.fired,
             **f.params}
            for f in self.armed
        ]  # fmt: skip


def control_routes(faults: Faults) -> list[web.AbstractRouteDef]:
    """The control endpoint."""

    async def arm(request: web.Request) -> web.Response:
        body = await request.json()
        try:
            if "seed" in body:
                faults.draw(int(body["seed"]), float(body["rate"]), list(body["names"]))
            else:
                faults.arm(body.pop("name", ""), body.pop("venue", "*"), **body)
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"faults": faults.rows()})

    async def listed(request: web.Request) -> web.Response:
        return web.json_response({"faults": faults.rows(), "names": sorted(NAMES)})

    async def cleared(request: web.Request) -> web.Response:
        faults.clear()
        return web.json_response({"faults": []})

    return [
        web.post("/control/faults", arm),
        web.get("/control/faults", listed),
        web.delete("/control/faults", cleared),
    ]


def parse_fault(text: str) -> dict[str, Any]:
    """A fault of the command line: `name`, or `name,venue=kalshi,count=2,match=KXBTC`.

    Raises ValueError on a part that is no `key=value`.
    """
    name, *rest = text.split(",")
    out: dict[str, Any] = {"name": name}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"fault {text!r}: {part!r} is not key=value")
        out[key] = int(value) if value.lstrip("-").isdigit() else value
    return out


async def wait_ms(fault: Fault, default_ms: int) -> None:
    await asyncio.sleep(fault.seconds(default_ms))
