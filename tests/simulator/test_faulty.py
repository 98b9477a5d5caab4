"""Faults on real sockets: what a client sees of each."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from arbees.simulator.faults import Fault, Faults, control_routes
from arbees.simulator.faulty import Wire, drifted, middleware

pytestmark = pytest.mark.anyio
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def venue(
    faults: Faults, script: Callable[[Wire], Awaitable[None]] | None = None
) -> AsyncIterator[tuple[Client, dict[str, int]]]:
    """A venue that counts what it does, and runs `script` on every socket."""
    done = {"orders": 0, "sent": 0}

    async def order(request: web.Request) -> web.Response:
        done["orders"] += 1
        return web.json_response({"order": {"price": "0.5000", "ids": ["a"], "n": 4}})

    async def socket(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)

        def watch(count: int) -> None:
            done["sent"] += count

        wire = Wire(request, ws, faults, "kalshi", watch)
        if script is not None:
            await script(wire)
        async for _ in ws:
            pass
        return ws

    def refusals(fault: Fault) -> web.Response:
        return web.json_response({"name": fault.name}, status=fault.number("status", 503))

    app = web.Application(middlewares=[middleware(faults, "kalshi", refusals)])
    app.add_routes([web.post("/order", order), web.get("/ws", socket), *control_routes(faults)])
    async with TestClient(TestServer(app)) as client:
        yield client, done


async def test_control_arms_lists_and_clears() -> None:
    faults = Faults()
    async with venue(faults) as (client, _):
        said = await client.post("/control/faults", json={"name": "gap", "count": 3, "match": "x"})
        assert (await said.json())["faults"][0]["left"] == 3
        assert (await client.post("/control/faults", json={"name": "no"})).status == 400
        assert (await client.post("/control/faults", json={"seed": 1})).status == 400
        draw = {"seed": 1, "rate": 0.0, "names": ["gap"]}
        assert (await client.post("/control/faults", json=draw)).status == 200
        assert "lost_ack" in (await (await client.get("/control/faults")).json())["names"]
        await client.delete("/control/faults")
        assert faults.armed == []


@pytest.mark.parametrize(
    ("name", "status", "orders"),
    [("throttle", 429, 0), ("server_error", 502, 0), ("maintenance", 503, 0), ("html", 502, 0)],
)
async def test_refused_before_any_work(name: str, status: int, orders: int) -> None:
    faults = Faults()
    faults.arm(name, status=status, match="/order")
    async with venue(faults) as (client, done):
        first = await client.post("/order")
        assert (first.status, done["orders"]) == (status, orders)
        assert (first.content_type == "text/html") == (name == "html")
        assert (await client.post("/order")).status == 200


async def test_control_itself_is_never_broken() -> None:
    faults = Faults()
    faults.arm("throttle", count=-1)
    async with venue(faults) as (client, _):
        assert (await client.post("/order")).status == 503
        assert (await client.delete("/control/faults")).status == 200
        assert (await client.post("/order")).status == 200


async def test_a_lost_ack_leaves_the_order() -> None:
    faults = Faults()
    faults.arm("lost_ack", match="/order")
    async with venue(faults) as (client, done):
        with pytest.raises(aiohttp.ClientError):
            await client.post("/order")
        assert done["orders"] == 1


async def test_late_and_slow_answers_still_arrive() -> None:
    faults = Faults()
    faults.arm("late_ack", ms=1)
    faults.arm("slow", ms=1)
    async with venue(faults) as (client, done):
        assert (await client.post("/order")).status == 200
        assert done["orders"] == 1


async def test_schema_drift_renames_or_zeroes() -> None:
    faults = Faults()
    faults.arm("schema_drift", field="price", to="price_fp")
    faults.arm("schema_drift", field="price")
    async with venue(faults) as (client, _):
        assert (await (await client.post("/order")).json())["order"]["price_fp"] == "0.5000"
        assert (await (await client.post("/order")).json())["order"]["price"] == "0.0000"
    fault = Fault(1, "schema_drift", "*", 1, 0, {"field": "n"})
    assert drifted(fault, [{"n": 4}, {"n": ["a"]}, {"n": "7"}]) == [{"n": 0}, {"n": []}, {"n": "0"}]


async def numbers(wire: Wire) -> None:
    for n in range(5):
        await wire.send(json.dumps({"n": n}), f"M{n % 2}")
    wire.thaw()
    await wire.send(json.dumps({"n": 9}), "M1")


@pytest.mark.parametrize(
    ("arm", "seen"),
    [
        ({"name": "gap", "skip": 1}, [0, 2, 3, 4, 9]),
        ({"name": "duplicate", "skip": 1}, [0, 1, 1, 2, 3, 4, 9]),
        ({"name": "reorder", "skip": 1}, [0, 2, 1, 3, 4, 9]),
        ({"name": "freeze_market", "match": "M1"}, [0, 2, 4, 9]),
        ({"name": "freeze_socket", "skip": 2}, [0, 1, 9]),
        ({"name": "frame_drift", "field": "n", "skip": 1}, [0, 0, 2, 3, 4, 9]),
    ],
)
async def test_frames(arm: dict[str, Any], seen: list[int]) -> None:
    faults = Faults()
    faults.arm(**arm)
    async with venue(faults, numbers) as (client, done), client.ws_connect("/ws") as socket:
        got = [(await socket.receive_json(timeout=5))["n"] for _ in seen]
        assert got == seen
        assert done["sent"] == len(seen)


async def test_a_redial_is_refused_with_a_page() -> None:
    faults = Faults()
    faults.arm("refuse_socket", count=2)
    async with venue(faults, numbers) as (client, _):
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="502"):
                await client.ws_connect("/ws")
        async with client.ws_connect("/ws") as socket:
            assert (await socket.receive_json(timeout=5))["n"] == 0


async def test_a_disconnect_is_abnormal() -> None:
    faults = Faults()
    faults.arm("disconnect", skip=2)
    async with venue(faults, numbers) as (client, _), client.ws_connect("/ws") as socket:
        kinds = [(await socket.receive(timeout=5)).type for _ in range(3)]
        assert kinds[:2] == [aiohttp.WSMsgType.TEXT] * 2
        assert kinds[2] in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert socket.close_code == 1006
