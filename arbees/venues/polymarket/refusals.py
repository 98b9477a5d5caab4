"""Polymarket's error answers, read by what may be concluded (polymarket.md 7.4, 3 and 6.2).

Refused, not served, throttled, or unknown. The one rule: where an order may exist, that is said;
words that nobody knows prove nothing.
"""

import re
from enum import StrEnum

import msgspec

from arbees.errors import (
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
)
from arbees.messages.requests import Response
from arbees.venues.parsing import UNREADABLE

TEXT_MAX = 200
RESTART_S = 1.0


class Conclusion(StrEnum):
    """What the caller may conclude."""

    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


REJECTED, UNAVAILABLE = Conclusion.REJECTED, Conclusion.UNAVAILABLE
THROTTLED, UNKNOWN = Conclusion.THROTTLED, Conclusion.UNKNOWN

TEXTS: tuple[tuple[str, Conclusion, str, str], ...] = (
    (r"invalid heartbeat id", REJECTED, "heartbeat_id", "heartbeat_id"),
    (r"order owner has to be the owner of the api key", REJECTED, "owner", "owner"),
    (r"order signer address has to be the address", REJECTED, "signer", "order.signer"),
    (r"address banned", REJECTED, "banned", "account"),
    (r"closed only mode", REJECTED, "closed_only", "account"),
    (r"too many orders in payload", REJECTED, "batch_too_large", "orders"),
    (r"invalid post-only order", REJECTED, "post_only_crosses", "postOnly"),
    (r"breaks minimum tick size rule", REJECTED, "tick", "price"),
    (r"size .*lower than the minimum", REJECTED, "size_min", "size"),
    (r"is invalid\. duplicated", UNKNOWN, "duplicated", "order"),
    (r"crosses the book", REJECTED, "crosses_book", "price"),
    (r"invalid amount for a marketable buy|min size: \$", REJECTED, "notional_min", "makerAmount"),
    (r"invalid amounts", REJECTED, "amounts", "makerAmount, takerAmount"),
    (r"not enough balance|allowance is not enough", REJECTED, "balance", "balance / allowance"),
    (r"invalid nonce", REJECTED, "nonce", "nonce"),
    (r"invalid expiration", REJECTED, "expiration", "expiration"),
    (r"canceled in the ctf exchange contract", REJECTED, "canceled_on_chain", "order"),
    (r"order match delayed due to market conditions", UNKNOWN, "delayed", "order"),
    (r"fok orders are fully filled or killed", REJECTED, "fok_not_filled", "order"),
    (r"no orders found to match with fak order", REJECTED, "fak_no_match", "order"),
    (r"there are no matching orders", REJECTED, "no_match", "order"),
    (r"market is not yet ready to process new orders", UNAVAILABLE, "market_not_ready", "market"),
    (r"order_version_mismatch", REJECTED, "order_version", "signing domain"),
    (r"order timed out", UNAVAILABLE, "timed_out", "order"),
    (r"the trade contains rounding issues", REJECTED, "rounding", "makerAmount, takerAmount"),
    (r"trading is currently disabled", UNAVAILABLE, "trading_disabled", "exchange"),
    (r"cancel-only", UNAVAILABLE, "cancel_only", "exchange"),
    (r"post-only mode", UNAVAILABLE, "post_only_mode", "exchange"),
    (r"trading restricted in your region|geoblock", REJECTED, "geoblocked", "region"),
    (r"invalid order payload", REJECTED, "payload", "order"),
    (r"invalid payload", REJECTED, "payload", "body"),
    (r"invalid token id", REJECTED, "token", "token_id"),
    (r"invalid side", REJECTED, "side", "side"),
    (r"invalid market", REJECTED, "market", "market"),
    (r"no orderbook exists", REJECTED, "no_book", "token_id"),
    (r"market not found", REJECTED, "market", "market"),
    (r"fee rate not found", REJECTED, "fee_rate", "market"),
    (r"invalid l1 request headers", REJECTED, "unauthorized", "POLY_* headers (L1)"),
    (r"unauthorized|invalid api key", REJECTED, "unauthorized", "POLY_* headers (L2)"),
)
"""(pattern, conclusion, reason, what it is about); the first that is found holds."""
_TABLE = tuple((re.compile(row[0], re.IGNORECASE), row[1], row[2], row[3]) for row in TEXTS)
STATUSES: dict[int, tuple[Conclusion, str, str]] = {
    401: (REJECTED, "unauthorized", "POLY_* headers (L2)"),
    403: (REJECTED, "forbidden", "region or account"),
    425: (UNAVAILABLE, "engine_restart", "exchange"),
    429: (THROTTLED, "throttled", "rate limit"),
}
"""What a status says by itself, whatever the body is (it may be HTML)."""
NOT_FILLED = frozenset({"fok_not_filled", "fak_no_match", "no_match"})
"""Refusals that are the plain end of an order which found nobody."""
ACCOUNT_LOST = frozenset({"banned", "closed_only", "geoblocked", "forbidden", "unauthorized"})
"""Refusals that hold for every further order: live trading stops here, and says why."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """An error, read. `text` is what the venue said, cut."""

    conclusion: Conclusion
    reason: str
    about: str
    text: str
    status: int
    retry_after_s: float | None = None

    def error(self, subject: str) -> VenueError:
        """As the exception of its conclusion; it names `subject` (an order, a call) and field."""
        what = f"polymarket {subject}: {self.about}: {self.text} (HTTP {self.status})"
        match self.conclusion:
            case Conclusion.REJECTED:
                return VenueRejected(what, self.reason, self.about)
            case Conclusion.UNAVAILABLE:
                return VenueUnavailable(what, self.retry_after_s)
            case Conclusion.THROTTLED:
                return VenueThrottled(what, self.retry_after_s)
            case Conclusion.UNKNOWN:
                return OutcomeUnknown(what)


class _Error(msgspec.Struct, frozen=True, gc=False):
    error: str | None = None
    error_msg: str | None = None
    errorMsg: str | None = None  # noqa: N815
    retry_after_seconds: float | None = None


def judge_text(text: str, status: int, retry_after_s: float | None = None) -> Verdict | None:
    """By what is said alone; None where nobody knows the words."""
    for pattern, conclusion, reason, about in _TABLE:
        if pattern.search(text):
            return Verdict(conclusion, reason, about, text[:TEXT_MAX], status, retry_after_s)
    return None


def judge(response: Response, *, may_exist: bool) -> Verdict:
    """Any answer that is no success. `may_exist`: the request placed an order, so an answer that
    nobody knows proves nothing."""
    status = response.status
    text, after = _said(response)
    known = judge_text(text, status, after)
    if status in STATUSES and (known is None or status == 429):
        conclusion, reason, about = STATUSES[status]
        return Verdict(conclusion, reason, about, text, status, after)
    if known is not None:
        return known
    if status < 200 or status == 408 or status >= 500 or 300 <= status < 400:
        conclusion = UNKNOWN if may_exist else UNAVAILABLE
        return Verdict(conclusion, "not_served", "answer", text, status, after)
    return Verdict(REJECTED, "other", "request", text, status, after)


def _said(response: Response) -> tuple[str, float | None]:
    """(what it says, seconds to wait or None)."""
    after = _seconds(response.header("retry-after"))
    if after is None and response.status == 425:
        after = RESTART_S
    try:
        said = msgspec.json.decode(response.body, type=_Error)
    except UNREADABLE:
        cut = response.body[:TEXT_MAX].decode("utf-8", "replace").strip()
        return f"no JSON: {cut!r}" if cut else "an empty body", after
    text = said.error or said.error_msg or said.errorMsg or "no reason given"
    return text[:TEXT_MAX], said.retry_after_seconds if after is None else after


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; its date form is rare and read as unsaid."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
