"""Seeded sessions: exactly the planted mispricings above the threshold are seen, none else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arbees.app.config import Paper, Risk, Settings
from arbees.app.replay import play_session, replay_session, session_runtime
from arbees.messages.records import OpportunitySeen
from arbees.simulator.generate import generate, save

PLANTS = 210


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    save(folder, *generate(7, duration_s=1_500.0, plants=PLANTS))
    return folder


def test_exactly_the_plants_are_detected(session: Path) -> None:
    runtime = session_runtime(session, Settings())
    found: list[OpportunitySeen] = []

    def keep(records: Any) -> None:
        found.extend(r for r in records if isinstance(r, OpportunitySeen))

    runtime.on_records = keep
    play_session(session, runtime)
    rows = json.loads((session / "plants.json").read_bytes())
    planted = [row for row in rows if row["kind"] == "plant"]
    assert len(planted) >= 200
    expected = {
        (
            f"{row['basket']['relation']}:{row['basket']['kalshi_ticker']}"
            f":{row['basket']['polymarket_token_id']}",
            row["t_start"],
            row["qty_micro"],
            row["edge_micro"],
        )
        for row in planted
    }
    assert {(o.basket_id, o.ts_ns, o.qty, o.edge) for o in found} == expected
    assert len(found) == len(planted)
    refused = runtime.engine.funnel.reasons()
    kinds = {row["kind"] for row in rows} - {"plant"}
    assert kinds == {"lookalike_fee", "lookalike_depth", "lookalike_stale"}
    assert all(refused[reason] > 0 for reason in ("fees", "thin", "stale"))


def generous() -> Settings:
    """Limits out of the way, so that a replay places over a hundred orders."""
    risk: dict[str, Any] = {
        "max_position_per_instrument": "1000000",
        "max_cost_per_event": "1000000",
        "cooldown_ms": 0,
    }
    cash: dict[str, Any] = {"cash_kalshi": "1000000", "cash_polymarket": "1000000"}
    return Settings(risk=Risk(**risk), paper=Paper(**cash))


def test_the_digest_covers_many_orders_and_changes_with_one_frame(
    session: Path, tmp_path: Path
) -> None:
    whole = replay_session(session, generous())
    assert whole["orders"] >= 100
    rows = json.loads((session / "plants.json").read_bytes())
    first = next(row["frame_line"] for row in rows if row["kind"] == "plant")
    catalog, lines, plants = generate(7, duration_s=1_500.0, plants=PLANTS)
    del lines[first]
    save(tmp_path, catalog, lines, plants)
    assert replay_session(tmp_path, generous())["digest"] != whole["digest"]


def test_the_digest_is_the_same_in_other_processes(session: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[risk]\nmax_position_per_instrument = "1000000"\nmax_cost_per_event = "1000000"\n'
        'cooldown_ms = 0\n[paper]\ncash_kalshi = "1000000"\ncash_polymarket = "1000000"\n'
    )
    command = [sys.executable, "-m", "arbees", "replay", str(session), "--json"]
    command += ["--config", str(config)]
    digests = set()
    for seed, folder in (("1", tmp_path), ("4242", session)):
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=True, timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed, "ARBEES_HOME": str(tmp_path)},
        )  # fmt: skip
        said = json.loads(done.stdout)
        assert said["orders"] >= 100
        digests.add(said["digest"])
    assert digests == {replay_session(session, generous())["digest"]}
