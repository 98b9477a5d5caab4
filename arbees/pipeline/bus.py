"""Typed bounded channels between stages that run at different paces.

Every channel has a capacity and says what happens when it is full; depth, high water and drops are
counted and shown. Inside the engine there are no channels: hops are direct calls.
"""

from collections import deque
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class WhenFull(StrEnum):
    """What `put` does at capacity."""

    REFUSE = "refuse"
    DROP_OLDEST = "drop_oldest"


class Channel(Generic[T]):
    """A bounded queue inside one thread, drained in bulk."""

    def __init__(self, name: str, capacity: int, when_full: WhenFull) -> None:
        self.name = name
        self.capacity = capacity
        self.when_full = when_full
        self.high_water = 0
        self.dropped = 0
        self.put_count = 0
        self._items: deque[T] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> bool:
        """False if something was lost: this item (REFUSE) or the oldest one (DROP_OLDEST)."""
        self.put_count += 1
        kept = True
        if len(self._items) >= self.capacity:
            self.dropped += 1
            if self.when_full is WhenFull.REFUSE:
                return False
            self._items.popleft()
            kept = False
        self._items.append(item)
        if len(self._items) > self.high_water:
            self.high_water = len(self._items)
        return kept

    def pass_by(self) -> None:
        """Count an item that found the channel empty and its consumer idle."""
        self.put_count += 1

    def take(self) -> T | None:
        """The oldest item, or None."""
        return self._items.popleft() if self._items else None

    def drain(self) -> list[T]:
        """Everything that waits."""
        items = list(self._items)
        self._items.clear()
        return items

    def stats(self) -> dict[str, object]:
        """Plain figures for `arbees status`."""
        return {
            "name": self.name,
            "depth": len(self._items),
            "capacity": self.capacity,
            "high_water": self.high_water,
            "dropped": self.dropped,
        }
