"""Edge arithmetic worked by hand."""

from fractions import Fraction

from arbees.simulator.fees import edge_of, fills, net_per_share


def test_one_level_by_hand() -> None:
    edge = edge_of([(40, 1000)], [(50, 1000)], Fraction(5, 100))
    # Kalshi 4 + 0.168 dollars, token 5 + 0.125 dollars for ten baskets
    assert (edge.qty_micro, edge.edge_micro) == (10_000_000, 10_000_000 - 4_168_000 - 5_125_000)


def test_size_is_trimmed_until_the_limit_times_it_is_whole_cents() -> None:
    assert edge_of([(40, 1055)], [(51, 2000)], Fraction(5, 100)).qty_micro == 10_000_000
    assert edge_of([(40, 1055)], [(50, 2000)], Fraction(5, 100)).qty_micro == 10_540_000


def test_a_slab_under_the_least_net_is_left() -> None:
    assert edge_of([(48, 1000)], [(50, 1000)], Fraction(5, 100)).qty_micro == 0
    assert net_per_share(48, 50, Fraction(5, 100)) < 0
    assert fills([(40, 10), (41, 10)], 15) == [(40, 10), (41, 5)]
