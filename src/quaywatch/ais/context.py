"""What whoever hands us a log must say about it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NmeaContext:
    """What the file does not say about itself."""

    source_id: str
    timezone: str | None = None
    """IANA zone of times that name none; only needed where the file has such times."""
    received_before: datetime | None = None
    """A moment by which everything in the file had been received; None for no bound."""
    receiver: str | None = None
    """``terrestrial`` or ``satellite``, if the provider says so."""
