"""A short form of `make chaos`: both venues' feeds against the simulator, their sockets broken."""

import pytest

from arbees.app.config import Settings
from benchmarks.reconnect import campaign, missed, private_campaign

pytestmark = pytest.mark.anyio


async def test_cut_feeds_are_back_with_valid_books_and_rest_fills_an_outage() -> None:
    reconnect = {"base_ms": 50, "healthy_s": 0.0, "rest_after_s": 0.1}
    settings = Settings(reconnect=reconnect)  # type: ignore[arg-type]
    said = await campaign(8, 1, settings, outage_s=1.0, freezes=False)
    said |= await private_campaign(8, settings, 11)
    assert missed(said) == []
    assert said["back_s"]["n"] == said["back_s_private"]["n"] == 8
    assert said["least_wait_s"] >= 0.035
    assert said["outage_rest_books_s"]["max"] < 1.0
    assert all(2 <= attempts <= 6 for attempts in said["outage_attempts"])
