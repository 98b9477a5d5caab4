"""Subaccounts: opened in order, with balances of their own (kalshi.md section 7.8).

One rule: 0 is the primary account, 1 to 63 exist once opened; money moves in whole cents.
"""

from aiohttp import web

from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import Problem, bad_request, invalid_order
from arbees.simulator.kalshi.shapes import Body
from arbees.units import NS_PER_S

CENT = 10_000


class Subaccounts:
    """(request, user) -> answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._opened: dict[str, int] = {}
        self._moves: list[Body] = []
        self._netting: dict[str, dict[int, bool]] = {}

    def _numbers(self, user: str) -> range:
        return range(self._opened.get(user, 0) + 1)

    async def create(self, request: web.Request, user: str) -> tuple[int, Body]:
        self._desk.limits.write(user)
        number = self._opened.get(user, 0) + 1
        if number > parse.SUBACCOUNT_MAX:
            raise invalid_order("no subaccount left")
        self._opened[user] = number
        self._desk.open_account(user, subaccount=number)
        return 201, {"subaccount_number": number}

    async def transfer(self, request: web.Request, user: str) -> tuple[int, Body]:
        self._desk.limits.write(user)
        body = await parse.body_of(request)
        struct = "SubaccountTransferRequest"
        names = ("from_subaccount", "to_subaccount", "amount_cents", "exchange_index")
        source, target, cents, shard = (parse.whole(body, name, struct) for name in names)
        if source is None or target is None or cents is None or cents <= 0:
            raise bad_request("from_subaccount, to_subaccount and amount_cents are required")
        if source not in self._numbers(user) or target not in self._numbers(user):
            raise invalid_order("unknown subaccount")
        accounts, place = self._desk.exchange.accounts, shard or 0
        if accounts.free(f"{user}/{source}", place) < cents * CENT:
            raise Problem(400, "insufficient_balance")
        accounts.deposit(f"{user}/{source}", -cents * CENT, place)
        accounts.deposit(f"{user}/{target}", cents * CENT, place)
        said = body.get("client_transfer_id") or self._desk.new_id()
        row = {
            "transfer_id": str(said), "user": user, "from_subaccount": source,
            "to_subaccount": target, "amount_cents": cents, "exchange_index": place,
            "created_ts": self._desk.now_ns() // NS_PER_S,
        }  # fmt: skip
        self._moves.append(row)
        return 200, {}

    def balances(self, request: web.Request, user: str) -> Body:
        accounts = self._desk.exchange.accounts
        rows = [
            {"subaccount_number": number, "exchange_index": shard,
             "balance": shapes.money(accounts.free(account, shard), 4),
             "updated_ts": self._desk.now_ns() // NS_PER_S}
            for number in self._numbers(user)
            for account, shard in sorted(accounts.cash) if account == f"{user}/{number}"
        ]  # fmt: skip
        return {"subaccount_balances": rows}

    def transfers(self, request: web.Request, user: str) -> Body:
        return {"transfers": [row for row in self._moves if row["user"] == user], "cursor": ""}

    def netting(self, request: web.Request, user: str) -> Body:
        said = self._netting.get(user, {})
        rows = [
            {"subaccount_number": n, "enabled": said.get(n, False), "exchange_index": 0}
            for n in self._numbers(user)
        ]
        return {"netting_configs": rows}

    async def set_netting(self, request: web.Request, user: str) -> tuple[int, Body]:
        """Kept and shown; collateral is never returned across markets here."""
        self._desk.limits.write(user)
        body = await parse.body_of(request)
        number = parse.whole(body, "subaccount_number", "NettingRequest") or 0
        if number not in self._numbers(user):
            raise invalid_order("unknown subaccount")
        enabled = parse.flag(body, "enabled", "NettingRequest")
        self._netting.setdefault(user, {})[number] = enabled
        return 200, {}
