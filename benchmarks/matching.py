"""Cold matching of 120,000 Kalshi markets against 50,000 Polymarket markets, on one core.

Every market is generated as a record, read into terms (rules text included), indexed and judged
against its candidates; both venues list the same games. Prints one JSON object.
"""

import argparse
import json
import platform
import random
import resource
import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

import msgspec

from arbees.app.links import load_matcher
from arbees.matching.entities import Directory, Team
from arbees.matching.matcher import Matcher
from arbees.matching.pairing import Pairing
from arbees.matching.records import KalshiRecord, PolymarketRecord

KALSHI, POLYMARKET, NEW = 120_000, 50_000, 200
START = date(2026, 10, 1)
LEAGUES = {"nfl": "NFL", "nba": "NBA", "nhl": "NHL", "mlb": "MLB", "cbb": "NCAAMB", "cfb": "NCAAF"}
ASSETS = {"btc": "Bitcoin", "eth": "Ethereum", "sol": "Solana"}
K_RULES = (
    "If {} wins, the market resolves to Yes, including overtime. If the game does not start "
    "within 48 hours, the market resolves to a fair market price."
)
P_RULES = (
    "{}: if the game is postponed, this market will remain open until it is played. If the game is "
    "canceled entirely, this market will resolve 50-50. The result includes any overtime."
)


class Game(msgspec.Struct, frozen=True):
    """A game, and a price ladder of the same day."""

    league: str
    away: Team
    home: Team
    day: date
    asset: str
    hour: int
    word: int


def games(directory: Directory, seed: int) -> Iterator[Game]:
    """An endless season."""
    chance = random.Random(seed)
    while True:
        league = chance.choice(list(LEAGUES))
        away, home = chance.sample(directory.leagues[league].league.teams, 2)
        day = START + timedelta(days=chance.randrange(60))
        asset, hour = chance.choice(list(ASSETS)), chance.randrange(24)
        yield Game(league, away, home, day, asset, hour, chance.randrange(10**6))


def kalshi_records(game: Game) -> Iterator[KalshiRecord]:
    """Both sides, spreads, totals, a price ladder, and words."""
    away, home = game.away.codes[0].upper(), game.home.codes[0].upper()
    stamp, series = f"{game.day:%y%b%d}".upper(), f"KX{LEAGUES[game.league]}"
    event, rules = f"{stamp}{away}{home}", K_RULES.format(f"{away} {game.day}")
    for side in (away, home):
        yield KalshiRecord(ticker=f"{series}GAME-{event}-{side}", rules_primary=rules)
    for points in range(1, 5):
        for kind, label, line in (
            ("SPREAD", f"{home}{points}", points - 0.5),
            ("TOTAL", f"{40 + points}", 40.5 + points),
        ):
            ticker = f"{series}{kind}-{event}-{label}"
            yield KalshiRecord(ticker=ticker, floor_strike=line, rules_primary=rules + label)
    for rung in range(10):
        strike = 60_000 + 250 * rung - 0.01
        yield KalshiRecord(ticker=f"KX{game.asset.upper()}D-{stamp}{game.hour:02d}-T{strike}")
    title = f"Will event {game.word} happen in 2026?"
    yield KalshiRecord(ticker=f"KXWORD{game.word}-26", title=title)


def polymarket_records(game: Game) -> Iterator[PolymarketRecord]:
    """The same game at the other venue."""
    names = (f"{game.away.place} {game.away.nick}", f"{game.home.place} {game.home.nick}")
    slug = f"{game.league}-{game.away.codes[0]}-{game.home.codes[0]}-{game.day}"
    whole = PolymarketRecord(
        slug=slug, question=" vs. ".join(names), event_title=" vs. ".join(names),
        outcomes=names, sports_market_type="moneyline", description=P_RULES.format(slug),
    )  # fmt: skip
    for name in names:
        yield msgspec.structs.replace(whole, outcome=name)
    for points in range(1, 4):
        yield msgspec.structs.replace(
            whole, slug=f"{slug}-total", sports_market_type="totals", line=40.5 + points,
            outcome="Over", outcomes=("Over", "Under"),
        )  # fmt: skip
        yield msgspec.structs.replace(
            whole, slug=f"{slug}-spread", sports_market_type="spreads", line=0.5 - points,
            outcome=names[1], outcomes=(names[1], names[0]),
        )  # fmt: skip
    for rung in range(3):
        price = f"${60_000 + 1000 * rung:,}"
        question = f"Will the price of {ASSETS[game.asset]} be above {price} on {game.day:%B %d}?"
        yield PolymarketRecord(question=question, end_date=f"{game.day}T16:00:00Z", outcome="Yes")
    yield PolymarketRecord(question=f"Will event {game.word} happen in 2026?", outcome="Yes")


def cold(matcher: Matcher, kalshi: int, polymarket: int) -> tuple[Pairing, dict[str, Any]]:
    """Reads, indexes and judges everything once."""
    ours = list(islice(markets(matcher.directory), kalshi))
    theirs = list(islice(outcomes(matcher.directory), polymarket))
    pairing = Pairing(matcher.judge)
    begun, busy = time.perf_counter(), time.process_time()
    for record in ours:
        pairing.put(matcher.of_kalshi(record))
    read_at = time.perf_counter()
    for outcome in theirs:
        pairing.put(matcher.of_polymarket(outcome))
    links = len(pairing.take().found)
    ended, busy = time.perf_counter(), time.process_time() - busy
    return pairing, {
        "kalshi": len(ours), "polymarket": len(theirs), "distinct": len(pairing),
        "pairs_judged": pairing.judged, "links": links, "crowded": len(pairing.crowded),
        "read_kalshi_s": round(read_at - begun, 2), "total_s": round(ended - begun, 2),
        "total_cpu_s": round(busy, 2),
    }  # fmt: skip


def markets(directory: Directory) -> Iterator[KalshiRecord]:
    """An endless season at Kalshi, every ticker once."""
    seen: set[str] = set()
    for record in (r for game in games(directory, 1) for r in kalshi_records(game)):
        if record.ticker not in seen:
            seen.add(record.ticker)
            yield record


def outcomes(directory: Directory) -> Iterator[PolymarketRecord]:
    """An endless season at Polymarket, every outcome with an id of its own."""
    records = (r for game in games(directory, 1) for r in polymarket_records(game))
    for number, record in enumerate(records):
        yield msgspec.structs.replace(record, market_id=f"0x{number:064x}")


def one_by_one(matcher: Matcher, pairing: Pairing) -> list[float]:
    """Milliseconds from the record of a market that is not known yet to its links."""
    times = []
    for number, record in enumerate(islice(outcomes(matcher.directory), NEW)):
        fresh = msgspec.structs.replace(record, market_id=f"new {number}")
        begun = time.perf_counter()
        pairing.put(matcher.of_polymarket(fresh))
        pairing.take()
        times.append(1e3 * (time.perf_counter() - begun))
    return times


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    share = parser.parse_args().share
    matcher = load_matcher()
    pairing, figures = cold(matcher, int(KALSHI * share), int(POLYMARKET * share))
    times = one_by_one(matcher, pairing)
    figures["new_market_ms_p50"] = round(statistics.median(times), 3)
    figures["new_market_ms_max"] = round(max(times), 3)
    figures["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures["machine"] = f"{platform.machine()}, Python {platform.python_version()}"
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
