"""Order groups: a limit on contracts matched within fifteen seconds (kalshi.md section 7.7).

One rule: a group that was triggered refuses orders until it is reset.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from arbees.simulator.exchange.core import Events
from arbees.simulator.exchange.orders import Reason
from arbees.simulator.kalshi.desk import Desk
from arbees.units import NS_PER_S

WINDOW_NS = 15 * NS_PER_S


@dataclass(slots=True)
class Group:
    id: str
    account: str
    limit: int
    shard: int
    triggered: bool = False
    matched: deque[tuple[int, int]] = field(default_factory=deque)

    def over(self, now_ns: int) -> bool:
        while self.matched and self.matched[0][0] <= now_ns - WINDOW_NS:
            self.matched.popleft()
        return sum(qty for _, qty in self.matched) >= self.limit


class Groups:
    """All groups. `say` is told what became of one; triggers fire in `settle`, after the match."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.groups: dict[str, Group] = {}
        self._hit: list[Group] = []
        self.say: Callable[[Group, str], None] = lambda group, kind: None

    def create(self, account: str, limit: int, shard: int) -> Group:
        group = Group(self._desk.new_id(), account, limit, shard)
        self.groups[group.id] = group
        self.say(group, "created")
        return group

    def of(self, account: str, group_id: str) -> Group | None:
        group = self.groups.get(group_id)
        return group if group is not None and group.account == account else None

    def matched(self, group_id: str, qty: int) -> None:
        group = self.groups.get(group_id)
        if group is not None:
            group.matched.append((self._desk.now_ns(), qty))
            if group.over(self._desk.now_ns()) and not group.triggered:
                self._hit.append(group)

    def settle(self) -> Events:
        """Cancel what the groups that were just hit still have resting."""
        out: Events = ()
        while self._hit:
            group = self._hit.pop()
            if not group.triggered:
                out += self.trigger(group)
        return out

    def orders(self, group: Group) -> list[str]:
        return [o.id for o in self._desk.exchange.resting() if o.terms.group == group.id]

    def trigger(self, group: Group) -> Events:
        group.triggered = True
        self.say(group, "triggered")
        resting = [o for o in self._desk.exchange.resting() if o.terms.group == group.id]
        return self._desk.exchange.cancel_many(resting, self._desk.now_ns(), Reason.GROUP)

    def reset(self, group: Group) -> None:
        group.triggered = False
        group.matched.clear()
        self.say(group, "reset")

    def resize(self, group: Group, limit: int) -> Events:
        """A new limit; it may trigger at once."""
        group.limit = limit
        self.say(group, "limit_updated")
        return self.trigger(group) if group.over(self._desk.now_ns()) else ()

    def delete(self, group: Group) -> Events:
        resting = [o for o in self._desk.exchange.resting() if o.terms.group == group.id]
        del self.groups[group.id]
        self.say(group, "deleted")
        return self._desk.exchange.cancel_many(resting, self._desk.now_ns(), Reason.GROUP)
