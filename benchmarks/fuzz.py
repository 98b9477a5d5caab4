"""Mutated frames and bodies at every codec: only WireError ever comes out.

`make fuzz` (or `python -m benchmarks.fuzz --count 1000000 --seed 1`): bodies that the venues'
documents describe are broken in their structure (a key gone, a value of another type, an absurd
number, a level twice) and in their bytes (cut, flipped, spliced), and given to each decoder and to
a whole runtime. Anything but WireError ends the campaign with the body and the seed that made it.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from arbees.errors import WireError
from benchmarks.fuzz_targets import Target, targets

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, 1e308, -0.0, "",
    "0", "-0", "-1", "1", "0.0", "0.0000", "1.0000", "0.00001", "9" * 40, "1e5", "NaN", "Infinity",
    " 0.5", "0,5", "\u0660.\u0665", "0.5\x00", "yes", "\ud83d\ude00", "2026-02-30T25:61:61Z",
    "x" * 300, [], {}, [[]], [["0.5", "1"]], [None], {"a": None},
)  # fmt: skip
BYTES = (
    b"", b"\x00", b"\xff\xfe", b'"', b"{", b"}", b"[", b"]", b",", b"1e999", b"NaN", b"\xf0\x9f",
)  # fmt: skip
LETTERS = ("", "-", ".", "0", "9", "e", " ", "\u0660", "\x7f")
NESTED = 2_000


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value but the root."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = list(enumerate(value[:40]))
    else:
        return found
    for key, inner in items:
        found.append((*path, key))
        found.extend(_paths(inner, (*path, key)))
    return found


def _break_structure(rng: Random, value: Any) -> Any:
    """One change in the tree of a JSON value, in place."""
    paths = _paths(value)
    if not paths:
        return rng.choice(JUNK)
    path = rng.choice(paths)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    last = path[-1]
    what = rng.randrange(6)
    if what == 0:
        del holder[last]
    elif what == 1:
        holder[last] = rng.choice(JUNK)
    elif what == 2 and isinstance(holder, list):
        holder.append(holder[last])
    elif what == 3 and isinstance(holder, dict):
        holder[rng.choice(("", "x", last + "s", last.upper()))] = holder.pop(last)
    elif what == 4 and isinstance(holder[last], str):
        holder[last] = _break_text(rng, holder[last])
    else:
        other = rng.choice(paths)
        inner = value
        for key in other:
            inner = inner[key] if not isinstance(inner, dict | list) or _has(inner, key) else None
            if inner is None:
                break
        holder[last] = json.loads(json.dumps(inner))
    return value


def _has(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else isinstance(key, int) and key < len(holder)


def _break_text(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(("", "-", ".", "0", "9", "e", " ", "\u0660", "\x7f"))
        + text[at + 1 :]
    )


def _break_bytes(rng: Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    what = rng.randrange(5)
    if what == 0:
        return body[:at]
    if what == 1:
        return body[:at] + rng.choice(BYTES) + body[at:]
    if what == 2:
        return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
    if what == 3:
        return body[:at] + body[at + rng.randrange(1, 40) :]
    return body[:at] + b"[" * NESTED + body[at:] if rng.random() < 0.02 else body + body


def mutate(rng: Random, body: bytes) -> bytes:
    """`body` with one to three things wrong."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if rng.random() < 0.75:
            try:
                value = json.loads(body)
            except (ValueError, RecursionError):
                value = None
            if value is not None:
                broken = _break_structure(rng, value)
                body = json.dumps(broken, separators=(",", ":")).encode("utf-8", "surrogatepass")
                continue
        body = _break_bytes(rng, body)
    return body


@dataclass
class Tally:
    """What became of the bodies of one target."""

    taken: int = 0
    refused: int = 0


def attack(target: Target, count: int, seed: int) -> Tally:
    """Give `count` bodies, one in ten of them whole, to one target.

    Raises AssertionError naming target, seed and body for anything but WireError."""
    rng, tally = Random(f"{target.name}:{seed}"), Tally()
    give: Callable[[bytes], object] = target.fresh()
    for number in range(count):
        if number % target.lives == 0:
            give = target.fresh()
        body = rng.choice(target.bodies)
        if rng.random() >= 0.1:
            body = mutate(rng, body)
        try:
            give(body)
            tally.taken += 1
        except WireError:
            tally.refused += 1
        except Exception as error:
            said = f"{target.name}, seed {seed}, body {number}: {type(error).__name__}: {error}"
            raise AssertionError(f"{said}\n{body[:2_000]!r}") from error
    return tally


def _share(task: tuple[int, int, int]) -> dict[str, Tally]:
    share, count, seed = task
    return {t.name: attack(t, count, seed * 1_000 + share) for t in targets()}


def campaign(count: int, seed: int, workers: int) -> dict[str, Tally]:
    """`count` bodies in all, shared evenly by the targets and the workers."""
    each = max(1, -(-count // (len(targets()) * workers)))
    total: dict[str, Tally] = {}
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for part in pool.imap_unordered(_share, [(w, each, seed) for w in range(workers)]):
            for name, tally in part.items():
                sum_ = total.setdefault(name, Tally())
                sum_.taken += tally.taken
                sum_.refused += tally.refused
    return total


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fuzz")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    workers = len(os.sched_getaffinity(0))
    began = time.perf_counter()
    total = campaign(options.count, options.seed, workers)
    took = time.perf_counter() - began
    whole: Counter[str] = Counter()
    for name, tally in sorted(total.items()):
        print(f"{name:32} taken {tally.taken:>8,}  WireError {tally.refused:>8,}")
        whole["taken"] += tally.taken
        whole["refused"] += tally.refused
    print(f"machine: {platform.machine()}, {workers} workers, Python {sys.version.split()[0]}")
    print(f"{whole.total():,} bodies at {len(total)} codecs, seed {options.seed}, {took:.0f} s: "
          f"{whole['taken']:,} taken, {whole['refused']:,} WireError, nothing else")  # fmt: skip


if __name__ == "__main__":
    main()
