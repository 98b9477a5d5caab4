"""Signatures verify under both keys and formats; no key shows anywhere; clocks are checked."""

from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from arbees.errors import ConfigError, VenueUnavailable
from arbees.venues.kalshi.auth import WATCHED_MAX, KalshiSigner, Presigned, check_skew, skew_ms
from tests.venues.kalshi.keys import PKCS1, PKCS8, Key, ed25519_key, pem, rsa_key

KEY_ID = "97ec18b7-10d3-4557-9de0-8598aad625f0"
PATH = "/trade-api/v2/portfolio/events/orders"
TEXT = b"1703123456789POST" + PATH.encode()
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


def signature(signer: KalshiSigner) -> bytes:
    headers = signer.headers("POST", PATH, 1_703_123_456_789)
    assert headers["KALSHI-ACCESS-KEY"] == KEY_ID
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == "1703123456789"
    return b64decode(headers["KALSHI-ACCESS-SIGNATURE"], validate=True)


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_rsa_is_pss_with_the_digests_salt_length(form: object) -> None:
    key = rsa_key()
    signer = KalshiSigner(KEY_ID, pem(key, form))  # type: ignore[arg-type]
    key.public_key().verify(signature(signer), TEXT, PSS, hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature(signer), TEXT + b"?", PSS, hashes.SHA256())


def test_ed25519_signs_the_text_itself() -> None:
    signer = KalshiSigner(KEY_ID, pem(ed25519_key()))
    ed25519_key().public_key().verify(signature(signer), TEXT)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXdvcmRz\n-----END PRIVATE KEY-----\n",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(rsa_key(), PKCS8, b"password"),
        pem(rsa_key(1_024)),
    ],
)
def test_other_keys_are_refused_without_quoting_them(bad: bytes) -> None:
    with pytest.raises(ConfigError, match="kalshi private key") as caught:
        KalshiSigner(KEY_ID, bad)
    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("key_id", ["", "  ", "a b", "a\r\nX: 1", "ключ"])
def test_a_key_id_must_fit_a_header(key_id: str) -> None:
    with pytest.raises(ConfigError, match="key_id"):
        KalshiSigner(key_id, pem(ed25519_key()))


def test_nothing_secret_is_shown() -> None:
    for key in (rsa_key(), ed25519_key()):
        signer = KalshiSigner(KEY_ID, pem(key))
        for text in (repr(signer), str(signer), repr(Presigned(signer))):
            assert KEY_ID not in text
            assert not any(line in text for line in pem(key).decode().splitlines())


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()])
def test_headers_are_signed_off_the_path_and_not_used_when_old(key: Key) -> None:
    ready = Presigned(KalshiSigner(KEY_ID, pem(key)))
    ready.watch("POST", PATH)
    ready.refresh(10_000)
    first = ready.signed("POST", PATH, 10_900)
    assert first == ready.signed("POST", PATH, 12_500)
    assert dict(first)["KALSHI-ACCESS-TIMESTAMP"] == "10000"
    assert ready.late == 0
    for now in (12_501, 9_999):
        assert dict(ready.signed("POST", PATH, now))["KALSHI-ACCESS-TIMESTAMP"] == str(now)
    ready.forget("POST", PATH)
    ready.refresh(20_000)
    assert dict(ready.signed("POST", PATH, 20_001))["KALSHI-ACCESS-TIMESTAMP"] == "20001"
    assert ready.late == 3


def test_the_list_of_ready_paths_is_bounded() -> None:
    ready = Presigned(KalshiSigner(KEY_ID, pem(rsa_key())))
    for number in range(WATCHED_MAX + 5):
        ready.watch("DELETE", f"{PATH}/{number}")
    assert len(ready._watched) == WATCHED_MAX
    assert ("DELETE", f"{PATH}/4") not in ready._watched


DATE = "Thu, 11 Jun 2026 06:29:30 GMT"
AT = 1_781_159_370_000


@pytest.mark.parametrize(
    ("sent", "received", "skew"),
    [
        (AT, AT + 40, 0),
        (AT + 900, AT + 1_400, 0),
        (AT - 30, AT + 10, 0),
        (AT + 6_000, AT + 6_040, 5_000),
        (AT - 5_040, AT - 5_000, -5_000),
        (AT - 9_000, AT + 100, 0),
    ],
)
def test_skew_is_only_what_grain_and_round_trip_cannot_explain(
    sent: int, received: int, skew: int
) -> None:
    assert skew_ms(DATE, sent, received) == skew


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_without_a_date_the_clock_is_not_known(date: str | None) -> None:
    with pytest.raises(VenueUnavailable, match="Date"):
        skew_ms(date, AT, AT)


def test_a_wrong_clock_stops_orders_and_says_which_way() -> None:
    check_skew(4_000)
    check_skew(-4_000)
    with pytest.raises(VenueUnavailable, match=r"4\.1 s ahead of"):
        check_skew(4_100)
    with pytest.raises(VenueUnavailable, match="behind"):
        check_skew(-60_000)
