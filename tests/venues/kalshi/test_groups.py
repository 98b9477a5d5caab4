"""Order groups: requests and answers."""

import json

import pytest

from arbees.errors import VenueRejected, WireError
from arbees.messages.requests import RequestKind
from arbees.venues.kalshi import groups
from arbees.venues.kalshi.orders import Route

CONTRACT = 1_000_000
ROOT = "/trade-api/v2/portfolio/order_groups"


def test_requests() -> None:
    made = groups.create_group(150 * CONTRACT, Route(0, 0))
    assert (made.method, made.path, made.is_idempotent) == ("POST", f"{ROOT}/create", False)
    said = {"contracts_limit_fp": "150.00", "subaccount": 0, "exchange_index": 0}
    assert json.loads(made.body) == said
    assert (groups.list_groups().path, groups.get_group("a/b").path) == (ROOT, f"{ROOT}/a%2Fb")
    assert groups.delete_group("g").method == "DELETE"
    assert groups.reset_group("g").path == f"{ROOT}/g/reset"
    limit = groups.limit_group("g", CONTRACT)
    assert (limit.method, json.loads(limit.body)) == ("PUT", {"contracts_limit_fp": "1.00"})
    trigger = groups.trigger_group("g")
    assert (trigger.path, trigger.kind) == (f"{ROOT}/g/trigger", RequestKind.CANCEL)


def test_what_is_not_sent() -> None:
    for limit in (0, 5, 10**18):
        with pytest.raises(VenueRejected, match="hundredths"):
            groups.create_group(limit)
    with pytest.raises(VenueRejected, match="without id"):
        groups.reset_group("")


def test_answers() -> None:
    made = groups.decode_group_made(b'{"order_group_id":"og","subaccount":0,"exchange_index":2}')
    assert made == groups.GroupMade("og", 0, 2)
    listed = groups.decode_groups(b'{"order_groups":[{"id":"a","contracts_limit_fp":"1.00"}]}')
    assert [g.id for g in listed] == ["a"]
    assert groups.decode_groups(b'{"order_groups":null}') == ()
    for bad in (b"", b"{}", b"<html>"):
        with pytest.raises(WireError):
            groups.decode_group_made(bad)
