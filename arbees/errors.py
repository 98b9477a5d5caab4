"""The exception tree, by what the caller may conclude. No logic lives here.

ArbeesError
├── ConfigError          stop: a setting is missing, unreadable or wrong
├── WireError            drop that book, take a new snapshot
├── JournalError         a record on disk is torn or wrong; what came before it is good
├── VenueError
│   ├── VenueUnavailable     retry after `retry_after_s`
│   ├── VenueThrottled       retry after `retry_after_s`, slower
│   └── VenueRejected        do not retry
├── OutcomeUnknown       an order may exist: block the basket, reconcile first
└── InvariantError       our bug: crash, restart from the log
"""


class ArbeesError(Exception):
    """Base of everything Arbees raises on purpose."""


class ConfigError(ArbeesError):
    """A setting is missing, unreadable or wrong. The message names the place and the mend."""


class WireError(ArbeesError):
    """A frame or body that cannot be understood. `where` names the field or the book."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.where = where


class JournalError(ArbeesError):
    """A journal or log record is torn or corrupt. The message names file and offset."""


class VenueError(ArbeesError):
    """A venue refused or failed; see the subclasses for what may be concluded."""


class VenueUnavailable(VenueError):
    """The venue did not serve us (5xx, refused connection). Nothing was done there."""

    def __init__(self, what: str, retry_after_s: float | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class VenueThrottled(VenueUnavailable):
    """HTTP 429: come back later and slower."""


class VenueRejected(VenueError):
    """The venue understood and said no; the same request will be refused again.

    `reason` is the venue's code, `where` the field or the order it is about."""

    def __init__(self, what: str, reason: str = "", where: str = "") -> None:
        super().__init__(what)
        self.reason = reason
        self.where = where


class OutcomeUnknown(VenueError):
    """The answer was lost: an order may exist. Reconcile before touching that basket again."""


class InvariantError(ArbeesError):
    """Something we hold to be impossible happened. Never caught below app."""
