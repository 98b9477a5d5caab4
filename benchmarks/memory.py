"""Memory of a process that watches 5,000 books, every tap on: `python -m benchmarks.memory`.

Half of the books are Kalshi markets, half Polymarket tokens, paired; 40 levels a side, one in five
on a grid of a tenth of a cent. Then 200,000 deltas, so that what grows has grown. The bound is
600 MB of resident memory at its highest, interpreter and compiled kernels included.
"""

import json
import platform
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from arbees.app import compose
from arbees.app.warm import warm_up
from arbees.journal import JournalWriter
from arbees.markets.instrument import (
    FeeRounding,
    FeeSchedule,
    FeeTerm,
    Instrument,
    uniform_grid,
)
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.settings import EngineSettings, PaperSettings
from arbees.store.outbox import Outbox
from arbees.tradelog import TradeLogWriter

PAIRS = 2_500
LEVELS = 40
DELTAS = 200_000
BOUND_MB = 600
KALSHI = FeeSchedule((FeeTerm(0, 70_000, 0, balance_step=100),))
TOKEN = FeeSchedule((FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET),))


def _instruments() -> tuple[Instrument, ...]:
    rules = "t" * 80
    found = []
    for n in range(2 * PAIRS):
        is_token = n >= PAIRS
        grid = uniform_grid(10 if n % 5 == 0 else 100)
        name = str(10**76 + n) if is_token else f"KXBENCH-26NOV26-{n:05d}"
        market = f"0x{n:064x}" if is_token else name
        event = f"e{n % PAIRS // 10}"
        found.append(
            Instrument(
                n, "polymarket" if is_token else "kalshi", name, market, event, rules, "yes",
                grid, TOKEN if is_token else KALSHI, not is_token,
            )
        )  # fmt: skip
    return tuple(found)


def _snapshot(instrument: Instrument, number: int) -> bytes:
    steps = range(1, LEVELS + 1)
    bids = [[f"{0.01 * k:.4f}", f"{k}.00"] for k in steps]
    asks = [[f"{1 - 0.01 * k:.4f}", f"{k}.00"] for k in steps]
    if instrument.venue == "kalshi":
        body = {
            "market_ticker": instrument.instrument_id, "yes_dollars_fp": bids,
            "no_dollars_fp": bids,
        }  # fmt: skip
        return json.dumps(
            {"type": "orderbook_snapshot", "sid": 1, "seq": number, "msg": body}
        ).encode()
    sides = {"bids": bids, "asks": asks}
    rows = {name: [{"price": p, "size": q} for p, q in side] for name, side in sides.items()}
    head = {"event_type": "book", "asset_id": instrument.instrument_id, "market": "0x1"}
    return json.dumps({**head, "timestamp": "1", **rows}).encode()


def _frames(instruments: tuple[Instrument, ...]) -> Iterator[tuple[int, bytes]]:
    random, seq = Random(1), 0
    for instrument in instruments:
        seq += instrument.venue == "kalshi"
        yield int(instrument.venue != "kalshi"), _snapshot(instrument, seq)
    for _ in range(DELTAS):
        instrument = random.choice(instruments)
        price = f"0.{random.randint(1, LEVELS):02d}"
        if instrument.venue == "kalshi":
            seq += 1
            yield (
                0,
                (
                    b'{"type":"orderbook_delta","sid":1,"seq":%d,"msg":{"market_ticker":"%b",'
                    b'"price_dollars":"%b","delta_fp":"%d.00","side":"yes"}}'
                    % (seq, instrument.instrument_id.encode(), price.encode(), random.randint(1, 9))
                ),
            )
        else:
            yield (
                1,
                (
                    b'{"event_type":"price_change","market":"0x1","timestamp":"1","price_changes":'
                    b'[{"asset_id":"%b","price":"%b","side":"BUY","size":"%d"}]}'
                    % (instrument.instrument_id.encode(), price.encode(), random.randint(1, 99))
                ),
            )


def _runtime(home: Path, instruments: tuple[Instrument, ...]) -> Runtime:
    runtime = compose.build_runtime(
        EngineSettings(), paper=PaperSettings(), journal=JournalWriter(home / "journal", {}),
        tradelog=TradeLogWriter(home / "trades.log"),
        outbox=Outbox(f"sqlite+aiosqlite:///{home / 'x.db'}"),
    )  # fmt: skip
    runtime.deliver_event(ev.InstrumentsAdded(instruments), 1)
    links = tuple(ev.LinkSpec(f"l{n}", n, n + PAIRS, "same", "made up") for n in range(PAIRS))
    runtime.deliver_event(ev.LinksAdded(links), 1)
    for conn, venue in enumerate(("kalshi", "polymarket")):
        opened = compose.conn_opened(runtime, venue, conn, 0)
        runtime.deliver_event(opened, 1)
    return runtime


def main() -> None:
    instruments = _instruments()
    with tempfile.TemporaryDirectory() as temporary:
        runtime = _runtime(Path(temporary), instruments)
        warm_up(Path(temporary))
        for number, (conn, data) in enumerate(_frames(instruments)):
            runtime.deliver_frame(Frame(conn, 0, 2 + number, data))
        books = runtime.engine.books
        valid = sum(books.is_valid(ix) for ix in range(books.count))
        runtime.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    word = "met" if peak <= BOUND_MB else "MISSED"
    print(f"machine: {platform.machine()}, Python {sys.version.split()[0]}")
    print(f"{valid} of {books.count} books valid, {runtime.frames} frames, "
          f"{runtime.wire_errors} unreadable")  # fmt: skip
    print(f"peak resident {peak:.0f} MB, bound {BOUND_MB} MB {word}; ladders "
          f"{books.ladder.nbytes / 1e6:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
