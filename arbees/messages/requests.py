"""Requests and responses: one HTTP exchange with a venue, as pure codecs make and read it.

A request is complete (its bytes may leave) or it is not made at all. Headers carry signatures and
keys, so neither they nor bodies are ever part of a repr.
"""

from enum import StrEnum

import msgspec


class RequestKind(StrEnum):
    """What a request does to the venue; pacing keeps a budget for cancels that orders cannot
    take."""

    READ = "read"
    ORDER = "order"
    CANCEL = "cancel"
    WRITE = "write"
    """Any other change: transfers, order groups, heartbeats."""


class Request(msgspec.Struct, frozen=True, gc=False):
    """`path` from the host root with its query, percent-encoded. `cost` in the venue's own units,
    `bucket` which of its budgets pays it. `is_idempotent`: doing it twice is doing it once, so it
    may be sent again after a lost answer."""

    method: str
    path: str
    kind: RequestKind
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cost: int = 1
    bucket: str = ""
    is_idempotent: bool = False

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path} {self.kind.value})"

    @property
    def sign_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


class Response(msgspec.Struct, frozen=True, gc=False):
    """A whole answer. Header names are lower case."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)
