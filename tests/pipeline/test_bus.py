"""Channels are bounded, count what they lose, and say what happens when full."""

from arbees.pipeline.bus import Channel, WhenFull


def test_refuse_keeps_what_is_there() -> None:
    channel: Channel[int] = Channel("c", 2, WhenFull.REFUSE)
    assert channel.put(1) and channel.put(2)
    assert not channel.put(3)
    assert channel.drain() == [1, 2]
    assert channel.take() is None
    assert channel.stats() == {
        "name": "c", "depth": 0, "capacity": 2, "high_water": 2, "dropped": 1,
    }  # fmt: skip


def test_drop_oldest_keeps_the_newest() -> None:
    channel: Channel[int] = Channel("c", 2, WhenFull.DROP_OLDEST)
    assert channel.put(1) and channel.put(2)
    assert not channel.put(3)
    assert len(channel) == 2
    assert channel.take() == 2
