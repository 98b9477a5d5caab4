"""Kalshi's settlement indices (`cfbenchmarks_value`, feeds.md 3.5): BRTI and its like. Pure.

On a connection of its own: a message that cannot be read voids no book. Values are absolute, so
a gap loses moments, never the truth. `mean_settling` is the settlement mean of a quarter hour as it
accumulates, and is only there in its last minute.
"""

from collections.abc import Sequence

import msgspec

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, parse_cash
from arbees.venues.parsing import UNREADABLE, drain

ONE_HZ, FIVE_HZ = "cfbenchmarks_value", "cfbenchmarks_value_5hz"
QUIET = frozenset({"subscribed", "ok", "unsubscribed", f"{ONE_HZ}_indexlist"})
TERMINAL_ERRORS = frozenset({10, 25})
DECIMALS = 6


class Mean(msgspec.Struct, frozen=True, gc=False):
    """An average over the last `window_size` seconds."""

    value: str
    window_size: int = 0


class IndexBody(msgspec.Struct, frozen=True, gc=False):
    """The `msg` of both channels. `data` is the provider's own JSON, in a string."""

    index_id: str = ""
    data: str = ""
    value_usd: str | None = None
    source_ts_ms: int | None = None
    avg_60s_data: Mean | None = None
    last_60s_windowed_average_15min: Mean | None = None
    code: int | None = None


class Provider(msgspec.Struct, frozen=True, gc=False):
    """What stands in `data`."""

    value: str
    time: int = 0


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One message."""

    type: str
    sid: int | None = None
    seq: int | None = None
    msg: IndexBody | msgspec.UnsetType = msgspec.UNSET


_decoder = msgspec.json.Decoder(Envelope)
_provider = msgspec.json.Decoder(Provider)


class KalshiIndexSession:
    """`index_ids` as the venue spells them, or ("all",)."""

    def __init__(self, index_ids: Sequence[str] = ("all",), *, is_fast: bool = False) -> None:
        self.gaps = 0
        self.unknown = 0
        self._ids = list(index_ids)
        self._channel = FIVE_HZ if is_fast else ONE_HZ
        self._seq: dict[int, int] = {}
        self._out: list[bytes] = []
        self._command_id = 0

    def subscribe_commands(self) -> list[bytes]:
        self._command_id += 1
        params = {"channels": [self._channel], "index_ids": self._ids}
        said = {"id": self._command_id, "cmd": "subscribe", "params": params}
        return [msgspec.json.encode(said)]

    def outgoing(self) -> list[bytes]:
        return drain(self._out)

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Raises WireError if a value cannot be read: then the index is as old as it was."""
        try:
            message = _decoder.decode(data)
        except UNREADABLE as error:
            raise WireError(str(error), "kalshi index frame") from error
        if message.sid is not None and message.seq is not None:
            last = self._seq.get(message.sid)
            self.gaps += last is not None and message.seq != last + 1
            self._seq[message.sid] = message.seq
        if message.type in QUIET:
            return ()
        if not isinstance(message.msg, IndexBody):
            raise WireError("msg is missing", f"kalshi {message.type}")
        if message.type == "error":
            if message.msg.code in TERMINAL_ERRORS:
                self._out.extend(self.subscribe_commands())
            return ()
        if message.type not in (ONE_HZ, FIVE_HZ):
            self.unknown += 1
            return ()
        return (_seen(message.msg),)


def _seen(body: IndexBody) -> ev.IndexSeen:
    if not body.index_id:
        raise WireError("missing", "index_id")
    value, time_ms = body.value_usd, body.source_ts_ms or 0
    if value is None:
        try:
            said = _provider.decode(body.data)
        except UNREADABLE as error:
            raise WireError(str(error), "data") from error
        value, time_ms = said.value, said.time
    settling = body.last_60s_windowed_average_15min
    return ev.IndexSeen(
        body.index_id,
        micro_of(value, "value"),
        None if body.avg_60s_data is None else micro_of(body.avg_60s_data.value, "avg_60s_data"),
        None if settling is None else micro_of(settling.value, "last_60s_windowed_average_15min"),
        0 if settling is None else settling.window_size,
        time_ms * NS_PER_MS,
    )


def micro_of(text: str, where: str) -> int:
    """Micro-dollars of an index, digits beyond them cut off. Raises WireError unless positive."""
    whole, point, fraction = text.partition(".")
    try:
        value = parse_cash(whole + point + fraction[:DECIMALS] if point else whole)
        if fraction and not fraction.isdigit():
            raise ValueError(f"not a plain decimal: {text!r}")
    except ValueError as error:
        raise WireError(str(error), where) from error
    if value <= 0:
        raise WireError(f"an index of {text}", where)
    return value
