"""The algebra of relations against brute force over small whole numbers."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.relations import Relation, intervals, negated, swapped
from arbees.matching.terms import Interval

UNIT = 2  # bounds on even numbers, probes on every number: open and closed edges tell apart
PROBES = range(-9, 10)
BOUNDS = st.one_of(st.none(), st.integers(-3, 3).map(lambda n: n * UNIT))


def holds(interval: Interval, value: int) -> bool:
    low_ok = interval.low is None or (
        value > interval.low or (interval.low_closed and value == interval.low)
    )
    high_ok = interval.high is None or (
        value < interval.high or (interval.high_closed and value == interval.high)
    )
    return low_ok and high_ok


def brute(a: set[int], b: set[int]) -> set[Relation]:
    """Every relation that is true of two sets of values."""
    whole, found = set(PROBES), set()
    if a == b:
        found.add(Relation.SAME)
    if a == whole - b:
        found.add(Relation.INVERSE)
    if a <= b:
        found.add(Relation.SUBSET)
    if a >= b:
        found.add(Relation.SUPERSET)
    if not a & b:
        found.add(Relation.DISJOINT)
    if a | b == whole:
        found.add(Relation.COVER)
    return found | {Relation.OVERLAP}


def proper(low: int | None, low_closed: bool, high: int | None, high_closed: bool) -> Interval:
    if low is not None and high is not None and low >= high:
        low, high = (high, low) if low > high else (low, low + UNIT)
    return Interval(low, low_closed, high, high_closed)


INTERVALS = st.builds(proper, BOUNDS, st.booleans(), BOUNDS, st.booleans())


@given(INTERVALS, INTERVALS, st.booleans(), st.booleans())
def test_a_relation_is_true_of_every_value(
    a: Interval, b: Interval, no_a: bool, no_b: bool
) -> None:
    one = {v for v in PROBES if holds(a, v) != no_a}
    two = {v for v in PROBES if holds(b, v) != no_b}
    assert negated(intervals(a, b), no_a, no_b) in brute(one, two)


@given(INTERVALS, INTERVALS)
def test_a_truer_relation_is_never_missed(a: Interval, b: Interval) -> None:
    said = intervals(a, b)
    true = brute({v for v in PROBES if holds(a, v)}, {v for v in PROBES if holds(b, v)})
    if Relation.SAME in true:
        assert said is Relation.SAME
    elif Relation.INVERSE in true and a.low is None is not a.high:
        assert said is Relation.INVERSE
    assert intervals(b, a) is swapped(said)


@given(INTERVALS, INTERVALS)
def test_mirroring_both_keeps_the_relation(a: Interval, b: Interval) -> None:
    assert intervals(a.mirrored(), b.mirrored()) is intervals(a, b)
    assert a.mirrored().mirrored() == a


@given(INTERVALS, st.sampled_from([1, 2, 3]))
def test_on_grid_holds_the_same_multiples(a: Interval, step: int) -> None:
    closed = a.on_grid(step)
    for value in PROBES:
        if value % step == 0:
            assert holds(closed, value) == holds(a, value)


def test_more_than_4_1_of_a_rounded_print_is_at_least_4_2() -> None:
    assert Interval(low=4_100_000).on_grid(100_000) == Interval(4_200_000, True)
