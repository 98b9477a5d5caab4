"""Who owns what: cash per account and shard, shares per account and market, and what is bound.

One rule: money is only moved, never made. `total` over all accounts, fees, collateral and dust is
what was deposited, whatever was traded or settled.
"""

from dataclasses import dataclass, field

from arbees.simulator.exchange.events import Kind, Paid, Posting, Trade
from arbees.simulator.exchange.orders import Market, Order, Side
from arbees.units import PIPS_PER_DOLLAR, cost_ceil, div_ceil, div_floor

STREET = ""
"""The account of everybody who was recorded. Its cash may be negative."""


@dataclass(slots=True)
class Holding:
    """One account in one market: shares and their cost by outcome, and what came of them."""

    qty: list[int] = field(default_factory=lambda: [0, 0])
    cost: list[int] = field(default_factory=lambda: [0, 0])
    unsettled: list[int] = field(default_factory=lambda: [0, 0])
    realized: int = 0
    fees: int = 0
    traded: int = 0
    volume: int = 0
    updated_ns: int = 0

    def give_up(self, outcome: int, qty: int, proceeds: int) -> None:
        """Shares leave at average cost; the difference is realised."""
        held = self.qty[outcome]
        part = div_ceil(self.cost[outcome] * qty, held) if held > 0 else 0
        self.qty[outcome] -= qty
        self.cost[outcome] -= part
        self.realized += proceeds - part


class Accounts:
    """All balances of one exchange."""

    def __init__(self) -> None:
        self.cash: dict[tuple[str, int], int] = {}
        self.held: dict[tuple[str, str], Holding] = {}
        self.locks: dict[tuple[str, str], int] = {}
        self._locked: dict[tuple[str, int], int] = {}
        self.collateral: dict[str, int] = {}
        self.fees = 0
        self.dust = 0

    def deposit(self, account: str, cash: int, shard: int = 0) -> None:
        self.cash[account, shard] = self.cash.get((account, shard), 0) + cash

    def move(self, account: str, source: int, target: int, cash: int) -> bool:
        """Between shards; False when there is not that much free."""
        if cash <= 0 or self.free(account, source) < cash:
            return False
        self.deposit(account, -cash, source)
        self.deposit(account, cash, target)
        return True

    def balance(self, account: str, shard: int = 0) -> int:
        return self.cash.get((account, shard), 0)

    def free(self, account: str, shard: int = 0) -> int:
        """Cash that no resting order binds."""
        return self.balance(account, shard) - self._locked.get((account, shard), 0)

    def holding(self, account: str, market: str) -> Holding:
        return self.held.setdefault((account, market), Holding())

    def bind(self, account: str, market: Market, cash: int) -> None:
        """Resting orders of this market bind so much now."""
        key = (account, market.name)
        change = cash - self.locks.get(key, 0)
        self.locks[key] = cash
        where = (account, market.shard)
        self._locked[where] = self._locked.get(where, 0) + change

    def free_except(self, account: str, market: Market) -> int:
        """Free cash if this market's orders bound nothing."""
        return self.free(account, market.shard) + self.locks.get((account, market.name), 0)

    def post(self, market: Market, posting: Posting, ts_ns: int) -> None:
        """Book one party's side of a trade, fee included."""
        holding = self.holding(posting.account, market.name)
        self.deposit(posting.account, posting.cash - posting.fee, market.shard)
        self.fees += posting.fee
        holding.fees += posting.fee
        holding.traded += abs(posting.cash)
        holding.volume += abs(posting.qty)
        holding.updated_ns = ts_ns
        if posting.qty > 0:
            holding.qty[posting.outcome] += posting.qty
            holding.cost[posting.outcome] -= posting.cash
            if market.deferred and posting.account != STREET:
                holding.unsettled[posting.outcome] += posting.qty
        else:
            holding.give_up(posting.outcome, -posting.qty, posting.cash)
        if market.nets:
            self.merge(posting.account, market, min(holding.qty))

    def book_match(self, market: str, kind: Kind, qty: int, cash: int) -> None:
        """What a match left: collateral made or returned, and the dust of its rounding."""
        made = {Kind.NORMAL: 0, Kind.MINT: qty, Kind.MERGE: -qty}[kind]
        self.collateral[market] = self.collateral.get(market, 0) + made
        self.dust -= cash + made

    def undo(self, market: Market, trade: Trade) -> None:
        """Take a failed trade back, fees included."""
        for posting in trade.postings:
            holding = self.holding(posting.account, market.name)
            self.deposit(posting.account, posting.fee - posting.cash, market.shard)
            self.fees -= posting.fee
            holding.fees -= posting.fee
            holding.qty[posting.outcome] -= posting.qty
            holding.cost[posting.outcome] += posting.cash
        cash = sum(posting.cash for posting in trade.postings)
        self.book_match(market.name, trade.kind, -trade.qty, -cash)

    def merge(self, account: str, market: Market, qty: int) -> None:
        """Equal shares of both outcomes become cash."""
        if qty <= 0:
            return
        holding = self.holding(account, market.name)
        half = qty // 2
        holding.give_up(0, qty, half)
        holding.give_up(1, qty, qty - half)
        self.deposit(account, qty, market.shard)
        self.collateral[market.name] = self.collateral.get(market.name, 0) - qty

    def split(self, account: str, market: Market, qty: int) -> None:
        """Cash becomes equal shares of both outcomes."""
        holding = self.holding(account, market.name)
        half = qty // 2
        for outcome, paid in ((0, half), (1, qty - half)):
            holding.qty[outcome] += qty
            holding.cost[outcome] += paid
        self.deposit(account, -qty, market.shard)
        self.collateral[market.name] = self.collateral.get(market.name, 0) + qty

    def settle(self, market: Market, payout: int, now_ns: int) -> tuple[Paid, ...]:
        """Pay every holder, the fraction of a micro-dollar going to the house."""
        paid = []
        for (account, name), holding in list(self.held.items()):
            if name != market.name or not any(holding.qty):
                continue
            held, cost = (holding.qty[0], holding.qty[1]), (holding.cost[0], holding.cost[1])
            shares = zip(held, (payout, PIPS_PER_DOLLAR - payout), strict=True)
            cash = sum(div_floor(qty * share, PIPS_PER_DOLLAR) for qty, share in shares)
            holding.qty, holding.cost, holding.unsettled = [0, 0], [0, 0], [0, 0]
            holding.realized += cash - sum(cost)
            holding.updated_ns = now_ns
            self.deposit(account, cash, market.shard)
            self.collateral[name] = self.collateral.get(name, 0) - cash
            if account != STREET:
                paid.append(Paid(account, name, held, cost, cash, payout, now_ns))
        self.dust += self.collateral.pop(market.name, 0)
        return tuple(paid)

    def total(self) -> int:
        """All money there is: what was deposited, and nothing else."""
        return sum(self.cash.values()) + sum(self.collateral.values()) + self.fees + self.dust


def bound_cash(market: Market, holding: Holding, orders: list[Order], *, takes: bool) -> int:
    """Cash that these BUY orders of one account may need. Where the venue nets, shares of the other
    outcome pay for the part that closes them; earlier orders close first."""
    closable = [holding.qty[1], holding.qty[0]] if market.nets else [0, 0]
    total = 0
    for order in orders:
        terms = order.terms
        if terms.side is Side.SELL:
            continue
        if terms.budget is not None:
            total += terms.budget + market.fees.worst(terms.price, _shares(order), is_taker=True)
            continue
        closing = min(closable[terms.outcome], order.remaining)
        closable[terms.outcome] -= closing
        total += cost_ceil(terms.price, order.remaining - closing)
        total += market.fees.worst(terms.price, order.remaining, is_taker=takes)
    return total


def _shares(order: Order) -> int:
    assert order.terms.budget is not None
    return div_floor(order.terms.budget * PIPS_PER_DOLLAR, order.terms.price)


def bound_shares(orders: list[Order], outcome: int) -> int:
    """Shares that these SELL orders may deliver."""
    return sum(
        o.remaining for o in orders if o.terms.side is Side.SELL and o.terms.outcome == outcome
    )
