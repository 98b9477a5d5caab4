"""Cash on shards, what is bound, splitting and merging."""

from arbees.simulator.exchange.accounts import Accounts
from arbees.simulator.exchange.fees import FREE
from arbees.simulator.exchange.orders import Market


def test_only_free_cash_moves_between_shards() -> None:
    accounts, market = Accounts(), Market("M", FREE)
    accounts.deposit("a", 100)
    accounts.bind("a", market, 60)
    assert (accounts.free("a"), accounts.free_except("a", market)) == (40, 100)
    assert not accounts.move("a", 0, 2, 41)
    assert not accounts.move("a", 0, 2, 0)
    assert accounts.move("a", 0, 2, 40)
    assert (accounts.balance("a"), accounts.balance("a", 2)) == (60, 40)
    accounts.bind("a", market, 0)
    assert accounts.free("a") == 60


def test_split_and_merge_are_inverse() -> None:
    accounts, market = Accounts(), Market("M", FREE)
    accounts.deposit("a", 1000)
    accounts.split("a", market, 301)
    assert accounts.holding("a", "M").qty == [301, 301]
    accounts.merge("a", market, 301)
    accounts.merge("a", market, 0)
    assert accounts.balance("a") == 1000
    assert accounts.holding("a", "M").realized == 0
    assert accounts.total() == 1000
