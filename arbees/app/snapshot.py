"""What `arbees status` shows, taken from the running process."""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from arbees.app.compose import pnl_micro
from arbees.app.event_lives import EventLives
from arbees.app.process import Process
from arbees.messages.records import AnyRecord, OpportunitySeen
from arbees.pipeline.engine import Engine
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.sizing import SIDES

RECENT = 8


def uneven(engine: Engine) -> list[dict[str, Any]]:
    """Baskets whose legs differ in size: what each leg holds, why nothing is done about it now
    ("" while it is), and when it is looked at next."""
    rows = []
    for basket_id in sorted(engine.risk_state.broken):
        held = engine.ledger.holdings.of(basket_id)
        reason = engine.unwinder.reasons.get(basket_id)
        legs = [
            {"venue": venue, "instrument": name, "side": SIDES[side].name, "qty": qty}
            for (venue, name, side), qty in held.items()
        ]
        next_ns = engine.unwinder.waiting.get(basket_id, (0, 0))[0]
        why = reason.value if reason else ""
        rows.append({"basket": basket_id, "legs": legs, "reason": why, "next_ns": next_ns})
    return rows


class Snapshot:
    """Keeps the last opportunities; everything else is read when asked."""

    def __init__(self, process: Process, runtime: Runtime, lives: EventLives) -> None:
        self._process = process
        self._lives = lives
        self._runtime = runtime
        self._recent: deque[OpportunitySeen] = deque(maxlen=RECENT)
        runtime.on_records = self._on_records

    def _on_records(self, records: Sequence[AnyRecord]) -> None:
        self._recent.extend(r for r in records if isinstance(r, OpportunitySeen))
        self._lives.heard(records)

    def take(self) -> dict[str, Any]:
        """Plain data; cheap enough to be taken several times a second."""
        runtime, process = self._runtime, self._process
        engine = runtime.engine
        now = process.clock.now_ns()
        self._lives.tick(now)
        valid = sum(engine.books.is_valid(ix) for ix in range(engine.books.count))
        watched = engine.books.count
        return {
            "mode": "live" if process.live else "paper",
            "differences": process.live.differences if process.live else [],
            "clock": {"now_ns": now, "engine_ns": engine.now_ns},
            "feeds": self._feeds(now),
            "books": {"watched": watched, "valid": valid, "invalid": watched - valid},
            "frames": runtime.frames,
            "events": engine.events,
            "wire_errors": runtime.wire_errors,
            "last_wire_error": runtime.last_wire_error,
            "opportunities": [
                {"basket": r.basket_id, "qty": r.qty, "edge": r.edge, "ts_ns": r.ts_ns}
                for r in self._recent
            ],
            "opportunities_total": engine.opportunities,
            "orders": engine.orders.sent,
            "fills": engine.fills,
            "funnel": engine.funnel.table(),
            "positions": [
                {"venue": p.venue, "instrument": p.instrument_id, "qty": p.qty, "cost": p.cost}
                for p in engine.ledger.positions.values()
            ],
            "uneven": uneven(engine),
            "pnl_micro": pnl_micro(engine),
            "cash": dict(engine.ledger.cash),
            "latency_us": runtime.latency.summary(),
            "discovery": process.discovery.stats() if process.discovery else {},
            "event_stages": self._lives.counts(),
            "channels": runtime.channels(),
            "kill": {
                "on": engine.risk_state.kill_on,
                "reason": engine.risk_state.kill_reason,
            },
            "store": process.outbox.stats() if process.outbox else {"state": "off"},
            "journal": process.journal.stats() if process.journal else {"error": None},
        }

    def _feeds(self, now_ns: int) -> list[dict[str, Any]]:
        rows = []
        for status in self._process.feeds.statuses() if self._process.feeds else []:
            row = asdict(status) if is_dataclass(status) else {}
            last = row.get("last_frame_ns") or 0
            row["age_ms"] = max(0, now_ns - last) // 1_000_000 if last else None
            row["error"] = row.get("last_error") or row.get("note", "")
            rows.append(row)
        return rows
