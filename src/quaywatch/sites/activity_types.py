"""What goes into an estimate of activity, and what comes out of it."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from quaywatch.errors import ArgumentError
from quaywatch.sites.posterior import Posterior

METHOD: Final = "site-activity@2"
State = Literal["occupied", "empty", "unknown", "not-applicable"]
ONE_LOOK: Final = timedelta(minutes=30)
"""Looks closer together count as one: frames of one pass, scenes that overlap."""
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Origin of days as floats; any would do."""
DAY: Final = timedelta(days=1)


def days_of(at: datetime) -> float:
    """An instant as days since ``EPOCH``."""
    return (at - EPOCH) / DAY


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to ``end``, aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ArgumentError(
                flag="period",
                fact=f"it does not end after it starts ({self.start} to {self.end})",
                remedy="Give an end that is later.",
            )

    @property
    def days(self) -> float:
        """Length."""
        return (self.end - self.start) / DAY


@dataclass(frozen=True, slots=True)
class LookState:
    """What one look says of one berth."""

    at: datetime
    berth: str
    state: State
    p_occupied: float | None = None
    """Calibrated chance that a ship lay there; None: the state is taken as certain."""
    reason: str | None = None
    """Why it is unknown, as ``cloud``."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One ship at one berth, as ``visits`` gives it; None in a bound: no look says."""

    berth: str
    arrival_after: datetime | None
    arrival_before: datetime
    departure_after: datetime
    departure_before: datetime | None
    looks: tuple[str, ...] = ()
    p_same_as_next: float = 0.0
    """Chance that this and the berth's next stay are one ship, her times not yet weighed."""


@dataclass(frozen=True, slots=True)
class Detection:
    """How often a look at a berth errs."""

    p_detect: float = 1.0
    """Chance that a ship at the berth is told."""
    p_false: float = 0.0
    """Chance that one is told at an empty berth."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends of an interval that leaves out as much on either side."""

    low: float
    high: float
    mass: float
    """Probability inside: 0.8, 0.9 or 0.95."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure with its intervals, or None and why."""

    unit: str
    median: float | None
    mean: float | None
    intervals: tuple[Interval, ...]
    reason: str | None = None
    """Why there is none."""

    def interval(self, mass: float) -> Interval | None:
        """The interval of that probability, if there is a figure."""
        return next((i for i in self.intervals if abs(i.mass - mass) < 1e-9), None)


@dataclass(frozen=True, slots=True)
class MonthLooks:
    """Looks of one calendar month within the period."""

    month: str
    """As 2017-08."""
    days: float
    """Of the month inside the period."""
    looks: int
    usable: int
    """In which at least one berth could be told."""
    usable_all: int
    """In which every berth of the group could be told."""
    longest_blind_days: float
    """Within the month's part of the period."""


@dataclass(frozen=True)
class Activity:
    """What the looks say of a group of berths over a period."""

    period: Period
    berths: tuple[str, ...]
    looks: int
    """Looks in the period, usable or not; those within half an hour count once."""
    usable: int
    usable_all: int
    unusable_reasons: dict[str, int]
    """Reason → looks in which no berth could be told for it."""
    days_without_look: int
    """UTC days of the period without a usable look."""
    longest_blind_days: float
    months: tuple[MonthLooks, ...]
    calls_seen: int
    """Ships whose arrival may lie in the period and that a look shows."""
    calls_seen_maybe_outside: int
    """Of these, those that may have come before the period or after it."""
    naive_rate_per_day: float
    """Calls seen over days: what raw counting would say, for comparison only."""
    rate_per_day: Quantity
    calls_expected: Quantity
    """Rate times length."""
    calls: Quantity
    """Calls made in the period: those seen and those unseen. The figure to quote."""
    dwell_days: Quantity
    """Of the site's median dwell."""
    dwell_mean_days: Quantity
    covered_days: Quantity
    """Exposure W: days of the period in which an arrival would have been seen."""
    chance_call_seen: Quantity
    """W over the length: chance that a call in the period is in a look."""
    calls_not_excluded: float | None
    """Calls in the period that zero sightings leave possible at 95% (3/W times length, at the
    middle of the dwell prior); None if ships were seen, or nothing could have been."""
    occupancy: Quantity
    """Share of time that a berth of the group was occupied."""
    all_full: Quantity
    """Share of time that all berths of the group were occupied."""
    looks_all_full: tuple[int, int]
    """Looks with every berth occupied, of looks in which every berth could be told."""
    model: str
    """``pattern`` or ``berth-chain``; ``none`` where no look could have shown an arrival."""
    why_model: str
    unsaid: tuple[str, ...]
    """What cannot be said, and why."""
    sentences: tuple[str, ...]
    """For a reader."""
    dwell_prior: dict[str, Any]
    posterior: Posterior | None = field(repr=False, compare=False)
    """Rate and dwell together, for comparisons; None where ``model`` is ``none``."""
    method: str = METHOD

    def to_json(self) -> dict[str, Any]:
        """All but the posterior as plain JSON values; instants in ISO 8601."""
        plain = {k: v for k, v in self.__dict__.items() if k not in {"posterior", "period"}}
        out: dict[str, Any] = {"method": self.method}
        out["period"] = [self.period.start.isoformat(), self.period.end.isoformat()]
        for name, value in plain.items():
            if isinstance(value, Quantity):
                out[name] = asdict(value)
            elif name == "months":
                out[name] = [asdict(m) for m in self.months]
            else:
                out[name] = list(value) if isinstance(value, tuple) else value
        return out
