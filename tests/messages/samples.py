"""Strategies that make any message type from its annotations, and the round trip they all pass."""

import dataclasses
import enum
import types
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

INT64 = st.integers(-(2**63), 2**63 - 1)


@cache
def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Values of `kind`: scalars, enums, tuples, unions, structs and dataclasses."""
    simple = {
        int: INT64,
        str: st.text(max_size=8),
        bool: st.booleans(),
        bytes: st.binary(max_size=32),
        type(None): st.none(),
    }
    if kind in simple:
        return simple[kind]
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([strategy(arg) for arg in args])
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.lists(strategy(args[0]), max_size=3).map(tuple)
        return st.tuples(*[strategy(arg) for arg in args])
    if issubclass(kind, enum.Enum):
        return st.sampled_from(list(kind))
    if issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        names = getattr(kind, "__struct_fields__", None) or [
            field.name for field in dataclasses.fields(kind)
        ]
        return st.builds(kind, **{name: strategy(hints[name]) for name in names})
    raise TypeError(f"no strategy for {kind!r}")


def assert_round_trips(message: msgspec.Struct, kind: Any) -> None:
    """`message` survives JSON and MessagePack when read as `kind` (a type or a union)."""
    as_json = msgspec.json.encode(message)
    as_pack = msgspec.msgpack.encode(message)
    for back in (
        msgspec.json.decode(as_json, type=kind),
        msgspec.msgpack.decode(as_pack, type=kind),
    ):
        assert type(back) is type(message)
        assert back == message
    assert msgspec.json.encode(msgspec.json.decode(as_json, type=kind)) == as_json


def assert_closed_and_tagged(base: type[msgspec.Struct], union: Any) -> None:
    """Every subclass of `base` is in `union`, and is tagged with its own name."""
    assert set(base.__subclasses__()) == set(get_args(union))
    for kind in get_args(union):
        assert kind.__struct_config__.tag == kind.__name__
        assert kind.__struct_config__.tag_field == "type"
        assert kind.__struct_config__.frozen
