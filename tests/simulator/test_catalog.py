"""The synthetic catalogue's shape."""

import json

from arbees.simulator.catalog import build_catalog


def test_every_ticker_meets_both_tokens_of_its_condition() -> None:
    catalog = build_catalog(1500)
    markets = [m for event in catalog["kalshi"]["events"] for m in event["markets"]]
    gamma = [m for event in catalog["polymarket"]["gamma_events"] for m in event["markets"]]
    tokens = {token for market in gamma for token in json.loads(market["clobTokenIds"])}
    assert len(markets) == 7
    assert {pair["polymarket_token_id"] for pair in catalog["pairs"]} == tokens
    assert all(int(token).bit_length() == 256 for token in tokens)
    for market in markets:
        pairs = [p for p in catalog["pairs"] if p["kalshi_ticker"] == market["ticker"]]
        assert sorted(p["relation"] for p in pairs) == ["inverse", "same"]
        assert market["close_time"] > "2026-01-01T00:25:00Z"
