"""Commitments: what stands in an export for that which may not be in it.

Bytes withheld by their licence are named by their plain SHA-256: anyone who holds the same licence
can hold their own copy against it, and a satellite image cannot be guessed. What is redacted in
confidence may be short and guessable (a name, a position), and a plain hash of it could be found by
trying; so it is committed to as SHA-256(salt ‖ content) with a salt of 256 bits of its own. Such a
commitment hides its content as long as the salt is secret and binds to it for good: to disclose it
later is to hand over salt and content. The salts come from one secret in the workspace by
HMAC-SHA-256, one for each item, so that disclosing one says nothing of another and two exports of
the same case are the same bytes.

Source: the hash commitment in the random-oracle model, as in Certificate Transparency's redaction
proposals and selective-disclosure JWT (RFC 9901); HMAC, RFC 2104.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from quaywatch.evidence.record import canonical_json

SALT_BYTES = 32


def salt_for(secret: bytes, item: str) -> bytes:
    """The salt of one item: 32 bytes that say nothing of the secret or of other salts.

    Examples:
        >>> salt_for(b"s" * 32, "source:ab") == salt_for(b"s" * 32, "source:cd")
        False

    """
    return hmac.digest(secret, b"quaywatch-export\x00" + item.encode(), "sha256")


def commitment(salt: bytes, content: bytes) -> str:
    """SHA-256 of salt and content, in hex.

    Raises:
        ValueError: the salt has not 32 bytes, so that where it ends could be moved.

    Examples:
        >>> commitment(bytes(32), b"coal") == commitment(bytes(32), b"coke")
        False

    """
    if len(salt) != SALT_BYTES:
        msg = f"a salt has {SALT_BYTES} bytes"
        raise ValueError(msg)
    return hashlib.sha256(salt + content).hexdigest()


@dataclass(frozen=True, slots=True)
class Opening:
    """What is handed over to disclose one redacted record."""

    record: str
    """Id of the record that stands for it in the export."""
    salt: bytes
    content: Mapping[str, JsonValue]
    """The record as it was, its kind included."""

    def opens(self, committed: str) -> bool:
        """Whether this is what was committed to."""
        return hmac.compare_digest(
            commitment(self.salt, canonical_json(dict(self.content))), committed
        )
