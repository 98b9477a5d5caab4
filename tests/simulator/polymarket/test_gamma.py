"""The catalogue: keyset pages, filters, doubly encoded arrays, markets that hydrate."""

import json
from typing import Any

import aiohttp
import pytest

from tests.simulator.polymarket.rig import Rig, condition, event, market, rig, token_of

pytestmark = pytest.mark.anyio


async def get(at: Rig, path: str, **query: Any) -> tuple[int, Any]:
    said = await at.gamma.get(path, params=query)
    return said.status, await said.json()


async def test_pages_follow_each_other_to_a_null_cursor() -> None:
    async with rig() as at:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            _, page = await get(at, "/events/keyset", limit=4, **cursor)
            seen += [row["id"] for row in page["events"]]
            if page["next_cursor"] is None:
                break
            cursor = {"after_cursor": page["next_cursor"]}
        assert len(seen) == len(set(seen)) == 6
        assert (await get(at, "/events/keyset", offset=1))[0] == 400
        assert (await get(at, "/events/keyset", limit="x"))[0] == 400
        assert (await get(at, "/events/keyset", after_cursor="?"))[0] == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"condition_ids": condition("plain")}, ["plain"]),
        ([("condition_ids", condition("plain")), ("condition_ids", condition("free"))],
         ["plain", "free"]),
        ({"clob_token_ids": token_of("neg2", 1)}, ["neg2"]),
        ({"slug": "game"}, ["game"]), ({"closed": "true"}, []), ({"game_id": "5"}, []),
        ({"sports_market_types": "moneyline"}, []),
    ],
)  # fmt: skip
async def test_markets_are_filtered(query: Any, found: list[str]) -> None:
    async with rig() as at:
        said = await (await at.gamma.get("/markets/keyset", params=query)).json()
        assert [row["slug"] for row in said["markets"]] == found
        for row in said["markets"]:
            assert isinstance(row["clobTokenIds"], str) and json.loads(row["outcomes"])
            assert row["events"][0]["id"].endswith("-event")


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 6), ({"closed": "false"}, 6), ({"slug": "neg-event"}, 1), ({"tag_slug": "tests"}, 6),
     ({"tag_id": "2"}, 0), ({"title_search": "NEG"}, 1), ({"series_id": "1"}, 0),
     ({"id": "game-event"}, 1), ({"game_id": "9"}, 0)],
)  # fmt: skip
async def test_events_are_filtered(query: dict[str, str], count: int) -> None:
    async with rig() as at:
        assert len((await get(at, "/events", **query))[1]) == count


async def test_single_objects_and_search() -> None:
    async with rig() as at:
        assert (await get(at, "/events/slug/neg-event"))[1]["negRisk"] is True
        assert (await get(at, "/events/plain-event"))[1]["markets"][0]["slug"] == "plain"
        assert (await get(at, "/markets/slug/plain"))[1]["conditionId"] == condition("plain")
        assert (await get(at, "/markets/none"))[0] == 404
        assert (await get(at, "/tags"))[1] == [{"id": "1", "slug": "tests"}]
        _, found = await get(at, "/public-search", q="crypto")
        assert found["pagination"]["totalResults"] == 1
        assert (await get(at, "/api/geoblock"))[1]["blocked"] is False


async def test_a_market_hydrates_and_resolves_in_the_listing() -> None:
    async with rig() as at:
        await at.do("list", event=event("late-event", market("late")), hydrating=True)
        assert (await get(at, "/markets/slug/late"))[1]["clobTokenIds"] == ""
        assert (await at.clob.get(f"/clob-markets/{condition('late')}")).status == 404
        await at.do("hydrate", market=condition("late"), done=True)
        assert json.loads((await get(at, "/markets/slug/late"))[1]["clobTokenIds"])
        await at.do("uma", market=condition("late"), status="disputed")
        assert (await get(at, "/markets/slug/late"))[1]["umaResolutionStatus"] == "disputed"
        await at.do("settle", market=condition("late"), payout=10_000, silent=True)
        _, late = await get(at, "/markets/slug/late")
        assert (late["active"], late["closed"], late["acceptingOrders"]) == (True, True, False)
        assert json.loads(late["outcomePrices"]) == ["1", "0"]
        _, still_open = await get(at, "/markets")
        assert "late" not in [row["slug"] for row in still_open]


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("html", 502, "text/html"), ("server_error", 500, "application/json"),
     ("throttle", 429, "application/json")],
)  # fmt: skip
async def test_the_geoblock_answer_breaks_like_any_other(
    fault: str, status: int, kind: str
) -> None:
    async with rig() as at:
        at.venue.faults.arm(fault, "polymarket", match="/api/geoblock")
        said = await at.gamma.get("/api/geoblock")
        assert (said.status, said.content_type) == (status, kind)
        at.venue.faults.arm("lost_ack", "polymarket", match="/api/geoblock")
        with pytest.raises(aiohttp.ClientError):
            await at.gamma.get("/api/geoblock")
        at.venue.faults.arm("geoblock", "polymarket", count=-1, country="DE", region="BE")
        _, body = await get(at, "/api/geoblock")
        assert (body["blocked"], body["country"], body["region"]) == (True, "DE", "BE")
