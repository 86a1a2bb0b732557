"""What an adapter is told of an older claim: the claim, what it rests on, and what it shares.

Newer claims carry their bearings themselves (``evidence/bearing.py``). The adapters beside this
module (``bearings_of_*``) say the same of claims made before, as pure functions of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Record


@dataclass(frozen=True, slots=True)
class About:
    """Whom a hypothesis is about, where and when."""

    subject: str
    """As the case writes it."""
    same: frozenset[str]
    """It and every subject that stands for it: an IMO number's transponders."""
    at: str | None = None
    """``site:…``."""
    period: TimeInterval | None = None


@dataclass(frozen=True)
class Told:
    """An older claim and what the records under it say."""

    claim: Claim
    inputs: tuple[Record, ...] = ()
    """The records that it names, in its order."""
    site: str | None = None
    """``site:…`` where its place is a site of the workspace."""
    scene: str | None = None
    """``scene:…`` where its pixels come from one image."""
    document: str | None = None
    """``source:…`` where what others report in it comes from one document."""
    value: Mapping[str, Any] = field(init=False, default_factory=dict)
    """The claim's value; empty where it is none or no object."""

    def __post_init__(self) -> None:
        value = self.claim.value
        object.__setattr__(self, "value", value if isinstance(value, dict) else {})

    @property
    def seen_cause(self) -> str:
        """The image that it may be wrong by, else the claim alone."""
        return self.scene or self.document or self.claim.id

    @property
    def said_cause(self) -> str:
        """The document that it may be wrong by, else the claim alone."""
        return self.document or self.claim.id


def reported_ratio(record: Record) -> float | None:
    """The likelihood ratio that a report states for its ship; None where it states none."""
    value = record.value if isinstance(record, Claim) else None
    ratio = value.get("likelihood_ratio") if isinstance(value, dict) else None
    # Some files write 0 for "no comparison"; that is no ratio.
    return float(ratio) if isinstance(ratio, int | float) and ratio > 0 else None
