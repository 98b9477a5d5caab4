"""The engine's own state: restarting, post-only afterwards, paused.

One rule: a cancel is refused only while the engine is down.
"""

from dataclasses import dataclass

from arbees.simulator.polymarket.errors import post_only_mode, problem, restarting
from arbees.units import NS_PER_S

RESTART_NS = 5 * NS_PER_S
POST_ONLY_NS = 120 * NS_PER_S


@dataclass(slots=True)
class Mode:
    """Ends of the windows in ns of the venue's clock."""

    restart_until: int = 0
    post_only_until: int = 0
    paused_until: int = 0
    cancel_only: bool = False
    """Which of the two words the pause is announced with."""

    def restart(self, now_ns: int, down_ns: int = RESTART_NS, after_ns: int = POST_ONLY_NS) -> None:
        """Down, then post-only for about two minutes."""
        self.restart_until = now_ns + down_ns
        self.post_only_until = self.restart_until + after_ns

    def pause(self, until_ns: int, *, cancel_only: bool) -> None:
        self.paused_until, self.cancel_only = until_ns, cancel_only

    def is_post_only(self, now_ns: int) -> bool:
        return now_ns < self.post_only_until

    def check_cancel(self, now_ns: int) -> None:
        """Raises Problem 425."""
        if now_ns < self.restart_until:
            raise restarting()

    def check_order(self, now_ns: int, post_only: bool) -> None:
        """Raises Problem 425 or 503."""
        self.check_cancel(now_ns)
        if now_ns < self.paused_until:
            raise problem("cancel_only" if self.cancel_only else "disabled")
        if self.is_post_only(now_ns) and not post_only:
            raise post_only_mode(-(-(self.post_only_until - now_ns) // NS_PER_S))
