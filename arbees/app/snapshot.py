"""What `arbees status` shows, taken from the running process."""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from arbees.app.compose import pnl_micro
from arbees.messages.records import AnyRecord, OpportunitySeen
from arbees.pipeline.runtime import Runtime

if TYPE_CHECKING:
    from arbees.app.run import Process

RECENT = 8


class Snapshot:
    """Keeps the last opportunities; everything else is read when asked."""

    def __init__(self, process: "Process", runtime: Runtime) -> None:
        self._process = process
        self._runtime = runtime
        self._recent: deque[OpportunitySeen] = deque(maxlen=RECENT)
        runtime.on_records = self._on_records

    def _on_records(self, records: Sequence[AnyRecord]) -> None:
        self._recent.extend(r for r in records if isinstance(r, OpportunitySeen))

    def take(self) -> dict[str, Any]:
        """Plain data; cheap enough to be taken several times a second."""
        runtime, process = self._runtime, self._process
        engine = runtime.engine
        now = process.clock.now_ns()
        valid = sum(engine.books.is_valid(ix) for ix in range(engine.books.count))
        watched = engine.books.count
        return {
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
            "pnl_micro": pnl_micro(engine),
            "cash": dict(engine.ledger.cash),
            "latency_us": runtime.latency.summary(),
            "discovery": process.discovery.stats() if process.discovery else {},
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
