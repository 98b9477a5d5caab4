"""Where faults happen on the wire: around a venue's HTTP handlers, and on each socket it writes to.

One rule: without an armed fault everything passes unchanged, and what is counted was sent.
"""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from arbees.simulator.faults import Fault, Faults, wait_ms

PAGE = "<html><head><title>502 Bad Gateway</title></head><body>upstream error</body></html>"
SLOW_MS = 500
CONTROL = ("/control/", "/sim/")
"""Whoever arms a fault can always take it back."""


def middleware(
    faults: Faults, venue: str, refusals: Callable[[Fault], web.StreamResponse]
) -> Middleware:
    """HTTP faults of one venue. `refusals` words throttle, server_error and maintenance."""

    @web.middleware
    async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
        where = f"{request.method} {request.path}"
        if request.headers.get("Upgrade"):
            refused = faults.take("refuse_socket", venue, where)
            return _page(refused) if refused else await handler(request)
        if request.path.startswith(CONTROL):
            return await handler(request)
        if (slow := faults.take("slow", venue, where)) is not None:
            await wait_ms(slow, SLOW_MS)
        for name in ("maintenance", "throttle", "server_error"):
            if (fault := faults.take(name, venue, where)) is not None:
                return refusals(fault)
        if (page := faults.take("html", venue, where)) is not None:
            return _page(page)
        answer = await handler(request)
        return await _spoil(faults, venue, where, request, answer)

    return broken


def _page(fault: Fault) -> web.Response:
    """What a proxy says instead of the venue."""
    return web.Response(text=PAGE, content_type="text/html", status=fault.number("status", 502))


async def _spoil(
    faults: Faults, venue: str, where: str, request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """What happens to an answer after the venue has done the work."""
    if (late := faults.take("late_ack", venue, where)) is not None:
        await wait_ms(late, SLOW_MS)
    if faults.take("lost_ack", venue, where) is not None:
        cut(request)
        return answer
    drift = faults.take("schema_drift", venue, where) if isinstance(answer, web.Response) else None
    if drift is None or not isinstance(answer, web.Response) or not answer.text:
        return answer
    return web.json_response(drifted(drift, json.loads(answer.text)), status=answer.status)


def cut(request: web.Request) -> None:
    """End the TCP connection without a word: the other side sees a reset, or code 1006."""
    if request.transport is not None:
        request.transport.abort()


def drifted(fault: Fault, body: Any) -> Any:
    """The body with `field` renamed to `to`, or zeroed, wherever it stands."""
    name, new = fault.text("field"), fault.text("to")
    if isinstance(body, list):
        return [drifted(fault, row) for row in body]
    if not isinstance(body, dict):
        return body
    out = {}
    for key, value in body.items():
        if key != name:
            out[key] = drifted(fault, value)
        elif new:
            out[new] = value
        else:
            out[key] = _zero(value)
    return out


def _zero(value: Any) -> Any:
    if isinstance(value, str):
        return "0.0000" if "." in value else "0"
    return [] if isinstance(value, list) else 0


class Wire:
    """One socket's sending end. `watch` is told of every message really sent."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, faults: Faults, venue: str,
        watch: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._request = request
        self._faults = faults
        self._venue = venue
        self._watch = watch
        self._frozen: set[str] = set()
        self._silent = False
        self._held: str | None = None
        self.socket = socket

    def cut(self) -> None:
        """Code 1006: gone without a close frame."""
        cut(self._request)

    def hush(self) -> None:
        """The connection stays open; nothing is ever said again."""
        self._silent = True

    def thaw(self) -> None:
        self._silent = False
        self._frozen.clear()

    async def send(self, text: str, where: str = "") -> None:
        """Send one message about `where` (a market), or let a fault have it."""
        if self.socket.closed:
            return
        if self._faults.armed or self._faults._draws:
            await self._through_faults(text, where)
        else:
            await self._out(text)

    async def _through_faults(self, text: str, where: str) -> None:
        take = self._faults.take
        if take("disconnect", self._venue, where) is not None:
            self.cut()
            return
        if take("freeze_socket", self._venue, where) is not None:
            self._silent = True
        if where and take("freeze_market", self._venue, where) is not None:
            self._frozen.add(where)
        if self._silent or where in self._frozen or take("gap", self._venue, where) is not None:
            return
        if (drift := take("frame_drift", self._venue, where)) is not None:
            text = json.dumps(drifted(drift, json.loads(text)), separators=(",", ":"))
        if self._held is None and take("reorder", self._venue, where) is not None:
            self._held = text
            return
        await self._out(text)
        if take("duplicate", self._venue, where) is not None:
            await self._out(text)
        if self._held is not None:
            held, self._held = self._held, None
            await self._out(held)

    async def _out(self, text: str) -> None:
        """Counted before it is handed over, so that nobody reads more than was counted."""
        self._watch(1)
        try:
            await self.socket.send_str(text)
        except (ConnectionError, RuntimeError):
            self._watch(-1)
