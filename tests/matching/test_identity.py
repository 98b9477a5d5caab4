"""Identity: the traps of kalshi.md section 14.3 and polymarket.md section 12, one by one."""

import pytest

from tests.matching.tables import identity, of_kalshi, of_polymarket

MLB = "KXMLBGAME-26APR141940TBCWS-TB"
RAYS = ("aec-mlb-tb-cws-2026-04-14", "tampa bay rays vs. chicago white sox")


@pytest.mark.parametrize(
    ("ticker", "title", "slug", "question", "outcome", "said"),
    [
        (MLB, "Tampa Bay vs Chicago WS", *RAYS, 0, "same"),
        (MLB, "Tampa Bay vs Chicago WS", *RAYS, 1, "inverse"),
        (MLB, "", "mlb-tb-cws-2026-04-15", RAYS[1], 0, "different"),
        (MLB, "", "mlb-tb-chc-2026-04-14", "Rays vs. Cubs", 0, "different"),
        (MLB, "", "nhl-tb-chi-2026-04-14", "Lightning vs. Blackhawks", 0, "different"),
        (
            "KXATPSETWINNER-26MAY04MOLBAS-2-MOL",
            "Elmer Moller vs Nikoloz Basilashvili: Set 2 Winner",
            "aec-atp-elmmoe-nikbas-2026-05-04",
            "elmer moeller vs. nikoloz basilashvili",
            0,
            "different",
        ),
        (
            "KXATPMATCH-26MAY04MOLBAS-MOL",
            "Moller vs Basilashvili",
            "aec-atp-elmmoe-nikbas-2026-05-05",
            "elmer moeller vs. nikoloz basilashvili",
            0,
            "same",
        ),
        (
            "KXATPMATCH-26MAY04MOLBAS-MOL",
            "Moller vs Basilashvili",
            "aec-atp-elmmoe-nikbas-2026-05-11",
            "elmer moeller vs. nikoloz basilashvili",
            0,
            "different",
        ),
        (
            "KXITFWMATCH-26APR25JACHON-JAC",
            "Jackson vs Honer",
            "aec-ufc-raobar-monjac-2026-04-25",
            "raoni barcelos vs. montel jackson",
            1,
            "different",
        ),
        (
            "KXNBASERIES-26CLETOR-CLE",
            "",
            "nba-cle-tor-2026-04-26",
            "Cavaliers vs. Raptors",
            0,
            "different",
        ),
    ],
)
def test_games(ticker: str, title: str, slug: str, question: str, outcome: int, said: str) -> None:
    a = of_kalshi(ticker, title)
    b = of_polymarket(slug, question, outcome_index=outcome)
    assert identity(a, b) in (said, "unknown" if said == "different" else said)
    assert identity(b, a) == identity(a, b)


def test_doubleheaders_need_a_number_or_a_start() -> None:
    first = of_kalshi("KXMLBGAME-26APR141310TBCWSG1-TB")
    bare = of_polymarket(*RAYS, outcome_index=0)
    assert identity(first, bare) == "unknown"
    at = "2026-04-14 17:10:00+00"
    assert identity(first, of_polymarket(*RAYS, outcome_index=0, game_start_time=at)) == "same"
    late = of_polymarket(*RAYS, outcome_index=0, game_start_time="2026-04-14 23:40:00+00")
    assert identity(first, late) == "unknown"
    assert identity(of_kalshi("KXMLBGAME-26APR141310TBCWS-TB"), late) == "unknown"
    second = of_kalshi("KXMLBGAME-26APR141940TBCWSG2-TB")
    assert identity(first, second) == "different"


def soccer(rest: str, outcome: str) -> object:
    return of_polymarket(
        f"epl-ars-che-2026-03-01-{rest}", "", outcome=outcome, event_title="Arsenal vs. Chelsea"
    )


@pytest.mark.parametrize(
    ("label", "rest", "outcome", "said"),
    [
        ("ARS", "ars", "Yes", "same"),
        ("ARS", "ars", "No", "inverse"),
        ("ARS", "che", "Yes", "disjoint"),
        ("ARS", "che", "No", "subset"),
        ("TIE", "draw", "Yes", "same"),
        ("TIE", "draw", "No", "inverse"),
        ("TIE", "ars", "Yes", "disjoint"),
    ],
)
def test_three_way_games(label: str, rest: str, outcome: str, said: str) -> None:
    a = of_kalshi(f"KXEPLGAME-26MAR01ARSCHE-{label}")
    assert identity(a, soccer(rest, outcome)) == said  # type: ignore[arg-type]


def spread(line: float, first: str, outcome: str) -> object:
    outcomes = ("Chiefs", "Dolphins") if first == "Chiefs" else ("Dolphins", "Chiefs")
    return of_polymarket(
        "nfl-kc-mia-2026-09-27-spread",
        "",
        sports_market_type="spreads",
        line=line,
        outcome=outcome,
        outcomes=outcomes,
        event_title="Chiefs vs. Dolphins",
    )


@pytest.mark.parametrize(
    ("line", "first", "outcome", "said"),
    [
        (-3.5, "Chiefs", "Chiefs", "same"),
        (-3.5, "Chiefs", "Dolphins", "inverse"),
        (-4.5, "Chiefs", "Chiefs", "superset"),
        (-2.5, "Chiefs", "Chiefs", "subset"),
        (-3.5, "Dolphins", "Dolphins", "disjoint"),
        (3.5, "Dolphins", "Dolphins", "inverse"),
        (3.5, "Dolphins", "Chiefs", "same"),
        (-3.0, "Chiefs", "Chiefs", "unknown"),
    ],
)
def test_spreads_are_one_margin_seen_from_two_sides(
    line: float, first: str, outcome: str, said: str
) -> None:
    a = of_kalshi("KXNFLSPREAD-26SEP27KCMIA-KC4", floor_strike=3.5)
    assert identity(a, spread(line, first, outcome)) == said  # type: ignore[arg-type]


def test_totals() -> None:
    a = of_kalshi("KXNBATOTAL-26JUN13NYKSAS-217", floor_strike=217.5)

    def b(line: float, outcome: str) -> object:
        return of_polymarket(
            "nba-nyk-sas-2026-06-13-total",
            "",
            sports_market_type="totals",
            line=line,
            outcome=outcome,
            event_title="Knicks vs. Spurs",
        )

    assert identity(a, b(217.5, "Over")) == "same"  # type: ignore[arg-type]
    assert identity(a, b(217.5, "Under")) == "inverse"  # type: ignore[arg-type]
    assert identity(a, b(218.5, "Over")) == "superset"  # type: ignore[arg-type]
    assert identity(a, b(218.5, "Under")) == "cover"  # type: ignore[arg-type]


def test_seasons_and_people() -> None:
    pistons = of_kalshi("KXNBA-26-DET", "Will the Detroit win the 2026 Pro Basketball Finals?")
    for question, said in [
        ("Will the Detroit Pistons win the 2026 NBA Finals?", "same"),
        ("Will the Detroit Pistons win the 2027 NBA Finals?", "different"),
        ("Will the Boston Celtics win the 2026 NBA Finals?", "disjoint"),
        ("Will the Detroit Pistons win the NBA Eastern Conference Finals?", "different"),
    ]:
        assert identity(pistons, of_polymarket("", question)) == said
    ticket = of_kalshi(
        "KXDTICKET-28NOV07-GNEWAOC",
        "Will Gavin Newsom and AOC be the 2028 Democratic Presidential ticket?",
    )
    aoc = of_polymarket("", "Will AOC win the 2028 Democratic presidential nomination?")
    assert identity(ticket, aoc) in ("different", "unknown")


def test_words_equal_only_themselves() -> None:
    a = of_polymarket("", "Will X do it by June 30, 2026?")
    assert identity(a, of_polymarket("", "will the X do it by june 30, 2026")) == "same"
    assert (
        identity(a, of_polymarket("", "Will X do it by June 30, 2026?", outcome="No")) == "inverse"
    )
    assert identity(a, of_polymarket("", "Will X do it by July 31, 2026?")) == "different"
    assert identity(a, of_polymarket("", "Does X do it by June 30, 2026?")) == "unknown"
    game = "Texas Rangers vs. Houston Astros"
    near, far = (of_polymarket("", game, end_date=day) for day in ("2026-05-16", "2026-05-23"))
    assert identity(near, near) == "same" and identity(near, far) == "unknown"
    assert identity(near, of_polymarket("", game)) == "unknown"
