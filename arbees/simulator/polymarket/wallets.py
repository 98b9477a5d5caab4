"""Whose wallets there are: funders, allowances, bans, and what they start with.

One rule: a wallet belongs to the first key holder that signed for it, and to nobody else.
"""

from dataclasses import dataclass, field

from arbees.simulator.exchange.accounts import Accounts
from arbees.simulator.exchange.orders import Side
from arbees.simulator.polymarket.eip712 import NEG_RISK, PROTOCOL_V2, STANDARD
from arbees.simulator.polymarket.errors import problem
from arbees.units import MICRO

START_CASH = 10_000 * MICRO
UNLIMITED = (1 << 256) - 1
SPENDERS = (STANDARD, NEG_RISK, PROTOCOL_V2)


@dataclass
class Wallets:
    """Wallet addresses in lower case; they are the exchange's account names."""

    accounts: Accounts
    start_cash: int = START_CASH
    banned: set[str] = field(default_factory=set)
    closed_only: set[str] = field(default_factory=set)
    allowance: dict[str, int] = field(default_factory=dict)
    _owner: dict[str, str] = field(default_factory=dict)
    _wallet: dict[tuple[str, int], str] = field(default_factory=dict)

    def use(self, wallet: str, owner: str, kind: int) -> str:
        """The wallet's account, funded when it is new. Raises Problem if it is another's."""
        account, holder = wallet.lower(), owner.lower()
        if self._owner.setdefault(account, holder) != holder:
            raise problem("signer")
        self._wallet[holder, kind] = account
        if (account, 0) not in self.accounts.cash:
            self.accounts.deposit(account, self.start_cash)
        return account

    def of(self, owner: str, kind: int) -> str:
        """The wallet that this key holder trades from with this signature type."""
        wallet = self._wallet.get((owner.lower(), kind), owner)
        return self.use(wallet, owner, kind)

    def fund(self, wallet: str, cash: int) -> None:
        self.accounts.deposit(wallet.lower(), cash)

    def allowances(self, account: str) -> dict[str, str]:
        said = str(self.allowance.get(account, UNLIMITED))
        return dict.fromkeys(SPENDERS, said)

    def check(
        self, address: str, account: str, side: Side, spends: int, *, closed_only: bool
    ) -> None:
        """Bans and allowances. Raises Problem."""
        names = {address.lower(), account}
        if names & self.banned:
            raise problem("banned", address=address)
        if (closed_only or names & self.closed_only) and side is Side.BUY:
            raise problem("closed_only", address=address)
        allowed = self.allowance.get(account, UNLIMITED)
        if spends > allowed:
            raise problem("allowance", allowance=allowed, amount=spends)
