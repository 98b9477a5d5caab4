"""What the venue says when it says no: three body shapes and their codes (kalshi.md section 8).

One rule: every refusal leaves as a `Problem`; the shape is the venue's habit at that place.
"""

from typing import Any

from aiohttp import web

from arbees.simulator.exchange.events import Refusal, Refused


class Problem(Exception):
    """An HTTP answer that is not a success. `shape`: nested, flat, msg or string."""

    def __init__(
        self, status: int, code: str, *, message: str = "", details: str = "",
        shape: str = "nested",
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message or code.replace("_", " ")
        self.details = details
        self.shape = shape

    def flat(self) -> dict[str, Any]:
        """The ErrorResponse, as items of a batch carry it."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            body["details"] = self.details
        return body

    def body(self) -> dict[str, Any]:
        match self.shape:
            case "flat":
                return self.flat()
            case "msg":
                return {"msg": self.message}
            case "string":
                return {"error": self.message}
        return {"error": self.flat()}

    def answer(self) -> web.Response:
        return web.json_response(self.body(), status=self.status)


def bad_request(details: str) -> Problem:
    return Problem(400, "bad_request", details=details, shape="flat")


def not_found() -> Problem:
    return Problem(404, "not_found")


def invalid_order(details: str) -> Problem:
    return Problem(400, "invalid_order", details=details)


def over_limit(endpoint: str, field: str = "Limit", tag: str = "lte") -> Problem:
    """A parameter out of range: the bare `msg` shape."""
    text = (
        f"Parameter validation failed for {endpoint}: Key: '{endpoint}Params.{field}' "
        f"Error:Field validation for '{field}' failed on the '{tag}' tag"
    )
    return Problem(400, "parameter", message=text, shape="msg")


def too_many(turn: int) -> Problem:
    """The documented body and the observed one, in turn."""
    shape = "nested" if turn % 2 else "string"
    return Problem(429, "too_many_requests", message="too many requests", shape=shape)


_REFUSALS: dict[Refusal, tuple[int, str, str]] = {
    Refusal.UNKNOWN_MARKET: (404, "market_not_found", ""),
    Refusal.UNKNOWN_ORDER: (404, "not_found", ""),
    Refusal.MARKET_INACTIVE: (400, "market_inactive", ""),
    Refusal.TRADING_PAUSED: (400, "market_inactive", "trading is paused"),
    Refusal.EXCHANGE_PAUSED: (503, "exchange_unavailable", ""),
    Refusal.POST_ONLY_MODE: (400, "invalid_order", "post only"),
    Refusal.INVALID_PRICE: (400, "invalid_price", ""),
    Refusal.INVALID_SIZE: (400, "invalid_order_size", ""),
    Refusal.INSUFFICIENT_BALANCE: (400, "insufficient_balance", ""),
    Refusal.INSUFFICIENT_SHARES: (400, "insufficient_balance", ""),
    Refusal.POST_ONLY_CROSS: (400, "invalid_order", "post only cross"),
    Refusal.FOK_KILLED: (409, "fill_or_kill_insufficient_resting_volume", ""),
    Refusal.NO_POSITION: (400, "invalid_order", "reduce only"),
    Refusal.DUPLICATE: (409, "order_already_exists", ""),
}


def problem(refused: Refused) -> Problem:
    """The venue's words for a refusal of the exchange."""
    if refused.reason is Refusal.INVALID_TERMS:
        return invalid_order(refused.detail)
    status, code, details = _REFUSALS[refused.reason]
    return Problem(status, code, details=details)
