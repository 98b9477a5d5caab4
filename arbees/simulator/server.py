"""One process, three ports on loopback: Kalshi with the control endpoints, the CLOB, Gamma."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from arbees.simulator.faults import Faults, control_routes
from arbees.simulator.kalshi.desk import Options
from arbees.simulator.kalshi.routes import REST
from arbees.simulator.kalshi.venue import WS_PATH, Kalshi
from arbees.simulator.player import Player, VenueSide
from arbees.simulator.polymarket.venue import Polymarket
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
        self.polymarket = Polymarket(
            session.catalog["polymarket"]["gamma_events"], faults=faults,
            stamp_ns=lambda: self.player.now_ns(), speed=speed,
        )  # fmt: skip
        venues: dict[str, VenueSide] = {"kalshi": self.kalshi, "polymarket": self.polymarket}
        self.player = Player(session, speed, venues)
        self.kalshi.desk.clock = self.player.now_ns

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the servers."""
        return [self.player.run(), self.player.beat(), self.kalshi.run(), self.polymarket.run()]

    def control(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/sim/clock", self._clock),
            web.get("/sim/clock/ws", self.player.follow),
            web.get("/sim/pairs", self._pairs),
            web.get("/sim/plants", self._plants),
            web.get("/sim/stats", self._stats),
            web.post("/sim/start", self._start),
            web.post("/sim/stop", self._stop),
            *self.polymarket.scenes.routes(),
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
    opened: AsyncExitStack, routes: list[web.AbstractRouteDef], middlewares: Sequence[Middleware]
) -> str:
    """Serve these routes until `opened` closes; host and port."""
    app = web.Application(middlewares=middlewares)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    opened.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, HOST, 0).start()
    return f"{HOST}:{runner.addresses[0][1]}"


async def _open(opened: AsyncExitStack, simulator: Simulator) -> dict[str, Any]:
    """All ports; the base URLs and the credentials issued."""
    venue, poly = simulator.kalshi, simulator.polymarket
    routes = [*venue.routes(), *simulator.control()]
    kalshi = await _site(opened, routes, venue.middlewares())
    clob = await _site(opened, poly.clob_routes(), poly.middlewares())
    gamma = await _site(opened, poly.gamma_routes(), poly.middlewares())
    return {
        "kalshi_rest": f"http://{kalshi}{REST}",
        "kalshi_ws": f"ws://{kalshi}{WS_PATH}",
        "gamma": f"http://{gamma}",
        "clob": f"http://{clob}",
        "geoblock": f"http://{gamma}/api/geoblock",
        "polymarket_ws": f"ws://{clob}/ws/market",
        "polymarket_user_ws": f"ws://{clob}/ws/user",
        "control": f"http://{kalshi}",
        "credentials": {**venue.credentials(), **poly.credentials()},
    }


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
    async with AsyncExitStack() as opened:
        said = await _open(opened, simulator)
        tasks = [asyncio.create_task(work) for work in simulator.work()]
        on_ready(said)
        if autostart:
            simulator.player.started.set()
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
