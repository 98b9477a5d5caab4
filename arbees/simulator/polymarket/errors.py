"""What the venue says when it says no: the texts of polymarket.md 3, 6 and 7.4, to the letter.

One rule: every refusal leaves as a `Problem`, and every text stands here once, by name.
"""

from typing import Any

from aiohttp import web

TEXTS: dict[str, tuple[int, str]] = {
    "payload": (400, "Invalid order payload"),
    "owner": (400, "the order owner has to be the owner of the API KEY"),
    "signer": (400, "the order signer address has to be the address of the API KEY"),
    "banned": (400, "'{address}' address banned"),
    "closed_only": (400, "'{address}' address in closed only mode"),
    "too_many": (400, "Too many orders in payload: {count}, max allowed: {most}"),
    "post_only": (400, "invalid post-only order: order crosses book"),
    "tick": (400, "order {id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}"),
    "size": (400, "order {id} is invalid. Size ({size}) lower than the minimum: {least}"),
    "duplicated": (400, "order {id} is invalid. Duplicated."),
    "crosses": (400, "order {id} crosses the book"),
    "balance": (400, "not enough balance / allowance"),
    "allowance": (
        400,
        "not enough balance / allowance: the allowance is not enough -> allowance: {allowance}, "
        "order amount: {amount}",
    ),
    "nonce": (400, "invalid nonce"),
    "expiration": (400, "invalid expiration"),
    "canceled_on_chain": (400, "order canceled in the CTF exchange contract"),
    "match_delayed": (400, "order match delayed due to market conditions"),
    "fok": (400, "order couldn't be fully filled. FOK orders are fully filled or killed."),
    "fak": (
        400,
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no "
        "match is found.",
    ),
    "not_ready": (400, "the market is not yet ready to process new orders"),
    "version": (400, "order_version_mismatch"),
    "signature": (400, "invalid signature"),
    "amounts": (
        400,
        "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals,"
        " taker amount a max of {decimals} decimals",
    ),
    "marketable": (
        400,
        "invalid amount for a marketable BUY order (${amount}), min size: $1",
    ),
    "timed_out": (500, "order timed out"),
    "no_match": (500, "there are no matching orders"),
    "rounding": (500, "the trade contains rounding issues"),
    "api_key": (401, "Unauthorized/Invalid api key"),
    "l1": (401, "Invalid L1 Request headers"),
    "key_exists": (400, "Could not create api key"),
    "no_key": (400, "Could not derive api key!"),
    "geoblock": (403, "Trading restricted in your region"),
    "throttled": (429, "Too many requests"),
    "restarting": (425, "matching engine is restarting"),
    "disabled": (503, "Trading is currently disabled. Check polymarket.com for updates"),
    "cancel_only": (
        503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    ),
    "token": (400, "Invalid token id"),
    "bad_payload": (400, "Invalid payload"),
    "side": (400, "Invalid side"),
    "market": (400, "Invalid market"),
    "limit": (400, "Payload exceeds the limit"),
    "no_book": (404, "No orderbook exists for the requested token id"),
    "no_market": (404, "market not found"),
    "no_fee": (404, "fee rate not found for market"),
    "no_order": (404, "order not found"),
    "server": (500, "Internal server error"),
}


class Problem(Exception):
    """An answer that is not a success. `text` is the venue's own."""

    def __init__(
        self, status: int, text: str, *, body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self.status = status
        self.text = text
        self.body = body or {"error": text}
        self.headers = headers or {}

    def answer(self) -> web.Response:
        return web.json_response(self.body, status=self.status, headers=self.headers)


def problem(name: str, *, headers: dict[str, str] | None = None, **values: object) -> Problem:
    """The refusal of that name, its text filled in."""
    status, text = TEXTS[name]
    return Problem(status, text.format(**values), headers=headers)


def post_only_mode(seconds: int) -> Problem:
    text = "post-only mode: only post-only orders and cancels are allowed"
    body = {"error": text, "code": "post_only_mode", "retry_after_seconds": seconds}
    return Problem(503, text, body=body)


def restarting() -> Problem:
    return problem("restarting", headers={"Retry-After": "1"})


def throttled(after_s: int = 1) -> Problem:
    return problem("throttled", headers={"Retry-After": str(after_s)})


def wrong_heartbeat(expected: str) -> Problem:
    body = {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": expected}
    return Problem(400, "Invalid Heartbeat ID", body=body)
