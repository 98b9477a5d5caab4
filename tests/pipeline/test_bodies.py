"""Only good JSON in time is a body; everything else is VenueUnavailable with the place."""

import anyio
import httpx
import pytest

from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.pipeline.bodies import RETRY_AFTER_MAX_S, ask, body_of
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
REQUEST = httpx.Request("GET", "http://127.0.0.1/x")


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b"{}", VenueThrottled),
        (503, b"{}", VenueUnavailable),
        (200, b"<html>", VenueUnavailable),
        (200, b"", VenueUnavailable),
    ],
)
def test_only_good_json_is_a_body(status: int, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match="GET /x"):
        body_of(httpx.Response(status, content=body, request=REQUEST))
    assert body_of(httpx.Response(200, content=b"[]", request=REQUEST)) == b"[]"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("", None), ("Wed, 21 Oct 2026", None), ("²", None), ("9" * 30, 600.0)],
)
def test_retry_after_is_whole_seconds_or_nothing(text: str, seconds: float | None) -> None:
    headers = [(b"Retry-After", text.encode())]
    with pytest.raises(VenueThrottled) as caught:
        body_of(httpx.Response(429, headers=headers, request=REQUEST))
    assert caught.value.retry_after_s == seconds
    assert RETRY_AFTER_MAX_S == 600.0


async def test_no_answer_and_no_connection_are_unavailable() -> None:
    async def never() -> bytes:
        await anyio.sleep_forever()
        return b""

    async def refused() -> bytes:
        raise httpx.ConnectError("refused")

    async def answered() -> bytes:
        return b"{}"

    began = anyio.current_time()
    with pytest.raises(VenueUnavailable, match="no answer in 3 s"):
        await ask(never(), 3.0)
    assert anyio.current_time() - began == pytest.approx(3.0)
    with pytest.raises(VenueUnavailable, match="ConnectError: refused"):
        await ask(refused())
    assert await ask(answered()) == b"{}"
