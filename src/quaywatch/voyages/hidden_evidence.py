"""What may speak for a call that nobody saw, and how much it may say at most.

The cap is part of the type: a probability cannot be made without the basis that it rests on, and
a basis of AIS alone never makes a call likelier than not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import EXPERT_LIMIT, GROUP_CAP, WITHIN_GROUP_WEIGHT, Group
from quaywatch.evidence.wording import CEILING, bounded

WitnessKind = Literal["image", "hull", "stock", "reported", "draught"]
"""``image``: a picture in which the hull is identified, or one of the place without it. ``hull``:
a picture of a hull there that is as long as she is, and may be another."""
_MOST: Final = {
    "image": GROUP_CAP[Group.IMAGERY_PRESENCE],
    "hull": math.log(EXPERT_LIMIT),
    "stock": GROUP_CAP[Group.STOCK],
    "reported": GROUP_CAP[Group.REPORTED],
    "draught": GROUP_CAP[Group.GAP],
}
"""Largest log ratio of all witnesses of a kind at one port. Looks that show one hull after another
show it once: however many they are, ``hull`` says no more than one set ratio may."""


class Basis(StrEnum):
    """What a probability rests on besides reach and what this hull and its fleet usually do."""

    AIS_ONLY = "ais-only"
    """A silence, a draught typed in by hand: opportunity."""
    ONE_SOURCE = "one-source"
    """One thing that is no picture of the hull there."""
    TWO_SOURCES = "two-independent-sources"
    """Two kinds of evidence from two sources."""
    IMAGE = "image"
    """A picture of a hull at the place that speaks for its being this one."""


CAP: Final = {
    Basis.AIS_ONLY: 0.5,
    Basis.ONE_SOURCE: 0.94,
    Basis.TWO_SOURCES: CEILING,
    Basis.IMAGE: CEILING,
}
"""Most that may be stated. 0.95 and more needs a picture or two independent sources (METHODS
section 9); that AIS alone stops at even odds is our own, stricter rule."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A probability with what it rests on.

    Raises:
        ProbabilityError: it is more than its basis allows, or not between 0.01 and 0.99.

    Examples:
        >>> Stated.capped(0.97, Basis.ONE_SOURCE)
        Stated(probability=0.94, basis=<Basis.ONE_SOURCE: 'one-source'>, uncapped=0.97)

    """

    probability: float
    basis: Basis
    uncapped: float
    """What the sums gave: for measuring how well they are calibrated, not for stating."""

    def __post_init__(self) -> None:
        if not 1 - CEILING - 1e-12 <= self.probability <= CAP[self.basis] + 1e-12:
            raise ProbabilityError(value=self.probability)

    @classmethod
    def capped(cls, probability: float, basis: Basis) -> "Stated":
        """As much of it as the basis allows."""
        return cls(min(bounded(probability), CAP[basis]), basis, probability)


@dataclass(frozen=True, slots=True)
class Witness:
    """One thing seen that bears on a call.

    Raises:
        ProbabilityError: the ratio is not finite.

    """

    kind: WitnessKind
    port: str | None
    """Where; None for a draught, which does not say where."""
    first: datetime
    last: datetime
    """For a picture both are its time; else between which it happened."""
    log_lr: float
    """ln of P(this was seen | the hull lay there then) / P(it was seen | it did not)."""
    source: str
    """Who says so: two things from one source are one."""
    measured: bool = True
    """False where someone set the ratio: it then counts as 1/5 to 5 at most."""
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.log_lr):
            raise ProbabilityError(value=self.log_lr)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A witness with the log ratio that it counts for."""

    witness: Witness
    log_lr: float


def weighed(witnesses: Sequence[Witness]) -> list[Weighed]:
    """Ratios after the limits: set ones to 1/5…5, groups at one port shrunk and capped.

    Examples:
        >>> from datetime import UTC
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> twice = [Witness("stock", "a", now, now, 2.0, s) for s in ("x", "y")]
        >>> [round(one.log_lr, 3) for one in weighed(twice)]
        [1.151, 1.151]

    """
    limit = math.log(EXPERT_LIMIT)
    found = []
    for witness in witnesses:
        mine = [w for w in witnesses if (w.kind, w.port) == (witness.kind, witness.port)]
        each = [w.log_lr if w.measured else min(max(w.log_lr, -limit), limit) for w in mine]
        weight = WITHIN_GROUP_WEIGHT if len(mine) > 1 else 1.0
        cap = _MOST[witness.kind]
        # For and against are capped apart, so that neither hides behind the other.
        own = each[next(k for k, w in enumerate(mine) if w is witness)]
        total = abs(weight * sum(one for one in each if one * own > 0))
        scale = min(1.0, cap / total) if total > 0 else 1.0
        found.append(Weighed(witness, own * weight * scale))
    return found


def basis_of(port: str, witnesses: Sequence[Witness]) -> Basis:
    """What speaks for a call at a port, by the things that speak for it (not against).

    Two things count as two only if they differ in kind and in source. What a ship broadcasts of
    its draught is AIS, however often it says so.

    Examples:
        >>> from datetime import UTC
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> def said(kind, source, log_lr=1.0):
        ...     return Witness(kind, "a", now, now, log_lr, source)
        >>> [basis_of("a", w).value for w in ([], [said("stock", "x")],
        ...     [said("stock", "x"), said("reported", "x")],
        ...     [said("stock", "x"), said("reported", "y")], [said("image", "x")],
        ...     [said("image", "x", -1.0)])]
        ['ais-only', 'one-source', 'one-source', 'two-independent-sources', 'image', 'ais-only']

    """
    speaking = [w for w in witnesses if w.port == port and w.log_lr > 0.0 and w.kind != "draught"]
    if not speaking:
        return Basis.AIS_ONLY
    images = sum(one.log_lr for one in weighed(witnesses) if _image_at(one.witness, port))
    if images > 0.0 and any(w.kind == "image" for w in speaking):
        return Basis.IMAGE
    if any(a.kind != b.kind and a.source != b.source for a in speaking for b in speaking):
        return Basis.TWO_SOURCES
    return Basis.ONE_SOURCE


def _image_at(witness: Witness, port: str) -> bool:
    return witness.kind == "image" and witness.port == port
