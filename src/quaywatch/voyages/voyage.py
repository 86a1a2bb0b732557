"""Calls, legs and voyages of one hull: what was seen, what was not, and how far each is known.

A voyage is never more certain than its calls, and a call is either *seen* (in AIS, in images) or
*hidden* (a silence that may hold it, with a probability). A time is an interval; an end that
nothing bounds is None, and ``reasons`` say why. These are the shapes; ``calls`` fills them from
events, ``legs`` from tracks, ``history`` cuts a life into voyages, ``voyage_tables`` prints them.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from quaywatch.evidence.likelihood import Group
from quaywatch.geo.position import Position
from quaywatch.voyages.gazetteer import Place

SeenBy = Literal["ais", "imagery", "hidden", "reported"]
"""What a call rests on: broadcast positions, pictures, a silence judged, somebody's word."""
RoleName = Literal["load-candidate", "discharge-candidate", "undecided", "unknown"]
VoyageKind = Literal[
    "cargo", "discharge-unseen", "loading-unseen", "repositioning", "several-discharges", "passage"
]
"""``cargo``: from a load candidate to a discharge candidate. ``discharge-unseen``: from a load
candidate to the next one, or to the end of what is known. ``loading-unseen``: a discharge
candidate with no load candidate before it. ``repositioning``: from a discharge candidate to the
next load candidate. ``several-discharges``: between two discharge candidates. ``passage``: nothing
says what any of its calls was for."""


@dataclass(frozen=True, slots=True)
class When:
    """When one thing happened: between two instants (UTC), either of which may be unknown."""

    earliest: datetime | None
    """Not before; None: nothing bounds it."""
    latest: datetime | None
    """Not after; None: nothing bounds it."""

    @classmethod
    def at(cls, instant: datetime) -> "When":
        """An instant taken as known exactly."""
        return cls(instant, instant)

    @property
    def width_h(self) -> float | None:
        """Hours between the bounds; None where one is missing."""
        if self.earliest is None or self.latest is None:
            return None
        return (self.latest - self.earliest) / timedelta(hours=1)

    @property
    def stamp(self) -> str:
        """Both bounds as text, the same whatever object stands for UTC."""
        return "/".join(
            ".." if at is None else at.astimezone(UTC).isoformat()
            for at in (self.earliest, self.latest)
        )

    @property
    def middle(self) -> datetime | None:
        """Halfway between the bounds; None where one is missing."""
        if self.earliest is None or self.latest is None:
            return None
        return self.earliest + (self.latest - self.earliest) / 2


def hours_between(first: When | None, then: When | None) -> tuple[float | None, float | None]:
    """Least and most hours from ``first`` to ``then``; None where a bound is missing.

    Examples:
        >>> from datetime import UTC
        >>> day = [datetime(2025, 2, d, tzinfo=UTC) for d in (1, 2, 4)]
        >>> hours_between(When(day[0], day[1]), When.at(day[2]))
        (48.0, 72.0)
        >>> hours_between(When(None, day[1]), When.at(day[2]))
        (48.0, None)

    """
    if first is None or then is None:
        return None, None
    hour = timedelta(hours=1)
    least = most = None
    if then.earliest is not None and first.latest is not None:
        least = max(0.0, (then.earliest - first.latest) / hour)
    if then.latest is not None and first.earliest is not None:
        most = max(0.0, (then.latest - first.earliest) / hour)
    return least, most


@dataclass(frozen=True, slots=True)
class CargoSign:
    """One thing that speaks for or against cargo having been worked at a call.

    Both figures are natural logs of a likelihood ratio against "neither loaded nor discharged".
    """

    kind: Literal["draught", "stock", "berth", "laden-image", "declared", "reported"]
    log_lr_load: float
    log_lr_discharge: float
    group: Group
    """Signs of one group share their errors: they are shrunk and capped together."""
    text: str
    """What was seen, in a sentence."""
    measured: bool = False
    """False where an expert set the ratios; they then count as 1/5 to 5 at most."""
    evidence: tuple[str, ...] = ()
    """Ids of the records or events that it rests on."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a call may have been for; probabilities of three exclusive readings."""

    name: RoleName
    p_load: float | None
    """None, as the other two, where nothing was there to judge by."""
    p_discharge: float | None
    p_neither: float | None
    reason: str | None = None


NO_ROLE = Role("unknown", None, None, None, "Nothing says whether cargo was worked there.")


@dataclass(frozen=True, slots=True)
class Call:
    """A stay of one hull at one place."""

    vessel: str | None
    """Subject (``imo:…``, ``mmsi:…``); None: the hull is not identified."""
    place: Place
    seen_by: tuple[SeenBy, ...]
    arrived: When
    departed: When
    present: When | None
    """First and last moment at which it was seen there; None for a hidden call."""
    probability: float | None
    """Of the call having happened, 0.01 to 0.99; None where it was seen and is taken as seen."""
    evidence: tuple[str, ...] = ()
    """Ids of events, looks or claims."""
    berth: str | None = None
    signs: tuple[CargoSign, ...] = ()
    role: Role = NO_ROLE
    reasons: tuple[str, ...] = ()
    """What is not known of it and why, in sentences."""
    method: str = "call@1"
    left_from: Position | None = None
    """Where it was last seen there; None: at ``place``, which is where it lay."""
    came_to: Position | None = None
    """Where it was first seen there; None: at ``place``."""
    at_rest: When | None = None
    """From its first to its last moment at rest there; None: not known. ``arrived`` and
    ``departed`` of a call in AIS are when it came within reach of the port, and left it."""

    @property
    def first_seen_at(self) -> Position:
        """Where the way from the call before ends, as far as it was seen."""
        return self.came_to or self.place.position

    @property
    def last_seen_at(self) -> Position:
        """Where the way to the next call begins, as far as it was seen."""
        return self.left_from or self.place.position

    @property
    def hidden(self) -> bool:
        """Whether nobody and nothing saw it: it is inferred from a silence."""
        return self.seen_by == ("hidden",)

    @property
    def weight(self) -> float:
        """What it adds to a count: its probability, or 1 where it was seen."""
        return 1.0 if self.probability is None else self.probability

    @property
    def stay_h(self) -> tuple[float | None, float | None]:
        """Least and most hours of the stay."""
        return hours_between(self.arrived, self.departed)

    @property
    def call_id(self) -> str:
        """The same for the same vessel, place, times and evidence."""
        parts = (
            self.vessel,
            self.place.port,
            self.place.position,
            self.seen_by,
            self.arrived.stamp,
            self.departed.stamp,
            sorted(self.evidence),
        )
        digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
        return f"call:{digest}"


@dataclass(frozen=True, slots=True)
class LegGap:
    """A silence on a leg: where and when it was last heard before and first heard after."""

    start: datetime
    end: datetime
    before: Position
    after: Position
    evidence: tuple[str, ...] = ()
    hidden: tuple[Call, ...] = ()
    """Calls that it may hold (``hidden_calls``), the most probable first; seldom any is likely."""

    @property
    def hours(self) -> float:
        """Length of the silence."""
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EnRoute:
    """What was seen on the way: an encounter, a time of loitering or at anchor."""

    kind: Literal["encounter", "lightering", "loitering", "anchoring"]
    start: datetime
    end: datetime | None
    position: Position
    other: str | None = None
    """The other vessel of an encounter, as a subject."""
    verdict: str | None = None
    transfer: bool = False
    """Whether cargo could have changed ships there; it says nothing of whether it did."""
    reason: str | None = None
    """What ordinarily explains it, or what is not known."""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detour:
    """The way sailed against the way needed, beside what is usual and what explains it."""

    ratio: float | None
    """Heard way plus the water distance over each silence, over the water distance; at least 1."""
    usual: tuple[float, float] | None
    """5th and 95th percentile of the same ratio in the reference set; None: no reference."""
    n: int
    """Legs in the reference set."""
    circuitous: bool | None
    """Above the 95th percentile of enough others; None: cannot be said."""
    explanations: tuple[str, ...]
    """Innocent explanations that fit what was seen, and those that were not looked into."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one call to the next, or from the start or to the end of what is known."""

    vessel: str | None
    origin: Call | None
    destination: Call | None
    departed: When
    arrived: When
    great_circle_nm: float | None
    water_nm: float | None
    """Shortest way by water; None with ``water_reason``."""
    lower_bound_nm: float | None
    """No way by water is shorter."""
    water_reason: str | None
    hours: tuple[float | None, float | None]
    """Least and most time under way."""
    speed_kn: tuple[float | None, float | None]
    """Implied: lower bound of the way over the most hours; way over the least hours (None: 0 h)."""
    sailed_nm: float | None
    """Length of the pieces that were heard; None: no track was given."""
    seen_share: float | None
    """Share of the time under way within pieces that were heard (0 to 1); None: no track."""
    gaps: tuple[LegGap, ...] = ()
    en_route: tuple[EnRoute, ...] = ()
    detour: Detour | None = None
    evidence: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    method: str = "leg@2"
    heard_h: float | None = None
    """Hours within pieces that were heard; None: no track was given."""

    @property
    def heard_kn(self) -> float | None:
        """Mean speed over what was heard; None: less than ten minutes were."""
        if self.sailed_nm is None or self.heard_h is None or self.heard_h < 1 / 6:
            return None
        return self.sailed_nm / self.heard_h


@dataclass(frozen=True, slots=True)
class Laden:
    """Whether it carried cargo on a voyage."""

    probability: float | None
    """None with ``reason``: nothing to judge by."""
    reason: str | None
    signs: tuple[CargoSign, ...] = ()


@dataclass(frozen=True, slots=True)
class Voyage:
    """Legs from one load candidate to its discharge candidate, or what stands in for either."""

    vessel: str | None
    kind: VoyageKind
    load: Call | None
    """The load candidate that it began with."""
    discharge: Call | None
    """The discharge candidate that it ended with."""
    stops: tuple[Call, ...]
    """Other calls on the way, ends included where they are neither."""
    legs: tuple[Leg, ...]
    began: When
    ended: When
    probability: float | None
    """That both ends happened and were what they are taken for, as if independent; None where
    either is missing."""
    laden: Laden
    cut_by_data: tuple[Literal["start", "end"], ...] = ()
    """Ends at which what is known stops before the voyage does."""
    reasons: tuple[str, ...] = ()
    method: str = "voyage@1"

    @property
    def voyage_id(self) -> str:
        """The same for the same vessel and calls."""
        ends = [
            c.call_id if c else None for leg in self.legs for c in (leg.origin, leg.destination)
        ]
        parts = (self.vessel, self.kind, ends, self.began.stamp, self.ended.stamp)
        digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
        return f"voyage:{digest}"


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one vessel's movements, cut into voyages."""

    vessel: str | None
    known: When
    """From the first to the last thing known of it."""
    calls: tuple[Call, ...]
    """In time order: seen, and hidden where probable enough to list."""
    legs: tuple[Leg, ...]
    voyages: tuple[Voyage, ...]
    """Every leg is in exactly one."""
    reasons: tuple[str, ...] = ()
    """What could not be done, in sentences."""
