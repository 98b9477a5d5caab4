"""Frames: bytes as they came, with where and when."""

import msgspec


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message of one connection. `generation` counts the connection's reconnects."""

    conn_id: int
    generation: int
    ts_recv_ns: int
    data: bytes
