"""Feeds that stay open and say too little, against the simulator's faults and the real engine."""

from typing import Any

import anyio
import httpx
import pytest

from arbees.app.config import Settings
from arbees.messages import events as ev
from arbees.pipeline import silence
from arbees.pipeline.bodies import ask
from benchmarks.broken_feeds import Feed, running
from tests.pipeline.feeds import until

pytestmark = pytest.mark.anyio
ATTENTIVE = {"silence_s": 0.5}


async def arm(feed: Feed, **fault: Any) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{feed.control}/control/faults", json=fault)
        assert answer.status_code == 200, answer.text


async def agrees_with_rest(feed: Feed) -> bool:
    """Every book of ours is the venue's, as a fresh question shows."""
    poll = feed.monitor.fallback.plan
    events = poll.decode(await ask(poll.fetch(list(poll.instruments))))
    books = {e.ix: (e.bids, e.asks) for e in events if isinstance(e, ev.BookSnapshot)}
    ours = {ix: feed.runtime.levels(ix) for ix in books}
    return all(
        found is not None and (list(found[0]), list(found[1]))
        == (sorted(books[ix][0], reverse=True), sorted(books[ix][1]))
        for ix, found in ours.items()
    )  # fmt: skip


async def ends_in_agreement(feed: Feed) -> None:
    """The session plays on while we ask, so one look may come between two frames."""
    with anyio.fail_after(10):
        while not await agrees_with_rest(feed):  # noqa: ASYNC110
            await anyio.sleep(0.05)


@pytest.mark.parametrize(("venue", "fault"), [(1, "freeze_market"), (0, "freeze_socket")])
async def test_a_freeze_behind_living_pongs_is_found_and_mended(
    venue: int, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polymarket: one token stops. Kalshi: nothing comes any more. The connection answers pings."""
    monkeypatch.setattr(silence, "RETRY_S", 0.5)
    settings = Settings(kalshi=ATTENTIVE, polymarket=ATTENTIVE)  # type: ignore[arg-type]
    async with running(settings, 1, 3) as feeds:
        feed = feeds[venue]
        witness = feed.monitor.witness
        assert witness is not None
        match = next(iter(feed.socket.plan.instruments))
        where = {"match": match} if fault == "freeze_market" else {}
        await arm(feed, name=fault, venue=feed.socket.plan.venue, **where)
        await until(lambda: witness.status.contradicted >= 1)
        await feed.whole(1)
        await ends_in_agreement(feed)
        assert feed.socket.status.connects >= 2
        assert "frozen" in feed.socket.status.last_error
