"""The house rules that a test can see."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "arbees").rglob("*.py"))
LINES_MAX = 500

SHOWN_BY_RUN = "its behaviour is shown by tests/app/test_run.py over real sockets"
SHOWN_BY_DESK = "tests/simulator/polymarket/test_desk.py"
SHOWN_BY_ACCOUNT = "tests/simulator/polymarket/test_account.py"
SHOWN_BY_REPLAY = "its behaviour is shown by tests/replay"
WITHOUT_TWIN = {
    "app/build.py": SHOWN_BY_RUN,
    "app/compose.py": SHOWN_BY_REPLAY,
    "app/engine_settings.py": SHOWN_BY_REPLAY,
    "app/discovery/kalshi_scanner.py": "tests/app/discovery/test_worker.py",
    "app/discovery/polymarket_scanner.py": "tests/app/discovery/test_worker.py",
    "app/rereads.py": "tests/pipeline/test_rereads.py and tests/app/test_announced.py",
    "app/replay.py": SHOWN_BY_REPLAY,
    "app/gateway.py": SHOWN_BY_RUN,
    "app/killswitch.py": "tests/cli/test_cli.py",
    "app/live.py": "tests/app/test_run_live.py",
    "app/links.py": "tests/cli/test_links.py",
    "app/pools.py": "tests/app/test_kalshi_account.py and tests/app/test_polymarket_account.py",
    "app/process.py": SHOWN_BY_RUN,
    "app/rebuild.py": SHOWN_BY_RUN,
    "app/options.py": "a record without logic",
    "app/session_clock.py": SHOWN_BY_RUN,
    "app/simulated.py": SHOWN_BY_RUN,
    "app/snapshot.py": SHOWN_BY_RUN,
    "app/status.py": "tests/cli/test_cli.py",
    "cli/db.py": SHOWN_BY_RUN,
    "cli/durations.py": "tests/cli/test_cli.py",
    "cli/explain.py": "tests/app/test_explain.py",
    "cli/killswitch.py": "tests/cli/test_cli.py",
    "cli/link_tables.py": "tests/cli/test_links.py",
    "cli/replay.py": SHOWN_BY_REPLAY,
    "cli/run.py": SHOWN_BY_RUN,
    "cli/simulate.py": SHOWN_BY_RUN,
    "cli/status.py": "tests/cli/test_cli.py",
    "cli/tables.py": "tests/cli/test_cli.py",
    "pipeline/feed_status.py": "a record, met in tests/pipeline/test_sockets.py",
    "simulator/exchange/events.py": "records, met all over tests/simulator/exchange/test_core.py",
    "simulator/exchange/gate.py": "tests/simulator/exchange/test_core.py",
    "simulator/kalshi/desk.py": "tests/simulator/kalshi/test_portfolio.py",
    "simulator/kalshi/group_routes.py": "tests/simulator/kalshi/test_portfolio.py",
    "simulator/kalshi/groups.py": "tests/simulator/kalshi/test_portfolio.py",
    "simulator/kalshi/listings.py": "tests/simulator/kalshi/test_public.py",
    "simulator/kalshi/publish.py": "tests/simulator/kalshi/test_hub.py",
    "simulator/player.py": SHOWN_BY_RUN,
    "simulator/polymarket/board.py": SHOWN_BY_DESK,
    "simulator/polymarket/deals.py": SHOWN_BY_ACCOUNT,
    "simulator/polymarket/hearts.py": SHOWN_BY_ACCOUNT,
    "simulator/polymarket/mode.py": SHOWN_BY_DESK,
    "simulator/polymarket/news.py": SHOWN_BY_ACCOUNT,
    "simulator/polymarket/orders.py": SHOWN_BY_DESK,
    "simulator/polymarket/shapes.py": SHOWN_BY_ACCOUNT,
    "simulator/polymarket/tape.py": SHOWN_BY_DESK,
    "simulator/polymarket/wallets.py": SHOWN_BY_DESK,
    "simulator/server.py": SHOWN_BY_RUN,
    "simulator/session.py": SHOWN_BY_RUN,
    "store/rebuild.py": "tests/store/test_projection.py",
    "store/rows.py": "tests/store/test_projection.py",
    "store/tables.py": "tests/store/test_migrate.py",
    "store/worker.py": "tests/store/test_outbox.py",
    "store/writer.py": "tests/store/test_outbox.py",
    "venues/kalshi/catalog.py": "tests/venues/test_catalogs.py",
    "venues/kalshi/feed.py": SHOWN_BY_RUN,
    "venues/kalshi/wire.py": "shapes only, see test_session.py",
    "venues/polymarket/catalog.py": "tests/venues/test_catalogs.py",
    "venues/polymarket/feed.py": SHOWN_BY_RUN,
    "venues/polymarket/heart.py": "tests/venues/polymarket/test_gateway.py",
    "venues/polymarket/wire.py": "shapes only, see test_session.py",
}


def names() -> list[Path]:
    return [p for p in SOURCES if p.name not in ("__init__.py", "__main__.py")]


def test_every_module_has_its_twin_or_a_reason() -> None:
    for path in names():
        place = path.relative_to(ROOT / "arbees")
        twin = ROOT / "tests" / place.with_name(f"test_{place.name}")
        assert twin.exists() != (place.as_posix() in WITHOUT_TWIN), place
    known = {p.relative_to(ROOT / "arbees").as_posix() for p in names()}
    assert set(WITHOUT_TWIN) <= known


def test_files_stay_readable() -> None:
    for path in SOURCES:
        text = path.read_text()
        assert len(text.splitlines()) <= LINES_MAX, path
        assert text == "" or text.startswith('"""'), f"{path}: no module docstring"


def test_no_venue_is_named_by_a_branch_outside_its_folder() -> None:
    for path in SOURCES:
        if "venues" not in path.parts and "app" not in path.parts:
            assert "if venue ==" not in path.read_text(), path
