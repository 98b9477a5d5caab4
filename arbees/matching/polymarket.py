"""One outcome of a Polymarket market -> terms: structure decides which grammar reads it."""

import msgspec

from arbees.matching import crypto, dates, economics, politics, polymarket_sports, questions
from arbees.matching.entities import Directory
from arbees.matching.names import fold
from arbees.matching.records import PolymarketRecord
from arbees.matching.terms import Terms, text_print


def read(record: PolymarketRecord, directory: Directory) -> Terms:
    """Terms of the named outcome. Never raises on what a record holds."""
    if polymarket_sports.is_game(record):
        terms = polymarket_sports.read(record, directory)
    else:
        terms = _worded(record, directory)
    faults = terms.faults + (("market_id",) if is_hydrating(record) else ())
    faults += ("token_ids",) if is_stale(record) else ()
    return msgspec.structs.replace(terms, rules_print=text_print(record.description), faults=faults)


def is_hydrating(record: PolymarketRecord) -> bool:
    """Outcomes without as many tokens: the listing is not whole yet, or its mapping is stale."""
    return bool(record.token_ids) and len(record.token_ids) != len(record.outcomes)


def is_stale(record: PolymarketRecord) -> bool:
    """Tokens that the order book denies, or one token for two outcomes: whoever buys by this
    mapping may buy the other side."""
    twice = len(set(record.token_ids)) < len(record.token_ids)
    denied = bool(record.clob_token_ids) and record.clob_token_ids != record.token_ids
    return twice or denied


def _worded(record: PolymarketRecord, directory: Directory) -> Terms:
    """Prices and prints by their own grammars, then offices, then the general questions."""
    base = Terms(market_id=record.market_id or record.slug, venue=record.venue)
    number = crypto.polymarket(record, base, directory) or economics.polymarket(
        record, base, directory
    )
    if number is not None:
        return number
    title = " ".join((record.question or record.event_title).split())
    year = record.end_date[:4] if record.end_date[:4].isdigit() else ""
    where = "polymarket.question"
    terms = politics.question(title, base, directory, year, where)
    if terms is None:
        near = dates.day(record.end_date)
        terms = questions.read(title, base, directory, near, where)
    negated = fold(record.outcome) == "no" or (not record.outcome and record.outcome_index == 1)
    return msgspec.structs.replace(terms, negated=negated)
