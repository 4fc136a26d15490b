"""Signed deliveries: who sent these bytes to this address, when, and for the how-manieth time.

HMAC-SHA256 (RFC 2104, FIPS 180-4) over time, nonce, path and body. The path is signed, so that a
delivery cannot be turned to another campaign; the nonce is signed, so that a repetition is known.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

SENDER: Final = "X-Synthloop-Sender"
TIMESTAMP: Final = "X-Synthloop-Timestamp"
NONCE: Final = "X-Synthloop-Nonce"
SIGNATURE: Final = "X-Synthloop-Signature"
SAMPLEDB_SIGNATURE: Final = "X-Sampledb-Signature"


@dataclass(frozen=True)
class Stamp:
    """What a delivery says of itself beside its body, as received.

    Attributes:
        sender: Name of the sender.
        timestamp: Seconds since 1970 UTC, a whole number in text.
        nonce: Text that the sender uses once per delivery, 8 to 64 characters.
        signature: `sha256=` and 64 hexadecimal digits.
    """

    sender: str
    timestamp: str
    nonce: str
    signature: str

    def headers(self) -> dict[str, str]:
        """Return the four headers."""
        return {
            SENDER: self.sender,
            TIMESTAMP: self.timestamp,
            NONCE: self.nonce,
            SIGNATURE: self.signature,
        }


def sign(secret: str, timestamp: str, nonce: str, path: str, body: bytes) -> str:
    """Return the signature of a delivery."""
    head = f"{timestamp}\n{nonce}\n{path}\n".encode()
    return _hmac(secret, head + body)


def stamped(
    sender: str, secret: str, path: str, body: bytes, *, at: int, nonce: str
) -> dict[str, str]:
    """Return the headers that a sender puts on a delivery.

    Args:
        sender: Its name.
        secret: The one it shares with the door.
        path: For example `/campaigns/films/results`.
        body: The bytes that are sent.
        at: Present time, seconds since 1970 UTC.
        nonce: New for each delivery, the same when one is repeated.
    """
    signature = sign(secret, str(at), nonce, path, body)
    return Stamp(sender, str(at), nonce, signature).headers()


def signed_by(secret: str, stamp: Stamp, path: str, body: bytes) -> bool:
    """Whether the delivery was signed with this secret; takes the same time either way."""
    expected = sign(secret, stamp.timestamp, stamp.nonce, path, body)
    return hmac.compare_digest(expected.encode(), stamp.signature.encode())


def rung_by_sampledb(secret: str, signature: str, body: bytes) -> bool:
    """Whether a SampleDB webhook was signed with this secret (SampleDB 0.33, logic/webhooks.py).

    It signs its body only, so it can be repeated by whoever saw it.
    """
    return hmac.compare_digest(_hmac(secret, body).encode(), signature.encode())


def _hmac(secret: str, content: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
