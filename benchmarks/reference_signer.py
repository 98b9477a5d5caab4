"""Signs Polymarket orders with eth-account, for `benchmarks.signing_polymarket`; imports nothing of
arbees. Runs in any Python that has eth-account: reads a count a line, answers nanoseconds a line.

The first line it writes names the versions and the signature of the fixed order, so that both
sides are known to sign the same thing.
"""

import sys
import time
from importlib import metadata
from typing import Any

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
OWNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
FIELDS = (
    ("salt", "uint256"), ("maker", "address"), ("signer", "address"), ("tokenId", "uint256"),
    ("makerAmount", "uint256"), ("takerAmount", "uint256"), ("side", "uint8"),
    ("signatureType", "uint8"), ("timestamp", "uint256"), ("metadata", "bytes32"),
    ("builder", "bytes32"),
)  # fmt: skip
DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"),
          ("verifyingContract", "address"))  # fmt: skip


def typed_data(salt: int) -> dict[str, Any]:
    """The vector `order_v2_standard_exchange`, with another salt each time."""
    return {
        "primaryType": "Order",
        "types": {
            "EIP712Domain": [{"name": n, "type": t} for n, t in DOMAIN],
            "Order": [{"name": n, "type": t} for n, t in FIELDS],
        },
        "domain": {
            "name": "Polymarket CTF Exchange", "version": "2", "chainId": 137,
            "verifyingContract": "0xE111180000d2663C0091e4f400237545B87B996B",
        },
        "message": {
            "salt": salt, "maker": OWNER, "signer": OWNER,
            "tokenId": int("71321045679252212594626385532706912750332728571942532289631379312455"
                           "583992563"),
            "makerAmount": 50_000_000, "takerAmount": 100_000_000, "side": 0,
            "signatureType": 0, "timestamp": 1_710_000_000_000, "metadata": bytes(32),
            "builder": bytes(32),
        },
    }  # fmt: skip


def main() -> int:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    def sign(salt: int) -> str:
        signed = Account.sign_message(
            encode_typed_data(full_message=typed_data(salt)), private_key=KEY
        )
        return "0x" + bytes(signed.signature).hex()

    try:
        curve = f"coincurve {metadata.version('coincurve')}"
    except metadata.PackageNotFoundError:
        curve = "no coincurve"
    versions = f"eth-account {metadata.version('eth-account')}, {curve}"
    print(f"{sign(479249096354)} {versions}", flush=True)
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter_ns()
        for salt in range(1, count + 1):
            sign(salt)
        print(time.perf_counter_ns() - start, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
