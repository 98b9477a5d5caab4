"""Windows and buckets of polymarket.md 10."""

import pytest

from arbees.simulator.polymarket.errors import Problem
from arbees.simulator.polymarket.limits import Limits, groups_of
from arbees.units import NS_PER_S


def test_groups_of_both_hosts() -> None:
    assert groups_of("GET", "/events/keyset") == ["gamma", "/events", "listings"]
    assert groups_of("GET", "/tags") == ["gamma", "/tags"]
    assert groups_of("POST", "/order") == ["clob", "/order", "POST /order"]


def test_a_window_slides() -> None:
    limits = Limits()
    for i in range(200):
        limits.request("GET", "/tick-size", i)
    with pytest.raises(Problem) as refused:
        limits.request("GET", "/tick-size", NS_PER_S)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "9"})
    limits.request("GET", "/tick-size", 10 * NS_PER_S)
    limits.request("GET", "/neg-risk", NS_PER_S)
    assert limits.refused == 1


def test_sustained_limits_outlast_the_burst() -> None:
    limits = Limits()
    for i in range(6_000):
        limits.request("DELETE", "/cancel-all", i * NS_PER_S // 20)
    with pytest.raises(Problem):
        limits.request("DELETE", "/cancel-all", 310 * NS_PER_S)
    limits.request("DELETE", "/cancel-all", 601 * NS_PER_S)


def test_a_bucket_warns_first_and_a_batch_fits_whole_or_not() -> None:
    limits = Limits()
    assert limits.charge("a", "orders", 50, 0)["Poly-RateLimit-Remaining"] == "10"
    assert "Poly-RateLimit-Warning" in limits.charge("a", "orders", 15, 0)
    assert limits.charge("b", "orders", 15, 0)["Poly-RateLimit-Remaining"] == "45"
    limits.enforce = True
    with pytest.raises(Problem):
        limits.charge("a", "orders", 15, 0)
    assert limits.charge("a", "cancels", 15, 0)["Poly-RateLimit-Remaining"] == "105"
    assert limits.charge("a", "orders", 15, NS_PER_S)["Poly-RateLimit-Remaining"] == "35"
