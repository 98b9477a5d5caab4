"""The discovery worker: both venues' scans, the desk, and what a person decided meanwhile.

A venue that does not answer is asked again for ever and named in what is counted; the other one
goes on. It ends when its input does.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import anyio
import anyio.abc
import httpx
import msgspec

from arbees.app.discovery.budget import Budget
from arbees.app.discovery.catalogue import FILE, Catalogue
from arbees.app.discovery.desk import Desk
from arbees.app.discovery.intake import Intake
from arbees.app.discovery.kalshi_scanner import KalshiScanner
from arbees.app.discovery.messages import Answer, Begin, Command, Counted, Games, Look, Scanned
from arbees.app.discovery.polymarket_scanner import PolymarketScanner
from arbees.app.discovery.reading import ANSWER_S, Reader
from arbees.app.egress import open_client
from arbees.app.linking import STORED, stored
from arbees.app.links import load_matcher
from arbees.errors import ArbeesError, ConfigError
from arbees.matching.entities import Directory
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.ports import Clock
from arbees.units import NS_PER_S

DECISIONS_S = 1.0
REPORT_S = 1.0
GAME_SERIES = ("GAME", "SPREAD", "TOTAL")
GAME_MEASURES = ("moneyline", "spread", "total")
Say = Callable[[Answer], None]


class Scanner(Protocol):
    """One venue's scans; each raises VenueUnavailable or WireError."""

    venue: str

    async def prepare(self) -> None: ...
    async def full(self, scan: int) -> None: ...
    async def changed(self, since_s: int, scan: int) -> None: ...
    async def league(self, names: Sequence[str], scan: int) -> None: ...
    async def look(self, names: Sequence[str], scan: int) -> None: ...


class Worker:
    """Everything behind the worker's two pipes."""

    def __init__(
        self, begin: Begin, clock: Clock, say: Say,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._begin = begin
        self._clock = clock
        self._say = say
        said = begin.patience
        self._policy = BackoffPolicy(said.base_s, said.cap_s, said.jitter, said.healthy_s)
        self._home = Path(begin.home)
        self.catalogue = Catalogue(self._home / FILE)
        self.matcher = load_matcher()
        self.desk = Desk(
            self.matcher, self.catalogue, begin.pinned, stored(self._home), begin.is_matching,
            begin.held,
        )  # fmt: skip
        self._intake = Intake(self.desk, self.tell)
        self.http = open_client(begin.routes, ANSWER_S, transport)
        kalshi = Reader("kalshi", self.http, Budget(begin.kalshi_per_s), self._policy, clock)
        gamma = Reader("polymarket", self.http, Budget(begin.polymarket_per_s), self._policy, clock)
        self._readers = (kalshi, gamma)
        self._scanners: dict[str, Scanner] = {
            "kalshi": KalshiScanner(begin.kalshi_rest, kalshi, self._intake),
            "polymarket": PolymarketScanner(begin.gamma, gamma, self._intake),
        }
        self._ready = {venue: anyio.Event() for venue in self._scanners}
        self._number = dict.fromkeys(self._scanners, 0)

    def tell(self) -> None:
        """Whatever is news goes out."""
        for answer in self.desk.news():
            self._say(answer)

    async def run(self, commands: anyio.abc.ObjectReceiveStream[Command]) -> None:
        """Until the commands end."""
        async with self.http, anyio.create_task_group() as tasks:
            for scanner in self._scanners.values():
                tasks.start_soon(self._scans, scanner)
            tasks.start_soon(self._decisions)
            tasks.start_soon(self._reports)
            async for command in commands:
                match command:
                    case Look():
                        tasks.start_soon(self._look, command)
                    case Games():
                        tasks.start_soon(self._games, command)
                    case Begin():
                        raise ConfigError("discovery: a second beginning")
            tasks.cancel_scope.cancel()
        self.catalogue.close()

    async def _scans(self, scanner: Scanner) -> None:
        """Prepare; what is held or pinned and the leagues that are wanted first; then everything,
        and for ever after what changed."""
        await self._until_done(scanner.prepare)
        self._ready[scanner.venue].set()
        first = self._begin.leagues_first
        named = [h.instrument_id for h in self._begin.held if h.venue == scanner.venue]
        named += [row.of(scanner.venue) for row in self._begin.pinned]
        if named:
            await self._tried(scanner.look, list(dict.fromkeys(named)), 0)
        if first:
            await self._tried(scanner.league, self._names(scanner.venue, first), 0)
        full_s = float("-inf")
        since_s = 0
        while True:
            begun_s, wall_s = anyio.current_time(), self._clock.now_ns() // NS_PER_S
            is_full = begun_s - full_s >= self._begin.rescan_s
            self._number[scanner.venue] += 1
            number = self._number[scanner.venue]
            scan = (scanner.full, number) if is_full else (scanner.changed, since_s, number)
            is_done = await self._tried(*scan)
            self._say(self._counted())
            if is_done:
                since_s, full_s = wall_s, begun_s if is_full else full_s
                took = anyio.current_time() - begun_s
                self._say(Scanned(scanner.venue, is_full, round(took, 3)))
            await self._clock.sleep(self._begin.changes_s)

    async def _reports(self) -> None:
        """A long scan says how far it is."""
        while True:
            await self._clock.sleep(REPORT_S)
            self._say(self._counted())

    def _counted(self) -> Counted:
        throttled = sum(reader.throttled for reader in self._readers)
        return msgspec.structs.replace(self.desk.counted(), throttled=throttled)

    async def _until_done(self, what: Callable[[], object]) -> None:
        backoff = Backoff(self._policy, lambda: 1.0)
        while not await self._tried(what):
            self._say(self._counted())
            await self._clock.sleep(backoff.next_s())

    async def _tried(self, what: Callable[..., object], *args: object) -> bool:
        """Whether it went well; what did not is kept to be told."""
        try:
            await what(*args)  # type: ignore[misc]
        except ArbeesError as error:
            self.desk.error = str(error)
            return False
        except BaseExceptionGroup as group:
            expected, bugs = group.split(ArbeesError)
            if bugs is not None or expected is None:
                raise
            self.desk.error = str(expected.exceptions[0])
            return False
        self.desk.error = ""
        return True

    async def _look(self, command: Look) -> None:
        scanner = self._scanners.get(command.venue)
        if scanner is not None:
            await self._ready[command.venue].wait()
            number = self._number[command.venue]
            await self._tried(scanner.look, command.market_ids, number)

    async def _games(self, command: Games) -> None:
        leagues = tuple(sorted({game.league for game in command.games}))

        async def ask(scanner: Scanner) -> None:
            await self._ready[scanner.venue].wait()
            names = self._names(scanner.venue, leagues)
            await self._tried(scanner.league, names, self._number[scanner.venue])

        async with anyio.create_task_group() as tasks:
            for scanner in self._scanners.values():
                tasks.start_soon(ask, scanner)
        self._say(self.desk.games(command.number, command.games))

    def _names(self, venue: str, leagues: Sequence[str]) -> list[str]:
        """What the venue calls the leagues' games: series at Kalshi, sports at Polymarket."""
        of = series_of_league if venue == "kalshi" else slugs_of_league
        return [name for league in leagues for name in of(self.matcher.directory, league)]

    async def _decisions(self) -> None:
        """A person's word counts at once, and terms that changed make it fall away."""
        path, known = self._home / STORED, b""
        known = _content(path)
        while True:
            await self._clock.sleep(DECISIONS_S)
            if (now := _content(path)) == known:
                continue
            known = now
            try:
                decisions = stored(self._home)
            except ConfigError as error:
                self.desk.error = str(error)
                continue
            for _ in self.desk.decide(decisions):
                await anyio.lowlevel.checkpoint()
            self.tell()
            self._say(self._counted())


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def slugs_of_league(directory: Directory, league: str) -> list[str]:
    """The first words of a league's slugs at Polymarket."""
    return sorted(s for s, of in directory.slug_leagues.items() if of == league) or [league]


def series_of_league(directory: Directory, league: str) -> list[str]:
    """The series of a league's games: those the table names, else those its name makes."""
    tabled = [
        series for series, spec in directory.kalshi_series.items()
        if spec[:1] == (league,) and spec[1:2] and spec[1] in GAME_MEASURES
    ]  # fmt: skip
    made = [f"KX{s.upper()}{k}" for s in slugs_of_league(directory, league) for k in GAME_SERIES]
    return tabled or made
