"""Asks one venue for listings: at its pace, patiently, and in vain at most TRIES times a page."""

from collections.abc import AsyncIterator, Sequence

import httpx

from arbees.app.discovery.budget import Budget
from arbees.app.discovery.pages import cursor_of
from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.bodies import ask, body_of
from arbees.ports import Clock

PAGES_MAX = 2_000
TRIES = 4
ANSWER_S = 30.0
"""The list of series is 18 MB in one answer (kalshi.md section 5.1)."""
Params = Sequence[tuple[str, str]]


class Reader:
    """One venue. `is_urgent` goes before what a scan asks."""

    def __init__(
        self, venue: str, http: httpx.AsyncClient, budget: Budget, policy: BackoffPolicy,
        clock: Clock,
    ) -> None:  # fmt: skip
        self.budget = budget
        self._venue = venue
        self._http = http
        self._policy = policy
        self._clock = clock

    async def body(
        self, url: str, params: Params = (), is_urgent: bool = False, tries: int = TRIES
    ) -> bytes:
        """One body. Raises VenueUnavailable naming venue and request when it never came."""
        backoff = Backoff(self._policy, lambda: 1.0)
        tried = 0
        while True:
            tried += 1
            await self.budget.turn(is_urgent)
            try:
                return await ask(self._get(url, params), ANSWER_S)
            except VenueUnavailable as error:
                if tried == tries:
                    text = f"{self._venue} catalogue, {tries} tries of {url}: {error}"
                    raise VenueUnavailable(text) from error
                delay = max(backoff.next_s(), error.retry_after_s or 0.0)
                if isinstance(error, VenueThrottled):
                    self.budget.hold(delay)
                await self._clock.sleep(delay)

    async def _get(self, url: str, params: Params) -> bytes:
        return body_of(await self._http.get(url, params=httpx.QueryParams(tuple(params))))

    async def pages(
        self, url: str, params: Params, cursor_name: str, is_urgent: bool = False
    ) -> AsyncIterator[bytes]:
        """All pages of a listing. Raises VenueUnavailable if it has no end."""
        cursor = ""
        for _ in range(PAGES_MAX):
            more = [*params, (cursor_name, cursor)] if cursor else params
            body = await self.body(url, more, is_urgent)
            yield body
            cursor = cursor_of(body)
            if not cursor:
                return
        raise VenueUnavailable(f"{self._venue} catalogue: {url} has over {PAGES_MAX} pages")
