"""Recorded bodies that no market-data decoder reads, by the reason why not."""

ERROR = "an error body: its reader is the gateway's, and no market-data decoder takes it"
AUTH = "the account's balance, read with keys"
ORDER = "an order of ours: sent, read or cancelled with keys"
ACCOUNT = "the account's limits, fills, positions or settlements, read with keys"
USER = "the user socket: our own orders and trades"
WALLET = "the data API: positions and trades by wallet, not a market's"
NO_RATE = "`base_fee` is legacy and no rate (polymarket.md section 3): read nowhere, on purpose"
LABELS = "names of tags: nothing of ours reads them"
PRICES = "reference prices of crypto and equities: event data, not this venue's market data"

NOT_DECODED: dict[str, tuple[str, ...]] = {
    ERROR: (
        "kalshi/auth/bad_signature", "kalshi/auth/missing_signature_header",
        "kalshi/auth/skew_minus30s", "kalshi/auth/skew_minus5min", "kalshi/auth/skew_plus5min",
        "kalshi/auth/unknown_key_id", "kalshi/cleanup/leftover_0", "kalshi/cleanup/leftover_1",
        "kalshi/cleanup/leftover_2", "kalshi/markets/limit_over_max",
        "kalshi/orders/cancel_already_canceled", "kalshi/orders/cancel_executed",
        "kalshi/orders/cancel_unknown_id", "kalshi/orders/duplicate_client_order_id",
        "kalshi/orders/insufficient_balance", "kalshi/orders/invalid_price_structure",
        "kalshi/orders/numeric_field_types", "kalshi/orders/post_only_cross",
        "kalshi/orders/reuse_canceled_client_id", "polymarket/clob/order_response_error_500",
        "polymarket/clob/order_response_failed",
    ),
    AUTH: (
        "kalshi/auth/balance_alt_host", "kalshi/auth/balance_ok", "kalshi/auth/skew_minus5s",
        "kalshi/auth/skew_plus5s", "polymarket/clob/balance_allowance_collateral",
        "polymarket/clob/balance_allowance_no_allowance",
    ),
    ORDER: (
        "kalshi/cleanup/stp_resting", "kalshi/orders/cancel_v2", "kalshi/orders/create_v2_maker",
        "kalshi/orders/create_v2_taker_ioc", "kalshi/orders/get_after_cancel",
        "kalshi/orders/get_after_create", "kalshi/orders/legacy_cancel",
        "kalshi/orders/legacy_create", "kalshi/orders/settlement_seed",
        "kalshi/orders/stp_resting_after", "kalshi/orders/stp_self_cross",
        "kalshi/orders/stp_setup", "kalshi/portfolio/orders_list",
        "polymarket/clob/batch_cancel_response", "polymarket/clob/cancel_response_failed",
        "polymarket/clob/cancel_response_ok", "polymarket/clob/open_order",
        "polymarket/clob/open_order_sell_fok", "polymarket/clob/open_orders_page",
        "polymarket/clob/order_response_ok", "polymarket/clob/signed_order",
    ),
    ACCOUNT: (
        "kalshi/account/endpoint_costs", "kalshi/account/limits", "kalshi/fills/after_taker",
        "kalshi/portfolio/positions", "kalshi/settlements/end_of_session",
        "kalshi/settlements/page", "polymarket/clob/trade_report", "polymarket/clob/trades_page",
    ),
    USER: (
        "polymarket/ws_user/order", "polymarket/ws_user/order_cancel_py",
        "polymarket/ws_user/order_cancellation", "polymarket/ws_user/order_fok_killed",
        "polymarket/ws_user/order_matched", "polymarket/ws_user/order_placement",
        "polymarket/ws_user/order_placement_py", "polymarket/ws_user/order_update",
        "polymarket/ws_user/order_venue_cancel", "polymarket/ws_user/trade",
        "polymarket/ws_user/trade_2", "polymarket/ws_user/trades_py",
        "polymarket/ws_user/user_trade1_py", "polymarket/ws_user/user_trade2_py",
        "polymarket/ws_user/user_trade3_py", "polymarket/ws_user/user_trade4_py",
    ),
    WALLET: (
        "polymarket/data_api/positions_response", "polymarket/data_api/trades_response",
        "polymarket/clob/trades_py",
    ),
    NO_RATE: (
        "polymarket/clob/fee_rate_response_nonzero", "polymarket/clob/fee_rate_response_zero",
    ),
    LABELS: ("polymarket/gamma/tags",),
    PRICES: (
        "polymarket/rtds/crypto_prices_subscribe", "polymarket/rtds/crypto_prices_update",
        "polymarket/rtds/equity_prices_subscribe", "polymarket/rtds/equity_prices_update",
    ),
}  # fmt: skip
