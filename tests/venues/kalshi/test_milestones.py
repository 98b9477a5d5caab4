"""Milestones and structured targets: the documented shapes, the chain between them, requests."""

import pytest

from arbees.errors import WireError
from arbees.venues.kalshi import milestones

GAME = (
    b'{"id":"m","category":"Sports","type":"football_game","start_date":"2026-09-27T17:00:00Z",'
    b'"end_date":null,"related_event_tickers":["KXNFLGAME-26SEP27KCMIA"],"primary_event_tickers":'
    b'["KXNFLGAME-26SEP27KCMIA"],"title":"KC Chiefs at MIA Dolphins","notification_message":"",'
    b'"source_ids":{},"details":{"league":"NFL","home_team_id":"team","away_team_id":7},'
    b'"last_updated_ts":"2026-09-20T00:00:00Z"}'
)


def test_milestones_name_their_teams() -> None:
    game = milestones.decode_milestone(b'{"milestone":' + GAME + b"}")
    assert (game.type, game.start_date) == ("football_game", "2026-09-27T17:00:00Z")
    assert game.detail("home_team_id") == "team"
    assert game.detail("away_team_id") is None
    assert game.detail("referee") is None
    page = milestones.decode_milestones(b'{"milestones":[' + GAME + b'],"cursor":"c"}')
    assert (page.milestones, page.cursor) == ((game,), "c")
    body = b'{"structured_target":{"id":"team","name":"Miami","type":"football_team"}}'
    assert milestones.decode_target(body).name == "Miami"
    many = milestones.decode_targets(b'{"structured_targets":[{"id":"a"}],"cursor":""}')
    assert [t.id for t in many.structured_targets] == ["a"]


def test_requests() -> None:
    ask = milestones.milestones_request(category="Sports", related_event="E", updated_since=5)
    assert ask.path == (
        "/trade-api/v2/milestones?limit=500&category=Sports&related_event_ticker=E&min_updated_ts=5"
    )
    assert milestones.milestone_request("a/b").path.endswith("/milestones/a%2Fb")
    assert milestones.targets_request(("a", "b"), kind="x").path.endswith(
        "/structured_targets?ids=a&ids=b&type=x&page_size=2000"
    )
    assert milestones.fee_changes_request("S", is_historical=True).path.endswith(
        "/series/fee_changes?series_ticker=S&show_historical=true"
    )
    assert milestones.event_fee_changes_request().path.endswith("/events/fee_changes")


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"error":{"code":"not_found"}}'])
def test_junk_is_a_wire_error(body: bytes) -> None:
    for decode in (
        milestones.decode_milestone, milestones.decode_milestones, milestones.decode_target,
        milestones.decode_targets,
    ):  # fmt: skip
        with pytest.raises(WireError):
            decode(body)
