"""A catalogue as large as the venues' own: games that both list, ladders, and words.

One rule: everything follows from the seed and the counts; the shapes are those of catalog.py.
"""

import hashlib
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from arbees.simulator.catalog import build_catalog

Body = dict[str, Any]
FIRST_DAY = date(2026, 2, 1)
RULES = (
    "The result includes any overtime. If the game is postponed, this market will remain open "
    "until the game is played. If the game is canceled, this market will resolve 50-50."
)
NBA = (
    "ATL Atlanta Hawks|BOS Boston Celtics|BKN Brooklyn Nets|CHA Charlotte Hornets|"
    "CHI Chicago Bulls|CLE Cleveland Cavaliers|DAL Dallas Mavericks|DEN Denver Nuggets|"
    "DET Detroit Pistons|HOU Houston Rockets|IND Indiana Pacers|MEM Memphis Grizzlies|"
    "MIA Miami Heat|MIL Milwaukee Bucks|MIN Minnesota Timberwolves|ORL Orlando Magic|"
    "PHI Philadelphia 76ers|PHX Phoenix Suns|SAC Sacramento Kings|TOR Toronto Raptors|"
    "UTA Utah Jazz|WAS Washington Wizards"
)
"""Teams whose place is one word, the same at both venues: code, place, nickname."""
GAMES_A_DAY = 11
LADDER = 20
SERIES_WORD, SERIES_COIN = "KXSIMWORD", "KXBTCD"


class Bulk:
    """Generated events of both venues, numbered so that no id repeats."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._teams = [team.split(" ") for team in NBA.split("|")]
        base = build_catalog(60.0)
        self._event: Body = base["kalshi"]["events"][0]
        self._market: Body = self._event["markets"][0]
        self._gamma: Body = base["polymarket"]["gamma_events"][0]
        self._numbers = iter(range(1, 10**9))

    def games(self, count: int) -> Iterator[tuple[date, list[str], list[str]]]:
        """(day, away, home); no team twice a day."""
        for number in range(count):
            if number % GAMES_A_DAY == 0:
                self._chance.shuffle(self._teams)
            day = FIRST_DAY + timedelta(days=number // GAMES_A_DAY)
            at = 2 * (number % GAMES_A_DAY)
            yield day, self._teams[at], self._teams[at + 1]

    def kalshi_game(self, day: date, away: list[str], home: list[str]) -> Body:
        """Two markets that exclude each other."""
        ticker = f"KXNBAGAME-{day:%y%b%d}{away[0]}{home[0]}".upper()
        title = f"{away[1]} at {home[1]} Winner?"
        sides = [(f"{ticker}-{side[0]}", side[1]) for side in (away, home)]
        rules = f"{title} {RULES}"
        markets = [self._kalshi_market(name, ticker, title, yes, rules) for name, yes in sides]
        return self._kalshi_event(ticker, "KXNBAGAME", title, "Sports", markets)

    def kalshi_ladder(self, number: int) -> Body:
        """Strikes of one hour."""
        day, hour = FIRST_DAY + timedelta(days=number // 24), number % 24
        ticker = f"{SERIES_COIN}-{day:%y%b%d}{hour:02d}".upper()
        title = f"Bitcoin price on {day:%b} {day.day}, at {hour}:00?"
        markets = []
        for rung in range(LADDER):
            strike = 60_000 + 250 * rung - 0.01
            more = {"strike_type": "greater", "floor_strike": strike}
            name = f"{ticker}-T{strike}"
            text = f"{title} {RULES} {number}"
            markets.append(self._kalshi_market(name, ticker, title, "", text) | more)
        return self._kalshi_event(ticker, SERIES_COIN, title, "Crypto", markets)

    def kalshi_words(self, number: int) -> Body:
        """Questions that nothing but words describe."""
        ticker, title = f"{SERIES_WORD}{number % 400}-{number}", f"What will happen in {number}?"
        markets = [
            self._kalshi_market(f"{ticker}-A{part}", ticker, f"Will {number} {part} happen?",
                                f"{part}", f"If {number} {part} happens. {RULES}" * 2)
            for part in range(LADDER)
        ]  # fmt: skip
        return self._kalshi_event(ticker, f"{SERIES_WORD}{number % 400}", title, "World", markets)

    def gamma_game(self, day: date, away: list[str], home: list[str]) -> Body:
        """The same game as one market of two outcomes."""
        slug = f"nba-{away[0]}-{home[0]}-{day}".lower()
        title = f"{away[2]} vs. {home[2]}"
        body = self._gamma_event(slug, title, [(title, [away[2], home[2]], RULES)])
        more = {"gameId": str(next(self._numbers)), "series": [{"id": "10345", "slug": "nba"}]}
        for market in body["markets"]:
            market["sportsMarketType"] = "moneyline"
        return body | more

    def gamma_words(self, number: int) -> Body:
        """Questions of several markets."""
        asked = [f"Will {number} {part} happen by June?" for part in range(LADDER)]
        questions = [(text, ["Yes", "No"], f"{text} {RULES}" * 3) for text in asked]
        return self._gamma_event(f"will-{number}-happen", f"Will {number} happen?", questions)

    def _kalshi_market(self, name: str, event: str, title: str, yes: str, rules: str) -> Body:
        return self._market | {
            "ticker": name, "event_ticker": event, "title": title, "subtitle": yes,
            "yes_sub_title": yes, "no_sub_title": yes, "rules_primary": rules,
            "close_time": "2027-01-01T03:00:00Z",
        }  # fmt: skip

    def _kalshi_event(
        self, ticker: str, series: str, title: str, category: str, markets: list[Body]
    ) -> Body:
        return self._event | {
            "event_ticker": ticker, "series_ticker": series, "title": title, "sub_title": title,
            "category": category, "markets": markets,
        }  # fmt: skip

    def _gamma_event(
        self, slug: str, title: str, questions: list[tuple[str, list[str], str]]
    ) -> Body:
        model = self._gamma["markets"][0]
        markets = []
        for question, outcomes, rules in questions:
            number = next(self._numbers)
            condition = hashlib.sha256(f"bulk {number}".encode()).hexdigest()
            tokens = [str(int(condition, 16) | 1 << 255), str(int(condition[::-1], 16) | 1 << 255)]
            markets.append(model | {
                "id": str(2_000_000 + number), "slug": slug, "question": question,
                "conditionId": f"0x{condition}", "outcomes": json.dumps(outcomes),
                "clobTokenIds": json.dumps(tokens), "description": rules,
            })  # fmt: skip
        number = next(self._numbers)
        return self._gamma | {"id": str(3_000_000 + number), "slug": slug, "ticker": slug,
                              "title": title, "description": title, "markets": markets,
                              "creationDate": "2026-01-01T00:00:00Z"}  # fmt: skip


def openings(events: list[Body], gamma: list[Body], t: int) -> list[Body]:
    """A first book for every market of these events, in the rows of a session: the same at both
    venues, so that nothing is mispriced."""
    rows: list[Body] = []
    for market in (m for event in events for m in event["markets"]):
        levels = [["0.4500", "100.00"]]
        said = {"market_ticker": market["ticker"], "market_id": "", "yes_dollars_fp": levels,
                "no_dollars_fp": levels}  # fmt: skip
        frame = {"type": "orderbook_snapshot", "sid": 1, "seq": 0, "msg": said}
        rows.append({"t": t, "venue": "kalshi", "channel": "ws", "frame": frame})
    for market in (m for event in gamma for m in event["markets"]):
        frame = {
            "event_type": "book", "asset_id": json.loads(market["clobTokenIds"])[0],
            "market": market["conditionId"], "timestamp": str(t // 1_000_000), "hash": "",
            "bids": [{"price": "0.45", "size": "100"}], "asks": [{"price": "0.55", "size": "100"}],
        }  # fmt: skip
        rows.append({"t": t, "venue": "polymarket", "channel": "ws", "frame": frame})
    return rows


def enlarge(
    catalog: Body, rows: list[Body], kalshi: int, polymarket: int, games: int, seed: int
) -> tuple[Body, list[Body]]:
    """The catalogue with `games` that both venues list, and at least so many markets in all of
    each venue; its games last, so that a scan meets them late. The rows with the games' books."""
    bulk = Bulk(seed)
    ours, theirs = catalog["kalshi"]["events"], catalog["polymarket"]["gamma_events"]
    events: list[Body] = []
    gamma: list[Body] = []
    number, held = 0, sum(len(e["markets"]) for e in ours) + 2 * games
    while held < kalshi:
        event = bulk.kalshi_ladder(number) if number % 3 == 0 else bulk.kalshi_words(number)
        events.append(event)
        held, number = held + len(event["markets"]), number + 1
    number, held = 0, sum(len(e["markets"]) for e in theirs) + games
    while held < polymarket:
        gamma.append(bulk.gamma_words(number))
        held, number = held + LADDER, number + 1
    played = list(bulk.games(games))
    ours_played = [bulk.kalshi_game(*game) for game in played]
    theirs_played = [bulk.gamma_game(*game) for game in played]
    events += ours_played
    gamma += theirs_played
    known = {s["ticker"] for s in catalog["kalshi"]["series"]}
    model = catalog["kalshi"]["series"][0]
    series = sorted({e["series_ticker"] for e in events} - known)
    ours += events
    theirs += gamma
    catalog["kalshi"]["series"] += [model | {"ticker": name, "title": name} for name in series]
    return catalog, [*openings(ours_played, theirs_played, rows[0]["t"]), *rows]
