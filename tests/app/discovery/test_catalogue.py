"""The catalogue's file: what is put comes back, and no disk stops the trading."""

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from arbees.app.discovery import catalogue as c
from arbees.app.discovery.pages import KalshiFees, ListedEvent, kalshi_page, polymarket_page
from arbees.errors import ConfigError
from tests.app.discovery import listings


def events() -> list[ListedEvent]:
    ours = json.dumps({"events": [listings.kalshi_event()]}).encode()
    theirs = json.dumps({"events": [listings.gamma_event()]}).encode()
    return [*kalshi_page(ours, KalshiFees(), Counter()), *polymarket_page(theirs, Counter())]


def put_all(store: c.Catalogue) -> None:
    for event in events():
        store.put(event, [(m.market_id, c.blobs_of(m)) for m in event.markets])


def test_what_was_put_is_what_people_read(tmp_path: Path) -> None:
    store = c.Catalogue(tmp_path / c.FILE)
    put_all(store)
    put_all(store)
    store.note({"kalshi: combination or scalar": 3})
    store.commit()
    said = c.read_catalogue(tmp_path / c.FILE)
    ours, theirs = events()
    assert said.kalshi[0].markets == tuple(m.record for m in ours.markets)
    assert said.polymarket[0].markets == tuple(m.record for m in theirs.markets)
    assert (said.kalshi[0].event, said.kalshi[0].is_exclusive) == (listings.GAME, True)
    assert said.dropped == {"kalshi: combination or scalar": 3}
    assert store.instruments("polymarket", "0xa1") == theirs.markets[0].instruments
    assert store.instruments("polymarket", "0xb") == ()
    store.close()


def test_an_event_goes_with_its_last_market(tmp_path: Path) -> None:
    store = c.Catalogue(tmp_path / c.FILE)
    put_all(store)
    store.drop("kalshi", [f"{listings.GAME}-MIL", "never listed"])
    store.commit()
    assert [len(e.markets) for e in c.read_catalogue(tmp_path / c.FILE).kalshi] == [1]
    store.drop("kalshi", [f"{listings.GAME}-LAL"])
    store.close()
    said = c.read_catalogue(tmp_path / c.FILE)
    assert said.kalshi == () and len(said.polymarket) == 1
    again = c.Catalogue(tmp_path / c.FILE)
    assert again.names("kalshi") == set() and again.names("polymarket") == {"0xa1"}
    again.close()


def test_a_file_that_is_none_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / c.FILE
    with pytest.raises(ConfigError, match="no catalogue there yet"):
        c.read_catalogue(path)
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="cannot be read"):
        c.read_catalogue(path)
    c.Catalogue(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    store = c.Catalogue(path)
    put_all(store)
    store.close()
    assert not store.error and c.read_catalogue(path).kalshi


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = c.Catalogue(tmp_path / "file" / c.FILE)
    put_all(store)
    store.commit()
    assert str(tmp_path) in store.error and "memory" in store.error
    assert store.names("polymarket") == {"0xa1"}


def test_a_full_disk_loses_nothing_that_was_put(tmp_path: Path) -> None:
    store = c.Catalogue(tmp_path / c.FILE)
    ours, theirs = events()
    store.put(ours, [(m.market_id, c.blobs_of(m)) for m in ours.markets])
    store.commit()
    store._db.execute("PRAGMA max_page_count = 1")  # the smallest disk: no page more
    large = (b"x" * 200_000, b"\x90")
    store.put(theirs, [("0xa1", c.blobs_of(theirs.markets[0])), ("large", large)])
    store.commit()
    assert "memory" in store.error
    assert store.names("kalshi") == {f"{listings.GAME}-MIL", f"{listings.GAME}-LAL"}
    assert store.names("polymarket") == {"0xa1", "large"}
    assert store.instruments("polymarket", "0xa1") == theirs.markets[0].instruments


def test_a_print_tells_one_state_from_another() -> None:
    prints = {c.print_of(c.blobs_of(m)) for event in events() for m in event.markets}
    assert len(prints) == 3
