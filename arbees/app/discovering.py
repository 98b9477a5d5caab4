"""Composes discovery for a run: what its worker is told at the beginning."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from arbees.app.config import Settings
from arbees.app.discovery.messages import Begin, Holding, Patience, Row
from arbees.app.simulated import Venues
from arbees.errors import ConfigError


def begin_of(
    settings: Settings, venues: Venues, home: Path, rows: Iterable[dict[str, str]],
    held: Iterable[tuple[str, str]] = (),
) -> Begin:  # fmt: skip
    """`rows` are links that others claim, as a session's pairs are written; `held` names venue and
    instrument of every position. Called before the
    engine takes a core: the worker keeps to the cores that are usable now. Raises ConfigError."""
    said, matching = settings.reconnect, settings.matching
    try:
        pinned = tuple(msgspec.convert(row, Row) for row in rows)
    except msgspec.ValidationError as error:
        raise ConfigError(f"a session's pairs: {error}") from error
    return Begin(
        kalshi_rest=venues.kalshi_rest,
        gamma=venues.gamma,
        kalshi_per_s=settings.kalshi.max_requests_per_s * matching.share,
        polymarket_per_s=settings.polymarket.max_requests_per_s * matching.share,
        patience=Patience(said.base_ms / 1000, said.cap_s, said.jitter, said.healthy_s),
        home=str(home),
        is_matching=matching.enabled,
        leagues_first=matching.leagues_first,
        pinned=pinned,
        held=tuple(Holding(venue, name) for venue, name in held),
        changes_s=matching.changes_s,
        rescan_s=matching.rescan_s,
        cores=tuple(sorted(os.sched_getaffinity(0))),
        routes=venues.routes(),
    )
