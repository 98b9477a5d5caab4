"""REST bodies: which answers are bodies at all, and the deadline of every question.

Whoever asks gets bytes or VenueUnavailable; no library error and no timeout comes through here.
"""

from collections.abc import Awaitable

import anyio
import httpx

from arbees.errors import VenueThrottled, VenueUnavailable

USER_AGENT = "arbees/0.1.0"
ANSWER_S = 10.0
RETRY_AFTER_MAX_S = 600.0


async def ask(question: Awaitable[bytes], deadline_s: float = ANSWER_S) -> bytes:
    """The answer in time. Raises VenueUnavailable (VenueThrottled on 429) for anything else."""
    try:
        with anyio.fail_after(deadline_s):
            return await question
    except TimeoutError as error:
        raise VenueUnavailable(f"no answer in {deadline_s:g} s") from error
    except (httpx.HTTPError, OSError) as error:
        raise VenueUnavailable(f"{type(error).__name__}: {error}") from error


def body_of(response: httpx.Response) -> bytes:
    """The body of a good answer. Raises VenueThrottled or VenueUnavailable for the rest."""
    where = f"{response.request.method} {response.request.url.path}"
    if response.status_code == 429:
        raise VenueThrottled(f"{where}: 429, too many requests", _retry_after_s(response))
    if response.status_code != 200:
        raise VenueUnavailable(f"{where}: HTTP {response.status_code}")
    if response.content[:1] not in (b"{", b"["):
        raise VenueUnavailable(f"{where}: the body is not JSON")
    return response.content


def _retry_after_s(response: httpx.Response) -> float | None:
    """Whole seconds of Retry-After; its date form and nonsense are nothing said."""
    text = response.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text), RETRY_AFTER_MAX_S)
