"""One compared field: what was said on either side, where it was read, and the outcome."""

from typing import Any

import msgspec

from arbees.matching.names import Same
from arbees.matching.terms import Said


class Check(msgspec.Struct, frozen=True, gc=False):
    """A field of both terms. `said` is UNKNOWN whenever either side was not read."""

    field: str
    said: Same
    left: Said[Any]
    right: Said[Any]
    note: str = ""

    @property
    def a(self) -> str:
        """The left value, for a person."""
        return shown(self.left.value)

    @property
    def b(self) -> str:
        """The right value, for a person."""
        return shown(self.right.value)

    @property
    def a_source(self) -> str:
        """Where the left value was read."""
        return self.left.source

    @property
    def b_source(self) -> str:
        """Where the right value was read."""
        return self.right.source


class Shown(msgspec.Struct, frozen=True):
    """A check as reports and files print it."""

    field: str
    said: str
    a: str
    b: str
    a_source: str
    b_source: str
    note: str


def as_shown(check: Check) -> Shown:
    """A check's words."""
    return Shown(
        check.field, check.said.value, check.a, check.b, check.a_source, check.b_source, check.note
    )


def check(field: str, a: Said[Any], b: Said[Any], said: Same, note: str = "") -> Check:
    """The outcome `said`, with both values."""
    return Check(field, said, a, b, note)


def plain(field: str, a: Said[Any], b: Said[Any]) -> Check:
    """Equality of two plain values."""
    if a.value is None or b.value is None:
        return check(field, a, b, Same.UNKNOWN)
    return check(field, a, b, Same.EQUAL if a.value == b.value else Same.DIFFERENT)


def shown(value: object) -> str:
    """A value for a person to read."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " / ".join(shown(each) for each in value)
    if isinstance(value, msgspec.Struct):
        parts = (str(getattr(value, name)) for name in value.__struct_fields__)
        return " ".join(part for part in parts if part not in ("", "None"))
    return str(value)
