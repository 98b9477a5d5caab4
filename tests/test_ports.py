"""Ports: protocols only, each with the methods that its users call."""

import inspect
from typing import Protocol, is_typeddict

import pytest

from arbees import ports
from arbees.clock import SystemClock
from arbees.messages.commands import Resnapshot
from arbees.messages.events import EngineEvent, TimerFired
from arbees.messages.frames import Frame

METHODS = {
    "Clock": {"now_ns", "sleep"},
    "Session": {"receive", "outgoing"},
    "BookSession": {"ask_again", "watch"},
    "MarketReader": {"read"},
    "Sink": {"deliver_frame", "deliver_event"},
    "Gateway": {"submit"},
    "OrderTransport": {"send"},
    "PaperGateway": {"take_due", "due_ns"},
    "Journal": {"append_frame", "append_event", "close"},
    "TradeLog": {"append", "close"},
    "StoreOutbox": {"put"},
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str) -> None:
    port = getattr(ports, name)
    assert Protocol in port.__mro__
    assert not is_typeddict(port)
    own = {key for key, value in vars(port).items() if inspect.isfunction(value)}
    assert {key for key in own if not key.startswith("_")} == METHODS[name]


def test_no_port_is_left_out() -> None:
    here = {
        name
        for name, value in vars(ports).items()
        if inspect.isclass(value) and value.__module__ == ports.__name__
    }
    assert here == set(METHODS)


class Collecting:
    """The least thing that is a Sink."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.events: list[tuple[int, EngineEvent]] = []

    def deliver_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def deliver_event(self, event: EngineEvent, ts_recv_ns: int) -> None:
        self.events.append((ts_recv_ns, event))


def test_structure_is_enough() -> None:
    """mypy checks the assignments; at run time nothing needs to be inherited."""
    collecting = Collecting()
    sink: ports.Sink = collecting
    clock: ports.Clock = SystemClock()
    sink.deliver_frame(Frame(1, 0, clock.now_ns(), b"{}"))
    sink.deliver_event(TimerFired("beat"), 5)
    assert len(collecting.frames) == 1
    assert collecting.events == [(5, TimerFired("beat"))]
    assert Resnapshot(1, (2,)).ixs == (2,)
