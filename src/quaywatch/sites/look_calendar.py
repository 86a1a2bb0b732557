"""When a group of berths was looked at, and when it was not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

from quaywatch.sites.activity_types import DAY, ONE_LOOK, LookState, MonthLooks, Period, Stay

KNOWN = frozenset({"occupied", "empty"})


@dataclass(frozen=True)
class Glance:
    """Everything one pass says of a group of berths."""

    at: datetime
    """Of its first look."""
    states: dict[str, str]
    """Berth → ``occupied`` or ``empty``; only berths that could be told."""
    reason: str
    """Why the others could not."""
    chances: dict[str, float] = field(default_factory=dict)
    """Berth → calibrated chance that it was occupied, where its looks give one."""


def glances(looks: Sequence[LookState], within: timedelta = ONE_LOOK) -> list[Glance]:
    """Looks gathered into passes, in time order.

    A berth that two looks of one pass show differently cannot be told in it: a ship that berths in
    those minutes is rarer than one frame misread.

    Examples:
        >>> at = datetime(2024, 6, 1, 2, tzinfo=UTC)
        >>> pair = [LookState(at, "a", "empty"), LookState(at + DAY / 500, "a", "occupied")]
        >>> [(g.states, g.reason) for g in glances(pair)]
        [({}, 'looks within minutes disagree')]

    """
    ordered = sorted(looks, key=lambda k: (k.at, k.berth, k.state))
    passes: list[list[LookState]] = []
    for look in ordered:
        if passes and look.at - passes[-1][0].at <= within:
            passes[-1].append(look)
        else:
            passes.append([look])
    return [_glance(own) for own in passes]


def _glance(own: Sequence[LookState]) -> Glance:
    said: dict[str, set[str]] = {}
    for look in own:
        if look.state in KNOWN:
            said.setdefault(look.berth, set()).add(look.state)
    states = {berth: next(iter(told)) for berth, told in said.items() if len(told) == 1}
    given: dict[str, list[float]] = {}
    for look in own:
        if look.berth in states and look.state in KNOWN and look.p_occupied is not None:
            given.setdefault(look.berth, []).append(look.p_occupied)
    chances = {berth: mean(told) for berth, told in given.items()}
    if len(states) < len(said):
        return Glance(own[0].at, states, "looks within minutes disagree", chances)
    reasons = Counter(k.reason or "no reason given" for k in own if k.state not in KNOWN)
    return Glance(
        own[0].at, states, min(reasons, key=lambda r: (-reasons[r], r), default=""), chances
    )


def stays_of(looks: Sequence[LookState]) -> list[Stay]:
    """Stays where ships were not told apart: occupied passes in a row are one ship.

    Bias:
        Two ships one after the other are one stay here; where a berth is busy, fewer calls are
        seen than there were.
    """
    passes = glances(looks)
    stays: list[Stay] = []
    for berth in sorted({k.berth for k in looks}):
        told = [(g.at, g.states[berth]) for g in passes if berth in g.states]
        start, before = 0, None
        while start < len(told):
            stop = start
            while stop < len(told) and told[stop][1] == told[start][1]:
                stop += 1
            if told[start][1] == "occupied":
                after = told[stop][0] if stop < len(told) else None
                stays.append(Stay(berth, before, told[start][0], told[stop - 1][0], after))
            before, start = told[stop - 1][0], stop
    return stays


def unlisted(looks: Sequence[LookState], stays: Sequence[Stay]) -> list[Stay]:
    """Stays that occupied looks show and that are not among those given.

    Args:
        looks: of every berth.
        stays: given; a look within ``ONE_LOOK`` of one belongs to it.

    """
    return [
        run
        for run in stays_of(looks)
        if not any(
            s.berth == run.berth
            and s.arrival_before - ONE_LOOK <= run.departure_after
            and run.arrival_before <= s.departure_after + ONE_LOOK
            for s in stays
        )
    ]


def months_of(passes: Sequence[Glance], berths: int, period: Period) -> tuple[MonthLooks, ...]:
    """Looks of every calendar month of a period."""
    return tuple(
        _month(f"{start:%Y-%m}", [g for g in passes if start <= g.at < end], berths, start, end)
        for start, end in _months(period)
    )


def _months(period: Period) -> Iterator[tuple[datetime, datetime]]:
    start = period.start
    while start < period.end:
        following = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        yield start, min(following, period.end)
        start = following


def _month(
    name: str, own: Sequence[Glance], berths: int, start: datetime, end: datetime
) -> MonthLooks:
    return MonthLooks(
        month=name,
        days=(end - start) / DAY,
        looks=len(own),
        usable=sum(bool(g.states) for g in own),
        usable_all=sum(len(g.states) == berths for g in own),
        longest_blind_days=longest_blind(own, start, end),
    )


def longest_blind(passes: Sequence[Glance], start: datetime, end: datetime) -> float:
    """Longest time of a span without a usable look, days; the span's ends close it."""
    at = [start, *(g.at for g in passes if g.states and start <= g.at < end), end]
    return max((b - a) / DAY for a, b in pairwise(at))


def days_without(passes: Sequence[Glance], period: Period) -> int:
    """UTC days of a period, the last begun one with them, without a usable look."""
    seen = {g.at.astimezone(UTC).date() for g in passes if g.states}
    first = period.start.astimezone(UTC).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(UTC).date()
    return sum(first + timedelta(days=n) not in seen for n in range((last - first).days + 1))
