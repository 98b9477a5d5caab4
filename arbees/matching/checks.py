"""One compared field: what was said on either side, where it was read, and the outcome."""

from typing import Any

import msgspec

from arbees.matching.names import Same
from arbees.matching.terms import Said


class Check(msgspec.Struct, frozen=True):
    """A field of both terms. `said` is UNKNOWN whenever either side was not read."""

    field: str
    said: Same
    a: str
    b: str
    a_source: str
    b_source: str
    note: str = ""


def check(field: str, a: Said[Any], b: Said[Any], said: Same, note: str = "") -> Check:
    """The outcome `said`, shown with both values."""
    return Check(field, said, shown(a.value), shown(b.value), a.source, b.source, note)


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
