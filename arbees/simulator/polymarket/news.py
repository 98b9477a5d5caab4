"""What the venue has to tell and to whom: the outbox between the desk and the sockets.

One rule: messages leave in the order in which they were put here.
"""

from dataclasses import dataclass, field

from arbees.simulator.polymarket.listing import Listing
from arbees.simulator.polymarket.shapes import Body


@dataclass(frozen=True, slots=True)
class UserNews:
    """For the user sockets of one API key."""

    key: str
    condition: str
    body: Body


@dataclass(frozen=True, slots=True)
class MarketNews:
    """For the market sockets that watch one of `tokens`; `custom` needs the feature flag,
    `everyone` goes to all who have it."""

    listing: Listing
    tokens: tuple[str, ...]
    body: Body
    custom: bool = False
    everyone: bool = False


News = UserNews | MarketNews


@dataclass
class Outbox:
    _waiting: list[News] = field(default_factory=list)

    def user(self, key: str, condition: str, body: Body) -> None:
        self._waiting.append(UserNews(key, condition, body))

    def market(
        self, listing: Listing, tokens: tuple[str, ...], body: Body, *, custom: bool = False,
        everyone: bool = False,
    ) -> None:  # fmt: skip
        self._waiting.append(MarketNews(listing, tokens, body, custom, everyone))

    def taken(self) -> list[News]:
        """Everything that waits; it waits no longer."""
        waiting, self._waiting = self._waiting, []
        return waiting
