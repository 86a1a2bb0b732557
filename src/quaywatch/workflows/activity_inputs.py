"""What the looks of a workspace say of a group of berths, ready for the estimator of activity."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from quaywatch.errors import (
    ArgumentError,
    LooksMissingError,
    SiteMissingError,
    TimeError,
)
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim
from quaywatch.imagery.visits import REPLACED_AFTER, visits
from quaywatch.sites.activity import LookState, Period, Stay
from quaywatch.sites.facility import Facility, FacilityKind, Site
from quaywatch.sites.look_calendar import Glance, glances
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.berth_stays import state_row
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.looks import looks_of, sites_of

DAY: Final = timedelta(days=1)
UNDATED: Final = timedelta(hours=12)
"""A capture known no better than this is a day, not an instant."""
MEASURED_OTHERWISE: Final = "one ship measured otherwise"
"""How stays say of each other that they may be one ship (``imagery.visits``)."""
ONE_AFTER_ALL: Final = 0.1
"""Chance that such stays are one ship, before their times are weighed. A default: of ten such pairs
in the simulated world none was, and no recorded series with known ships is at hand."""
NOT_YET: Final = "no look has judged it yet: run `quaywatch watch`"
STATED_AT_MOST: Final = 0.99
"""Chances are stated no nearer to certainty than this (``imagery.berth_verdict``): a state at the
bound is as sure as any, which says nothing of how often such states err. Taken for an error rate
it would have one look in a hundred misread, and every short call doubted."""
_REASONS: Final = (
    ("hidden", "hidden by cloud, haze or the edge of the scene"),
    ("outside", "outside the scene"),
    ("does not show", "outside the scene, or no open water beside the berth is shown"),
    ("may be its edge", "the quay's edge and a narrow hull look alike"),
    ("may be a hull", "what lies there may be no hull"),
    ("radar", "radar cannot part hull and quay"),
    ("shifted", "the look could not be laid on the reference"),
    ("regist", "the look could not be laid on the reference"),
    ("too little to tell", "neither water nor a hull for certain"),
    ("minutes disagree", "looks within minutes disagree"),
)
_NAMED: Final = re.compile(r"(\d{4})(?:-?([HhQq])([1-4])|-(\d{2}))?")


@dataclass(frozen=True)
class Watched:
    """A group of berths of a site, and everything that looks say of it."""

    site: Site
    berths: tuple[Facility, ...]
    """Of the group, in the order drawn."""
    left_out: tuple[tuple[str, str], ...]
    """Berths that cannot be observed, and why."""
    looks: tuple[LookState, ...]
    stays: tuple[Stay, ...]
    undated: frozenset[datetime]
    """Instants that stand for a whole day."""
    unseen_long: tuple[Stay, ...]
    """Stays through a time without a look so long that one ship may have replaced another."""
    claims: tuple[Claim, ...]
    """The states in force that it was read from."""

    def alone(self, berth: Facility) -> "Watched":
        """One of its berths by itself."""
        own = [c for c in self.claims if c.subject.rpartition(":")[2] == berth.id]
        return from_states(self.site, (berth,), (), own)

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the berths."""
        return tuple(berth.id for berth in self.berths)

    @property
    def place(self) -> str:
        """What it is called in a sentence."""
        every = [f for f in self.site.of_kind(FacilityKind.BERTH) if f.observable]
        if len(self.berths) == len(every):
            return self.site.name
        names = ", ".join(berth.name for berth in self.berths)
        return f"{names}, {self.site.name}"

    @property
    def span(self) -> Period:
        """Whole UTC days from the first look to the last."""
        at = [look.at.astimezone(UTC) for look in self.looks]
        first, last = (t.replace(hour=0, minute=0, second=0, microsecond=0) for t in _ends(at))
        return Period(first, last + DAY)


def _ends(at: Sequence[datetime]) -> tuple[datetime, datetime]:
    return min(at), max(at)


def watched(workspace: Workspace, name: str, berths: Sequence[str] = ()) -> Watched:
    """Everything that looks say of a group of berths.

    Args:
        workspace: whose looks.
        name: id of the site.
        berths: ids of the group; none: every berth that can be observed.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: no such berth, or none that can be observed.
        LooksMissingError: the site was never looked at.

    """
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    site = sites[name][0]
    group, left_out = chosen(site, berths)
    own = {berth.id for berth in group}
    claims = [c for c in states_of(workspace, name) if c.subject.rpartition(":")[2] in own]
    if not claims:
        judged = "that this version has judged" if looks_of(workspace, name) else ""
        raise LooksMissingError(site=name, when=judged)
    looked = {claim.subject.rpartition(":")[2] for claim in claims}
    left_out += tuple((f.id, NOT_YET) for f in group if f.id not in looked)
    return from_states(site, tuple(f for f in group if f.id in looked), left_out, claims)


def chosen(
    site: Site, berths: Sequence[str]
) -> tuple[tuple[Facility, ...], tuple[tuple[str, str], ...]]:
    """The berths asked for, and those of them that cannot be observed.

    Raises:
        ArgumentError: no such berth, or none that can be observed.

    """
    drawn = site.of_kind(FacilityKind.BERTH)
    known = [f.id for f in drawn]
    strange = [b for b in berths if b not in known]
    if strange:
        fact = f"{site.id} has no berth {strange[0]!r}"
        raise ArgumentError(flag="--berth", fact=fact, remedy=f"Known: {', '.join(known) or '-'}.")
    asked = [f for f in drawn if not berths or f.id in berths]
    group = tuple(f for f in asked if f.observable)
    left_out = tuple((f.id, f.reason or "it is covered") for f in asked if not f.observable)
    if not group:
        fact = f"{site.id} draws no berth"
        if left_out:
            fact = f"no berth asked for can be observed ({left_out[0][0]}: {left_out[0][1]})"
        raise ArgumentError(
            flag="--berth", fact=fact, remedy="Draw one in the site's file, or name another."
        )
    return group, left_out


def from_states(
    site: Site,
    group: tuple[Facility, ...],
    left_out: tuple[tuple[str, str], ...],
    claims: Sequence[Claim],
) -> Watched:
    """Looks and stays from the states in force; of frames within minutes the pass is told.

    Args:
        site: as drawn.
        group: berths.
        left_out: berths that cannot be observed, and why.
        claims: their states, of every look.

    """
    dated = [claim for claim in claims if claim.time is not None]
    looks = tuple(_look(claim) for claim in dated)
    passes = glances([look for look in looks if look.state != "not-applicable"])
    table = visits(_rows(passes, dated))
    stays = tuple(_stays(table))
    long_h = REPLACED_AFTER / timedelta(hours=1)
    unseen = zip(stays, table["longest_unseen_h"].to_list(), strict=True)
    return Watched(
        site=site,
        berths=group,
        left_out=left_out,
        looks=looks,
        stays=stays,
        undated=frozenset(c.time.midpoint for c in dated if c.time and c.time.duration >= UNDATED),
        unseen_long=tuple(stay for stay, hours in unseen if hours > long_h),
        claims=tuple(claims),
    )


def _look(claim: Claim) -> LookState:
    row = state_row(claim)
    chance = claim.probability if row["state"] in {"occupied", "empty"} else None
    if chance is not None and max(chance, 1 - chance) >= STATED_AT_MOST - 1e-9:
        chance = None
    return LookState(
        at=row["captured_at"],
        berth=str(row["berth"]),
        state=row["state"],
        p_occupied=chance,
        reason=None if row["state"] != "unknown" else reason_kind(claim.reason or ""),
    )


def reason_kind(reason: str) -> str:
    """Why a berth could not be told, as one of a few kinds that can be counted.

    Examples:
        >>> reason_kind("54% of the berth is hidden (cloud, nodata or outside): unknown, not empty")
        'hidden by cloud, haze or the edge of the scene'

    """
    return next((kind for word, kind in _REASONS if word in reason), "for another reason")


def _rows(passes: Sequence[Glance], claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """One row a pass and berth, as ``visits`` takes them: two frames of a pass are one look."""
    at = [one.at for one in passes]
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for claim in claims:
        row = state_row(claim)
        number = bisect_right(at, row["captured_at"]) - 1
        if number < 0 or row["state"] == "not-applicable":
            continue
        told = passes[number].states.get(row["berth"], "unknown")
        held = rows.get((number, row["berth"]))
        row |= {"captured_at": at[number], "ships": row["ships"] if told == row["state"] else []}
        if held is None or (row["ships"] and not held["ships"]):
            rows[number, row["berth"]] = {**row, "state": told}
    return list(rows.values())


def _stays(table: pl.DataFrame) -> list[Stay]:
    """Rows of ``visits`` as stays, with whether the berth's next one may be the same ship."""
    rows = list(table.iter_rows(named=True))
    stays = []
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else None
        one = following is not None and following["berth"] == row["berth"]
        said = {a for a in row["alternatives"] if MEASURED_OTHERWISE in a}
        same = one and bool(said & set(following["alternatives"] if following else ()))
        bounds = {k: row[k] for k in ("arrival_after", "departure_before")}
        stays.append(
            Stay(
                berth=row["berth"],
                arrival_before=row["arrival_before"],
                departure_after=row["departure_after"],
                looks=tuple(row["looks"]),
                p_same_as_next=ONE_AFTER_ALL if same else 0.0,
                **bounds,
            )
        )
    return stays


def period_of(text: str, *, flag: str) -> Period:
    """A period as people name it: 2017, 2017-08, 2017-H1, 2017-Q3, a day, or start/end of these.

    Args:
        text: as typed.
        flag: by which it was given, for the message.

    Raises:
        ArgumentError: it is none of these, or it ends before it starts.

    Examples:
        >>> period_of("2017-H2", flag="P").start.month, period_of("2017-08", flag="P").days
        (7, 31.0)

    """
    first, slash, last = text.strip().partition("/")
    start, end = _named(first, flag)
    if slash:
        end = _named(last, flag)[1]
    if end <= start:
        raise ArgumentError(
            flag=flag, fact=f"{text} ends before it starts", remedy="Give the earlier day first."
        )
    return Period(start, end)


def _named(text: str, flag: str) -> tuple[datetime, datetime]:
    match = _NAMED.fullmatch(text)
    if match is None:
        return _instants(text, flag)
    year, part, number, month = match.groups()
    first, count = 1, 12
    if part:
        count = 6 if part in "Hh" else 3
        first = (int(number) - 1) * count + 1
    elif month:
        first, count = int(month), 1
    if not 1 <= first <= 13 - count or int(year) < 1:
        raise _no_period(text, flag)
    return _month(int(year), first), _month(int(year), first + count)


def _month(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)


def _instants(text: str, flag: str) -> tuple[datetime, datetime]:
    try:
        span = TimeInterval.parse(text)
    except TimeError as err:
        raise _no_period(text, flag) from err
    return span.start, span.end


def _no_period(text: str, flag: str) -> ArgumentError:
    return ArgumentError(
        flag=flag,
        fact=f"{text!r} names no time",
        remedy="Give a year (2017), a month (2017-08), half or quarter (2017-H1, 2017-Q3), a day, "
        "or start/end of these.",
    )


def asked_period(seen: Watched, since: str | None, until: str | None) -> Period:
    """From the start of one named time to the end of another; else all that was looked at.

    Raises:
        ArgumentError: one names no time, or it ends before it starts.

    """
    return period_within(seen.span, since, until)


def period_within(span: Period, since: str | None, until: str | None) -> Period:
    """The same of anything looked at over some time.

    Args:
        span: from the first look to the last.
        since: the time that it starts with; None: the first look.
        until: the time that it ends with; None: the last look.

    Raises:
        ArgumentError: one names no time, or it ends before it starts.

    """
    start = span.start if since is None else _named(since.strip(), "--from")[0]
    end = span.end if until is None else _named(until.strip(), "--to")[1]
    if end <= start:
        asked = f"from {since or 'the first look'} to {until or 'the last look'}"
        first, last = span.start, span.end - DAY
        raise ArgumentError(
            flag="--from" if since else "--to",
            fact=f"{asked} is no time that ends after it starts",
            remedy=f"The looks run from {first:%Y-%m-%d} to {last:%Y-%m-%d}; give the earlier day "
            "first.",
        )
    return Period(start, end)
