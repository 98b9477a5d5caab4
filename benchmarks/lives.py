"""Random lives on both simulated venues: does our ledger always end as the simulators' books?

`python -m benchmarks.lives [--lives 200] [--seed 1]` lets the real gateways and feeds live on real
sockets (tests/life): each seed draws steps out of trades, resting orders, the other side's
orders, amendments, cancels, cuts of every socket and every named fault, in any order; then both
markets pay what the seed drew. Exit code 1 with the seeds whose life raised, hung or ended with
other positions or other cash than the simulators'. One seed alone: `--lives 1 --seed N`.
"""

import argparse
import json
import platform
import tempfile
import traceback
from collections import Counter
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import anyio
import httpx

from tests.life.acts import amend, cancel, faults_of, settle, under_fault
from tests.life.joint import CONTRACT, Joint, joint
from tests.life.test_faults import CASES, KALSHI, POLYMARKET
from tests.simulator.polymarket.rig import Wallet

STEPS = ("trade", "rest", "meet", "meet", "amend", "cancel", "cut", "fault", "fault")
STEPS_MIN, STEPS_MAX = 2, 8
QTY_MIN, QTY_MAX = 5, 20
"""Contracts; Polymarket takes no order under five."""
LIFE_S = 60.0
PATIENCE_S = 0.6
PAYS = ((10_000, 0), (0, 10_000), (5_000, 5_000), (3_700, 10_000), (0, 0))
FAILED = 1


class RandomLife:
    """One seed's life. `did` counts the steps that could be done."""

    def __init__(self, it: Joint, other: Wallet, draw: Random) -> None:
        self.it, self.other, self.draw = it, other, draw
        self.did: Counter[str] = Counter()
        self.resting: list[tuple[str, str]] = []

    async def live(self) -> None:
        """Trade once, take the drawn steps, end everything; the books equal the ledger twice."""
        it, draw = self.it, self.draw
        await self._trade()
        for _ in range(draw.randint(STEPS_MIN, STEPS_MAX)):
            await getattr(self, f"_{draw.choice(STEPS)}")()
            await it.pump()
        for venue in (KALSHI, POLYMARKET):
            faults_of(it, venue).clear()
        await self._cancel(share=1.0)
        await it.settle_down()
        kalshi_pays, token_pays = draw.choice(PAYS)
        await settle(it, kalshi_pays, token_pays)
        await it.settle_down()
        cash = {venue: money for venue, (_, money) in it.books().items()}
        if it.ledger.cash != cash:
            raise AssertionError(f"cash of ours {it.ledger.cash}, of the venues {cash}")

    async def _trade(self) -> None:
        self.did["order"] += await self.it.trade(patience_s=PATIENCE_S)

    async def _rest(self) -> None:
        ours, theirs = (self.draw.randrange(4_100, 5_000, 100) for _ in range(2))
        qty, number = self.draw.randint(QTY_MIN, QTY_MAX), len(self.resting) + 1
        self.resting.append(await self.it.rest(ours, theirs, qty, number))
        self.did["rest"] += 1

    async def _meet(self) -> None:
        """Somebody sells to what rests at either venue; what finds nothing rests itself."""
        count = self.draw.randint(QTY_MIN, QTY_MAX)
        if self.draw.random() < 0.5:
            price = f"0.{self.draw.randint(41, 50)}00"
            await self.it.kalshi.made.order("ask", price, f"{count}.00", other=True)
        else:
            price = f"0.{self.draw.randint(50, 59)}"
            await self.it.at.place(self.other, "free", "BUY", price, str(count), outcome=1)
        self.did["meet"] += 1

    async def _amend(self) -> None:
        """The newest order that rests at Kalshi becomes larger or smaller."""
        it = self.it
        working = [ours for ours, _ in self.resting if ours in it.kalshi.gateway.working]
        if not working:
            return
        await it.pump()
        filled = it.kalshi.filled(working[-1])
        asked = it.kalshi.asked[working[-1]].qty // CONTRACT
        size = filled + self.draw.randint(1, QTY_MAX)
        if filled < asked and size != asked:
            status = await amend(it, working[-1], size)  # it may just have been filled
            self.did["amend" if status == HTTPStatus.OK else "amend refused"] += 1

    async def _cancel(self, share: float = 0.5) -> None:
        for ids in self.resting:
            for venue, order_id in zip((KALSHI, POLYMARKET), ids, strict=True):
                if self.draw.random() < share:
                    cancel(self.it, venue, order_id)
                    self.did["cancel"] += 1

    async def _cut(self) -> None:
        """Every socket ends; what happens meanwhile is not pushed to us."""
        await self.it.cut()
        for _ in range(self.draw.randint(0, 3)):
            await self._meet()
        await self.it.reconnect()
        self.did["cut"] += 1

    async def _fault(self) -> None:
        name = self.draw.choice(sorted(CASES))
        venue, more = CASES[name]
        await under_fault(self.it, name, venue, more)
        faults_of(self.it, venue).clear()
        await self.it.account.check_access()
        self.did[f"fault {name}"] += 1


async def one(seed: int) -> Counter[str]:
    """Live one seed; raises what its life raised."""
    async with httpx.AsyncClient(trust_env=False) as http:
        with tempfile.TemporaryDirectory() as home, anyio.fail_after(LIFE_S):
            async with joint(Path(home), http) as it:
                life = RandomLife(it, await it.at.login(Wallet(8)), Random(seed))
                await life.live()
                return life.did


def campaign(lives: int, seed: int) -> dict[str, Any]:
    """Live the seeds one after the other; the summary that the command prints."""
    did: Counter[str] = Counter()
    failed: dict[int, str] = {}
    for number in range(seed, seed + lives):
        try:
            did += anyio.run(one, number)
        except Exception as error:
            failed[number] = _reason(error)
            print(f"seed {number}: {failed[number]}", flush=True)
    return {
        "lives": lives, "failed": failed, "steps": dict(sorted(did.items())),
        "python": platform.python_version(), "machine": platform.machine(),
    }  # fmt: skip


def _reason(error: BaseException) -> str:
    """The innermost error of a group with its place."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lives", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = campaign(options.lives, options.seed)
    print(json.dumps(found, indent=1))
    raise SystemExit(FAILED if found["failed"] else 0)


if __name__ == "__main__":
    main()
