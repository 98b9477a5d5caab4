"""The catalogue on disk: every market that is listed, with its rules text and its instruments.

Memory holds a fingerprint per market, this file the rest: a text is read again only when somebody
asks why two markets are linked. It can be deleted at any time; the next scan writes it anew.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from arbees.app.discovery.pages import ListedEvent, ListedMarket
from arbees.app.listings import KalshiEvent, Listing, PolymarketEvent
from arbees.errors import ConfigError
from arbees.markets.instrument import Instrument
from arbees.matching.records import KalshiRecord, PolymarketRecord

FILE = "catalogue.db"
FORMAT = 1
"""Written into the file; another number is another shape, and the file is made anew."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    venue TEXT NOT NULL, event TEXT NOT NULL, title TEXT NOT NULL, flag INTEGER NOT NULL,
    PRIMARY KEY (venue, event));
CREATE TABLE IF NOT EXISTS markets (
    venue TEXT NOT NULL, market TEXT NOT NULL, event TEXT NOT NULL, record BLOB NOT NULL,
    instruments BLOB NOT NULL, PRIMARY KEY (venue, market));
CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS markets_of_event ON markets (venue, event);
"""
_encode = msgspec.msgpack.Encoder().encode
_instruments = msgspec.msgpack.Decoder(tuple[Instrument, ...])
_kalshi = msgspec.msgpack.Decoder(KalshiRecord)
_polymarket = msgspec.msgpack.Decoder(PolymarketRecord)
Blobs = tuple[bytes, bytes]


def blobs_of(market: ListedMarket) -> Blobs:
    """A market as it is stored: what it says, and its instruments."""
    return _encode(market.record), _encode(market.instruments)


def print_of(blobs: Blobs) -> int:
    """64 bits that tell one state of a market from another."""
    return int.from_bytes(blake2b(b"".join(blobs), digest_size=8).digest())


class Catalogue:
    """The file, open for writing. One process at a time writes it. Where the disk is full, it goes
    on in memory and `error` says so: what is traded must not depend on a text for people."""

    def __init__(self, path: Path) -> None:
        self.error = ""
        self._path = path
        self._since: list[Callable[[], None]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = _opened(path)
        except (sqlite3.Error, OSError) as error:
            self._db = _connected(":memory:")
            self._give_up(error)

    def put(self, event: ListedEvent, changed: Sequence[tuple[str, Blobs]]) -> None:
        """An event and those of its markets that changed."""
        self._write(lambda: self._put(event, changed))

    def _put(self, event: ListedEvent, changed: Sequence[tuple[str, Blobs]]) -> None:
        self._db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "title = excluded.title, flag = excluded.flag",
            (event.venue, event.event, event.title, event.flag),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO markets VALUES (?, ?, ?, ?, ?)",
            [(event.venue, name, event.event, *blobs) for name, blobs in changed],
        )

    def drop(self, venue: str, markets: Iterable[str]) -> None:
        """Markets that are no longer listed; their event goes with the last of them."""
        names = list(markets)
        self._write(lambda: self._drop(venue, names))

    def _drop(self, venue: str, markets: Iterable[str]) -> None:
        for market in markets:
            row = self._db.execute(
                "DELETE FROM markets WHERE venue = ? AND market = ? RETURNING event",
                (venue, market),
            ).fetchone()
            if row is not None:
                self._db.execute(
                    "DELETE FROM events WHERE venue = ? AND event = ? AND NOT EXISTS "
                    "(SELECT 1 FROM markets m WHERE m.venue = events.venue "
                    "AND m.event = events.event)",
                    (venue, row[0]),
                )

    def names(self, venue: str) -> set[str]:
        """Every market of a venue that the file holds."""
        rows = self._db.execute("SELECT market FROM markets WHERE venue = ?", (venue,))
        return {name for (name,) in rows}

    def instruments(self, venue: str, market: str) -> tuple[Instrument, ...]:
        """Its instruments, their `ix` 0; none for a market that is not there."""
        row = self._db.execute(
            "SELECT instruments FROM markets WHERE venue = ? AND market = ?", (venue, market)
        ).fetchone()
        return _instruments.decode(row[0]) if row else ()

    def note(self, dropped: Mapping[str, int]) -> None:
        """How many markets a scan left out, by reason."""
        self._write(lambda: self._note(dropped))

    def _note(self, dropped: Mapping[str, int]) -> None:
        self._db.execute("DELETE FROM dropped")
        self._db.executemany("INSERT INTO dropped VALUES (?, ?)", dropped.items())

    def commit(self) -> None:
        """What was put is on disk."""
        self._write(lambda: self._db.commit())
        self._since.clear()

    def _write(self, what: Callable[[], None]) -> None:
        """On disk, else in memory with all that the disk held and was to hold."""
        self._since.append(what)
        try:
            what()
        except sqlite3.Error as error:
            if self.error:
                raise
            with suppress(sqlite3.Error):
                self._db.rollback()
            memory = _connected(":memory:")
            self._db.backup(memory)
            self._db.close()
            self._db = memory
            self._give_up(error)
            for each in self._since:
                each()

    def _give_up(self, error: Exception) -> None:
        self.error = f"{self._path}: {error}; the catalogue is kept in memory until the next start"

    def close(self) -> None:
        self.commit()
        self._db.close()


def _opened(path: Path) -> sqlite3.Connection:
    """The database in this format; a file that is no such thing is put aside by a new one."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level="DEFERRED")
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            raise sqlite3.DatabaseError(f"format {version}")
        db.executescript(SCHEMA)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.commit()
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def read_catalogue(path: Path) -> Listing:
    """What the last scan left, for a person's questions. Raises ConfigError."""
    if not path.exists():
        raise ConfigError(f"{path}: no catalogue there yet; `arbees run` writes it")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            dropped = dict(db.execute("SELECT reason, count FROM dropped ORDER BY reason"))
            return Listing(_kalshi_events(db), _polymarket_events(db), dropped)
    except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); delete it and run again") from error


ROWS = (
    "SELECT e.event, e.title, e.flag, m.record FROM events e JOIN markets m "
    "ON m.venue = e.venue AND m.event = e.event WHERE e.venue = ? ORDER BY e.rowid, m.rowid"
)


def _kalshi_events(db: sqlite3.Connection) -> tuple[KalshiEvent, ...]:
    found: dict[str, tuple[str, bool, list[KalshiRecord]]] = {}
    for event, title, flag, blob in db.execute(ROWS, ("kalshi",)):
        found.setdefault(event, (title, bool(flag), []))[2].append(_kalshi.decode(blob))
    return tuple(KalshiEvent(e, t, f, tuple(records)) for e, (t, f, records) in found.items())


def _polymarket_events(db: sqlite3.Connection) -> tuple[PolymarketEvent, ...]:
    found: dict[str, tuple[str, bool, list[PolymarketRecord]]] = {}
    for event, title, flag, blob in db.execute(ROWS, ("polymarket",)):
        found.setdefault(event, (title, bool(flag), []))[2].append(_polymarket.decode(blob))
    return tuple(PolymarketEvent(e, t, f, tuple(records)) for e, (t, f, records) in found.items())
