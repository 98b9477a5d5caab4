"""Gateways as composed: the kill latch is read immediately before each write."""

from collections.abc import Callable, Sequence

from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, PlaceOrder
from arbees.ports import Gateway


class LatchedPaperGateway:
    """Hands orders to the paper venue unless the latch on disk is set; then they are rejected."""

    def __init__(
        self,
        paper: Gateway,
        is_killed: Callable[[], bool],
        answer: Callable[[ev.EngineEvent, int], None],
    ) -> None:
        self._paper = paper
        self._is_killed = is_killed
        self._answer = answer
        self.blocked = 0

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """Orders in the step's order; each one reads the latch by itself."""
        for command in commands:
            if isinstance(command, PlaceOrder) and self._is_killed():
                self.blocked += 1
                rejected = ev.OrderStatus.REJECTED
                self._answer(ev.OrderAnswer(command.order_id, rejected, "killed", ts_ns), ts_ns)
            else:
                self._paper.submit((command,), ts_ns)
