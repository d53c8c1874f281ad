"""How webhooks are signed, both ways: HMAC-SHA256 over number, time and body, as Standard Webhooks has it.

``webhook-signature`` holds ``v1,`` and the base64 of the HMAC of ``{webhook-id}.{webhook-timestamp}.{body}``; the
key is what follows ``whsec_`` in the secret, read as base64. Several signatures are parted by spaces.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
VERSION = "v1"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
LONGEST_HEADER = 1000


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, number: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that sign a body which is sent at ``at``."""
    timestamp = str(int(at.timestamp()))
    return {
        ID: number,
        TIMESTAMP: timestamp,
        SIGNATURE: f"{VERSION},{_sign(secret, number, timestamp, body)}",
    }


def signer_of(
    given: Mapping[str, str], body: bytes, secrets_of: Iterable[tuple[int, str]], now: datetime
) -> int | None:
    """The key of whose secret signed this body within five minutes of ``now``; ``None`` for nobody's."""
    number, timestamp, told = (given.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not number or not told or max(map(len, (number, timestamp, told))) > LONGEST_HEADER:
        return None
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return None
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return None
    signatures = [part.partition(",") for part in told.split()]
    found = None
    for key, secret in secrets_of:
        expected = _sign(secret, number, timestamp, body).encode()
        for version, _comma, signature in signatures:
            if version == VERSION and hmac.compare_digest(signature.encode("utf-8", "replace"), expected):
                found = key
    return found


def _sign(secret: str, number: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{number}.{timestamp}.".encode("utf-8", "replace") + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
