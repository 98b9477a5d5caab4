"""Links that a catalogue scan gives: matched outside the engine's process, traded only if proved.

The bodies of the scan are kept in `home/catalogue`, where `arbees links` reads them; the matcher
works on these files, in a process of its own once they are large.
"""

from collections.abc import Sequence
from pathlib import Path

import anyio.to_process

from arbees.app.linking import link, stored
from arbees.app.listings import read_listing
from arbees.matching.verdicts import Answer

CATALOGUE = "catalogue"
INLINE_BYTES = 2_000_000
"""Below this the matcher is done before another process has started."""
Rows = list[dict[str, str]]


async def discovered_links(
    kalshi: Sequence[bytes], polymarket: Sequence[bytes], home: Path
) -> Rows:
    """Rows in the shape of a session's `pairs`, for every link that may be traded as riskless or
    that a person approved. Raises ConfigError when the stored decisions cannot be read."""
    folder = home / CATALOGUE
    keep_bodies(folder, kalshi, polymarket)
    if sum(map(len, (*kalshi, *polymarket))) < INLINE_BYTES:
        return tradable_rows(folder, home)
    return await anyio.to_process.run_sync(tradable_rows, folder, home)


def keep_bodies(folder: Path, kalshi: Sequence[bytes], polymarket: Sequence[bytes]) -> None:
    """The pages as they came, in place of those of an earlier scan."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("kalshi_*.json"), *folder.glob("polymarket_*.json")):
        old.unlink()
    for venue, bodies in (("kalshi", kalshi), ("polymarket", polymarket)):
        for number, body in enumerate(bodies):
            (folder / f"{venue}_{number:05d}.json").write_bytes(body)


def tradable_rows(folder: Path, home: Path) -> Rows:
    """Reads, matches and keeps what may be traded. The other outcome of a Polymarket market needs
    no row of its own: buying it is selling the first."""
    listing = read_listing(folder)
    tokens = {
        record.market_id: record.token_ids[0]
        for event in listing.polymarket
        for record in event.markets
        if record.token_ids
    }
    rows = []
    for found in link(listing, stored(home)).links:
        relation, token = found.relation, tokens.get(found.b.market_id)
        if token and found.is_tradable and relation in (Answer.SAME, Answer.INVERSE):
            said = found.decision
            who = f"approved by {said.who}" if said else f"matcher v{found.verdict.version}"
            rows.append(
                {
                    "kalshi_ticker": found.a.market_id,
                    "polymarket_token_id": token,
                    "relation": relation.value,
                    "evidence": f"{who}, link {found.link}",
                }
            )
    return rows
