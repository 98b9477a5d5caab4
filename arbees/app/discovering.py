"""Composes discovery for a run: what its worker is told at the beginning."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from arbees.app.config import Settings
from arbees.app.discovery.messages import Begin, Holding, Patience, Row
from arbees.app.simulated import Venues
from arbees.errors import ConfigError

OWN_PER_S = 1_000.0
"""A simulator of our own, which nobody else asks."""


def begin_of(
    settings: Settings, venues: Venues, home: Path, rows: Iterable[dict[str, str]],
    held: Iterable[tuple[str, str]] = (), is_session: bool = False,
) -> Begin:  # fmt: skip
    """`rows` are links that others claim, as a session's pairs are written; `held` names venue and
    instrument of every position; a session's venues are not paced, they are the run's own.
    Called before the engine takes a core: the worker keeps to the cores that are usable now.
    Raises ConfigError."""
    per_s = {
        name: OWN_PER_S if is_session else said.max_requests_per_s * settings.matching.share
        for name, said in (("kalshi", settings.kalshi), ("polymarket", settings.polymarket))
    }
    said, matching = settings.reconnect, settings.matching
    try:
        pinned = tuple(msgspec.convert(row, Row) for row in rows)
    except msgspec.ValidationError as error:
        raise ConfigError(f"a session's pairs: {error}") from error
    return Begin(
        kalshi_rest=venues.kalshi_rest,
        gamma=venues.gamma,
        kalshi_per_s=per_s["kalshi"],
        polymarket_per_s=per_s["polymarket"],
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
