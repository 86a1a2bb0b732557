"""Calendars and charts of a site: when it was seen, who lay there then, what its yards held."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from quaywatch.cases.calendar_berths import BerthDays, Seen, Stay, draw_occupancy
from quaywatch.cases.calendar_looks import Sight, draw_looks
from quaywatch.cases.calendar_page import Sheet, spoken
from quaywatch.cases.calendar_stock import Change, Level, YardSeries, draw_stock
from quaywatch.errors import ArgumentError, LooksMissingError, SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.berth_stays import last_stays
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.stock import stock_json
from quaywatch.workflows.timelapse_looks import USABLE, Candidate, Wanted, candidates, parts_of

DAY: Final = timedelta(days=1)
PARTLY_FROM: Final = 0.1
"""Usable share from which a look is shown as partly usable, not as hidden."""


SAID_AT_MOST: Final = 4
"""Berths whose looks are counted one by one in words."""
FORMS: Final = ("svg", "png")


def calendars(workspace: Workspace, name: str, wanted: Wanted, folder: Path) -> dict[str, Any]:
    """Write the calendars of a site, each as SVG and PNG.

    Args:
        workspace: whose looks.
        name: id of the site.
        wanted: of what, from when to when, how clear.
        folder: where to; made if absent.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: no such part.
        LooksMissingError: it was not looked at in that time.
        DiskFullError: no room.

    """
    stem = name if wanted.part is None else f"{name}-{wanted.part}"
    has_berths = any(
        wanted.part in {None, f.id} for f in _site(workspace, name).of_kind(FacilityKind.BERTH)
    )
    paths = []
    for form in FORMS:
        paths.append(folder / f"{stem}-looks.{form}")
        land_bytes(sight_calendar(workspace, name, wanted, form), paths[-1])
        if has_berths:
            paths.append(folder / f"{stem}-berths.{form}")
            land_bytes(berth_calendar(workspace, name, wanted, form), paths[-1])
    return {"site": name, "part": wanted.part, "paths": [str(path) for path in paths]}


def chart_file(workspace: Workspace, name: str, path: Path, *, stock: bool) -> None:
    """Write the stock chart or the look calendar of a site as its file name says, SVG or PNG.

    Raises:
        ArgumentError: the name ends in neither.
        SiteMissingError: there is no such site.
        LooksMissingError: it was not looked at.
        DiskFullError: no room.

    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        fact = f"{path.name} ends in neither .svg nor .png"
        raise ArgumentError(flag="--chart", fact=fact, remedy="Name the file so.")
    made = (
        stock_chart(workspace, name, form)
        if stock
        else sight_calendar(workspace, name, Wanted(), form)
    )
    land_bytes(made, path.absolute())


def sight_calendar(workspace: Workspace, name: str, wanted: Wanted, form: str) -> bytes:
    """On which days a site, or a part of it, could be seen: SVG or PNG.

    Raises:
        SiteMissingError: there is no such site.
        ArgumentError: no such part.
        LooksMissingError: it was not looked at in that time.

    """
    site = _site(workspace, name)
    found = _for_anyone(workspace, site, wanted)
    first, last = _span(found, wanted)
    days: dict[date, Sight] = {}
    for one in found:
        day = _day(one)
        days[day] = min(days.get(day, Sight.NONE), _sight(one), key=list(Sight).index)
    usable = sum(sight is Sight.USABLE for sight in days.values())
    whole = (last - first).days + 1
    place = _place(site, wanted)
    longest = _longest(sorted(d for d, s in days.items() if s is Sight.USABLE), first, last)
    sheet = Sheet(
        title=f"{place} could be seen on {usable} of {whole} days",
        lines=(
            (
                f"{len(found)} images from {spoken(first)} to {spoken(last)}. On "
                f"{whole - len(days)} days there is no image, on {len(days) - usable} more none "
                f"that shows at least {100 * wanted.min_clear:.0f}% of its berths and yards."
            ),
            (
                f"Longest time without a usable look: {longest[0]} days, "
                f"{spoken(longest[1])} to {spoken(longest[2])}. "
                "What was there on the other days is not known."
            ),
        ),
        credits=_credits(found, "Usable: share of berths and yards, by area, clear of cloud"),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    return draw_looks(days, first, last, sheet, form)


def berth_calendar(workspace: Workspace, name: str, wanted: Wanted, form: str) -> bytes:
    """Each berth of a site on each day: SVG or PNG.

    Raises:
        SiteMissingError: there is no such site.
        LooksMissingError: it was not looked at in that time.

    """
    site = _site(workspace, name)
    found = _for_anyone(workspace, site, wanted)
    first, last = _span(found, wanted)
    drawn = [f for f in site.of_kind(FacilityKind.BERTH) if wanted.part in {None, f.id}]
    judged = {(c.inputs[0], c.subject.rpartition(":")[2]): c for c in states_of(workspace, name)}
    berths = [
        BerthDays(
            name=f.name,
            days=_states(found, f.id, judged),
            never=None if f.observable else (f.reason or "it is covered"),
        )
        for f in drawn
    ]
    stays = [
        _stay(f.name, row)
        for f in drawn
        for row in last_stays(workspace, f"site:{name}/berth:{f.id}").get("visits", ())
    ]
    methods = sorted({claim.method for claim in judged.values()})
    seen = [berth for berth in berths if berth.never is None]
    known = {
        day for berth in seen for day, states in berth.days.items() if set(states) - {Seen.UNKNOWN}
    }
    whole = (last - first).days + 1
    imaged = {_day(one) for one in found}
    counts = "; ".join(
        _counted(berth.name, [state for of in berth.days.values() for state in of])
        for berth in seen
    )
    if len(seen) > SAID_AT_MOST:
        every = [state for berth in seen for of in berth.days.values() for state in of]
        counts = _counted(f"all {len(seen)} berths", every)
    sheet = Sheet(
        title=f"{site.name}: its berths on the {len(known)} of {whole} days that show them",
        lines=(
            (
                f"{len(found)} images on {len(imaged)} days from {spoken(first)} to "
                f"{spoken(last)}. On {whole - len(imaged)} days there is no image: a berth may "
                "have been taken or empty, and ships that came and left between two images are "
                "not here."
            ),
            f"Looks by what they say: {counts}." if counts else "No berth here can be seen.",
        ),
        credits=_credits(
            found, f"Days are UTC; a day with two answers is parted. States: {', '.join(methods)}"
        ),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    return draw_occupancy(berths, first, last, sheet, stays=stays, form=form)


def _site(workspace: Workspace, name: str) -> Site:
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    return sites[name][0]


def _for_anyone(workspace: Workspace, site: Site, wanted: Wanted) -> list[Candidate]:
    """Every look; a licence that forbids a picture does not forbid to say what it showed."""
    return candidates(workspace, site, wanted, heed_licences=False)


def _day(one: Candidate) -> date:
    return one.at.astimezone(UTC).date()


def _span(found: Sequence[Candidate], wanted: Wanted) -> tuple[date, date]:
    """First and last day: as asked for, else of the looks."""
    first = _day(found[0]) if wanted.since is None else wanted.since.start.date()
    last = _day(found[-1])
    if wanted.until is not None:
        until = wanted.until
        last = (until.end - timedelta(microseconds=1) if until.duration else until.end).date()
    return first, max(first, last)


def _sight(one: Candidate) -> Sight:
    if one.standing == USABLE:
        return Sight.USABLE
    return Sight.PARTLY if (one.share or 0.0) >= PARTLY_FROM else Sight.HIDDEN


def _states(
    found: Sequence[Candidate], berth: str, judged: Mapping[tuple[str, str], Claim]
) -> dict[date, tuple[Seen, ...]]:
    """The state in force in each look, by day; else what the look itself says."""
    days: dict[date, tuple[Seen, ...]] = {}
    for one in found:
        value: Any = one.value
        own = next((b["state"] for b in value.get("berths", ()) if b["id"] == berth), None)
        claim = judged.get((one.look.id, berth))
        if claim is not None:
            of: Any = claim.value
            own = "unknown" if of is None else of["state"]
        if own in set(Seen):
            day = _day(one)
            days[day] = (*days.get(day, ()), Seen(own))
    return days


def _stay(berth: str, row: Mapping[str, Any]) -> Stay:
    """A stay of the claims as a bar."""
    ends = {
        name: None if row[name] is None else datetime.fromisoformat(row[name])
        for name in ("arrival_after", "arrival_before", "departure_after", "departure_before")
    }
    first, last = ends["arrival_before"], ends["departure_after"]
    if first is None or last is None:
        msg = "a stay without a look that shows it is none"
        raise ValueError(msg)
    return Stay(berth, first, last, ends["arrival_after"], ends["departure_before"])


def _counted(name: str, states: Sequence[Seen]) -> str:
    """How many looks say what."""
    counts = ", ".join(f"{states.count(state)} {state}" for state in Seen)
    return f"{name}: {counts}"


def _longest(usable: Sequence[date], first: date, last: date) -> tuple[int, date, date]:
    """The longest run of days without a usable look: days, first and last of them."""
    ends = [first - DAY, *usable, last + DAY]
    gaps = [((b - a).days - 1, a + DAY, b - DAY) for a, b in itertools.pairwise(ends)]
    return max(gaps, key=lambda gap: (gap[0], -gap[1].toordinal()))


def _place(site: Site, wanted: Wanted) -> str:
    part = parts_of(site, wanted.part)
    return site.name if wanted.part is None else f"{part[0].name}, {site.name},"


def _credits(found: Sequence[Candidate], how: str) -> tuple[str, ...]:
    sensors = sorted({one.scene.sensor.name for one in found})
    owners = sorted({f"{one.scene.credit} ({one.scene.licence})" for one in found})
    methods = sorted({one.look.method for one in found})
    return (
        f"Images: {'; '.join(owners)}. Sensors: {', '.join(sensors)}.",
        f"{how}. Method: {', '.join(methods)}.",
    )


def stock_chart(workspace: Workspace, name: str, form: str) -> bytes:
    """How much of each yard is dark, look by look: SVG or PNG.

    Raises:
        SiteMissingError: there is no such site.
        LooksMissingError: it was not looked at, or draws no yard.

    """
    told = stock_json(workspace, name)
    found = _for_anyone(workspace, _site(workspace, name), Wanted())
    yards = [_series(yard) for yard in told["yards"]]
    if not yards:
        raise LooksMissingError(site=f"a yard of {name}", when="")
    first, last = _day(found[0]), _day(found[-1])
    open_yards = [yard for yard in yards if yard.never is None]
    usable = sum(level.middle is not None for yard in open_yards for level in yard.levels)
    every = sum(len(yard.levels) for yard in open_yards)
    changes = sum(len(yard.changes) for yard in open_yards)
    sheet = Sheet(
        title=f"{told['name']}: dark material in its yards, {changes} dated changes",
        lines=(
            (
                f"{usable} of {every} looks at {len(open_yards)} yards could be measured, "
                f"{spoken(first)} to {spoken(last)}. A change is dated no better than the looks "
                "about it; what came and went between two looks is not here."
            ),
            (
                "Dark is not yet coal: wet ground, slag, soot and shadow are as dark. "
                "Light-coloured stock is not seen."
            ),
        ),
        credits=_credits(found, f"Stock: {told['method']}; changes: {told['change_method']}"),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    unit = "hectares darker than the bare control"
    return draw_stock(yards, first, last, sheet, unit=unit, form=form)


def _series(yard: dict[str, Any]) -> YardSeries:
    """A yard of ``stock_json`` as a panel."""
    levels = []
    for look in yard["looks"]:
        at = datetime.fromisoformat(look["captured_at"])
        area = look["footprint_ha"]
        levels.append(Level(at) if area is None else Level(at, *map(float, area)))
    changes = []
    for change in yard["changes"]:
        area = change["delta_ha"]
        said = f"{change['delta']:+.2f}" if area is None else f"{area[1]:+.1f} ha"
        after, before = (datetime.fromisoformat(change[end]) for end in ("after", "before"))
        changes.append(Change(after, before, said.replace("-", "−")))
    return YardSeries(
        name=yard["name"],
        levels=tuple(sorted(levels, key=lambda level: level.at)),
        changes=tuple(changes),
        most=yard["area_ha"],
        never=yard["reason"],
    )
