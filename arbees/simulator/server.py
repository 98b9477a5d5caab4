"""One process, two ports on loopback: Kalshi with the control endpoints, and Polymarket."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from arbees.simulator.faults import Faults, control_routes
from arbees.simulator.kalshi.desk import Options
from arbees.simulator.kalshi.routes import REST
from arbees.simulator.kalshi.venue import WS_PATH, Kalshi
from arbees.simulator.player import Player, VenueSide
from arbees.simulator.polymarket import Polymarket
from arbees.simulator.session import SessionData

HOST = "127.0.0.1"


class Simulator:
    """Both venues over one session."""

    def __init__(
        self, session: SessionData, speed: float, faults: Faults, options: Options
    ) -> None:
        self._session = session
        self.faults = faults
        self.kalshi = Kalshi(session.catalog["kalshi"], faults, options)
        self.polymarket = Polymarket(session.catalog["polymarket"]["gamma_events"])
        venues: dict[str, VenueSide] = {"kalshi": self.kalshi, "polymarket": self.polymarket}
        self.player = Player(session, speed, venues)
        self.kalshi.desk.clock = self.player.now_ns

    def _control(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/sim/clock", self._clock),
            web.get("/sim/clock/ws", self.player.follow),
            web.get("/sim/pairs", self._pairs),
            web.get("/sim/plants", self._plants),
            web.get("/sim/stats", self._stats),
            web.post("/sim/start", self._start),
            web.post("/sim/stop", self._stop),
            *control_routes(self.faults),
        ]

    async def _clock(self, request: web.Request) -> web.Response:
        return web.json_response(self.player.clock())

    async def _pairs(self, request: web.Request) -> web.Response:
        return web.json_response(self._session.catalog["pairs"])

    async def _plants(self, request: web.Request) -> web.Response:
        return web.json_response(self._session.plants)

    async def _stats(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = {
            name: {"ws_frames_served": venue.served, "rest": venue.rest}
            for name, venue in (("kalshi", self.kalshi), ("polymarket", self.polymarket))
        }
        return web.json_response({**body, "ended": self.player.ended})

    async def _start(self, request: web.Request) -> web.Response:
        self.player.started.set()
        return web.json_response(self.player.clock())

    async def _stop(self, request: web.Request) -> web.Response:
        self.player.started.set()
        await self.player.stop()
        return web.json_response(self.player.clock())


async def _site(
    routes: list[web.AbstractRouteDef], middlewares: Sequence[Middleware] = ()
) -> tuple[web.AppRunner, int]:
    app = web.Application(middlewares=middlewares)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return runner, port


async def serve(
    session: SessionData,
    *,
    speed: float,
    on_ready: Callable[[dict[str, Any]], None],
    stop: asyncio.Event,
    autostart: bool = False,
    faults: Faults | None = None,
    kalshi_options: Options | None = None,
) -> None:
    """Serve until `stop`; `on_ready` gets every base URL and the credentials issued."""
    options = kalshi_options or Options(speed=speed)
    simulator = Simulator(session, speed, faults or Faults(), options)
    routes = [*simulator.kalshi.routes(), *simulator._control()]
    kalshi, kalshi_port = await _site(routes, simulator.kalshi.middlewares())
    polymarket, port = await _site(simulator.polymarket.routes())
    tasks = [
        asyncio.create_task(simulator.player.run()),
        asyncio.create_task(simulator.player.beat()),
        asyncio.create_task(simulator.kalshi.run()),
    ]
    on_ready(
        {
            "kalshi_rest": f"http://{HOST}:{kalshi_port}{REST}",
            "kalshi_ws": f"ws://{HOST}:{kalshi_port}{WS_PATH}",
            "gamma": f"http://{HOST}:{port}",
            "clob": f"http://{HOST}:{port}",
            "polymarket_ws": f"ws://{HOST}:{port}/ws/market",
            "control": f"http://{HOST}:{kalshi_port}",
            "credentials": simulator.kalshi.credentials(),
        }
    )
    if autostart:
        simulator.player.started.set()
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await kalshi.cleanup()
        await polymarket.cleanup()
