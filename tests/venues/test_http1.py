"""The order transport on loopback: written once, never to the wrong order, honest about what it
knows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from arbees.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from arbees.pipeline.backoff import BackoffPolicy
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from tests.loopback import Server, make_tls, ok, until

pytestmark = pytest.mark.anyio
FAST = BackoffPolicy(0.01, 0.05)
GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = 30.0


@asynccontextmanager
async def warm(url: str, size: int = 1, **how: Any) -> AsyncIterator[Http1Pool]:
    pool = Http1Pool(target_of(url, how.pop("tls", None)), PoolPolicy(size, backoff=FAST, **how))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run)
        await pool.wait_warm()
        yield pool
        tasks.cancel_scope.cancel()


def scripted(*answers: bytes | None) -> Callable[[bytes, asyncio.StreamWriter], Awaitable[bool]]:
    """One answer after another; None ends the connection without a word."""
    left = list(answers)

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> bool:
        if (said := left.pop(0)) is None:
            return False
        writer.write(said)
        return True

    return answer


async def echo(request: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(ok(request.split(b" ")[1]))
    return True


async def silence(request: bytes, writer: asyncio.StreamWriter) -> bool:
    return True


async def test_each_sender_gets_its_own_answer_over_tls(tmp_path: Path) -> None:
    server_tls, client_tls = make_tls(tmp_path)
    async with Server(echo, server_tls) as server, warm(server.url, 3, tls=client_tls) as pool:
        answers = await asyncio.gather(*(pool.send(GET % n, LONG) for n in range(50)))
        assert [a.body for a in answers] == [b"/%d" % n for n in range(50)]
        assert server.accepted <= 3
        assert len(server.requests) == 50


async def test_bytes_leave_before_send_returns() -> None:
    async with Server(echo) as server, warm(server.url) as pool:
        assert pool.idle == 1
        answer = pool.send(GET % 1, LONG)
        assert pool.idle == 0
        assert (await answer).status == 200


async def test_a_gate_that_raises_stops_the_write_and_frees_the_connection() -> None:
    def killed() -> None:
        raise VenueRejected("the kill latch is on", "killed")

    async with Server(echo) as server, warm(server.url) as pool:
        busy = pool.send(GET % 1, LONG)
        waiting, after = pool.send(GET % 2, LONG, killed), pool.send(GET % 3, LONG)
        with pytest.raises(VenueRejected, match="kill latch"):
            await waiting
        await asyncio.gather(busy, after)
        with pytest.raises(VenueRejected):
            await pool.send(GET % 4, LONG, killed)
        assert [r.split(b" ")[1] for r in server.requests] == [b"/1", b"/3"]


@pytest.mark.parametrize(
    "answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"<html>no http"]
)
async def test_a_lost_answer_is_an_unknown_outcome(answer: bytes | None) -> None:
    async def lose(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer or b"")
        return False

    async with Server(lose) as server, warm(server.url) as pool:
        with pytest.raises(OutcomeUnknown, match="may have been carried out"):
            await pool.send(GET % 1, LONG)
        assert len(server.requests) == 1


async def test_a_timeout_is_unknown_after_the_write_and_nothing_before_it() -> None:
    async with Server(silence) as server, warm(server.url) as pool:
        sent, waiting = pool.send(GET % 1, 0.05), pool.send(GET % 2, 0.02)
        with pytest.raises(VenueUnavailable, match="nothing was sent"):
            await waiting
        with pytest.raises(OutcomeUnknown, match="no answer within"):
            await sent
        assert len(server.requests) == 1


async def test_a_late_answer_never_reaches_the_next_request() -> None:
    late = asyncio.Event()

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> bool:
        if b"/1 HTTP" in request:
            await late.wait()
        return await echo(request, writer)

    async with Server(answer) as server, warm(server.url) as pool:
        with pytest.raises(OutcomeUnknown):
            await pool.send(GET % 1, 0.02)
        late.set()
        await pool.wait_warm()
        assert (await pool.send(GET % 2, LONG)).body == b"/2"


async def test_a_word_out_of_turn_ends_the_connection() -> None:
    heard = asyncio.Event()

    async def chatty(request: bytes, writer: asyncio.StreamWriter) -> bool:
        await echo(request, writer)
        if b"/1 HTTP" in request:
            await heard.wait()
            writer.write(ok(b"forged"))
        return True

    async with Server(chatty) as server, warm(server.url) as pool:
        assert (await pool.send(GET % 1, LONG)).body == b"/1"
        heard.set()
        await until(lambda: server.accepted == 2 and pool.idle == 1)
        assert (await pool.send(GET % 2, LONG)).body == b"/2"


async def test_two_answers_to_one_request_are_none() -> None:
    async with Server(scripted(ok() + ok())) as server, warm(server.url) as pool:
        with pytest.raises(OutcomeUnknown, match="nobody asked for"):
            await pool.send(GET % 1, LONG)


async def test_a_closing_venue_is_dialled_again() -> None:
    ending = ok(b"one", more="Connection: close\r\n")
    async with Server(scripted(ending, ok(b"two"))) as server, warm(server.url) as pool:
        assert (await pool.send(GET % 1, LONG)).body == b"one"
        await until(lambda: pool.idle == 1 and pool.dials == 2)
        assert (await pool.send(GET % 2, LONG)).body == b"two"
        assert server.accepted == 2


async def test_without_a_connection_nothing_is_promised() -> None:
    async with Server(echo) as server:
        url = server.url
    pool = Http1Pool(target_of(url), PoolPolicy(1, backoff=FAST))
    with pytest.raises(VenueUnavailable, match="still connecting"):
        await pool.send(GET % 1, LONG)
    with anyio.move_on_after(0.2):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run)
            await until(lambda: pool.dials >= 3)
            with pytest.raises(VenueUnavailable, match="no connection is up"):
                await pool.send(GET % 1, LONG)
            tasks.cancel_scope.cancel()


async def test_idle_connections_are_replaced_before_the_venue_ends_them() -> None:
    async with Server(echo) as server, warm(server.url, idle_max_s=0.02) as pool:
        await until(lambda: server.accepted >= 3)
        await pool.wait_warm()
        assert (await pool.send(GET % 1, LONG)).body == b"/1"


async def test_an_abandoned_request_leaves_the_next_one_in_step() -> None:
    async with Server(echo) as server, warm(server.url) as pool:
        first = pool.send(GET % 1, LONG)
        second = pool.send(GET % 2, LONG)
        first.cancel()
        assert (await second).body == b"/2"
        assert len(server.requests) == 2


async def test_ending_the_pool_leaves_no_one_waiting() -> None:
    async with Server(silence) as server:
        async with warm(server.url) as pool:
            sent, waiting = pool.send(GET % 1, LONG), pool.send(GET % 2, LONG)
        with pytest.raises(OutcomeUnknown):
            await sent
        with pytest.raises(VenueUnavailable):
            await waiting


async def test_the_line_of_those_who_wait_has_an_end() -> None:
    async with Server(silence) as server, warm(server.url) as pool:
        calls = [pool.send(GET % n, LONG) for n in range(258)]
        with pytest.raises(VenueUnavailable, match="no connection is free"):
            await calls[-1]
        for call in calls:
            call.cancel()
