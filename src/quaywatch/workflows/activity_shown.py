"""Activity shown: sentences with their cautions, tables, files, and what AIS says beside."""

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.activity_chart import ChangeSpan, MonthFigures, draw_activity
from quaywatch.cases.calendar_page import Sheet, spoken
from quaywatch.evidence.wording import counted
from quaywatch.sites.activity import Activity, Period, Quantity
from quaywatch.sites.activity_types import DAY
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity import (
    Asked,
    Told,
    claims_of,
    estimate_json,
    estimated,
    rate_of,
    tidy,
    told,
)
from quaywatch.workflows.activity_cautions import FEW_CALLS, ais_calls, cautions, hours_line
from quaywatch.workflows.activity_inputs import (
    Watched,
    asked_period,
    period_of,
    watched,
)
from quaywatch.workflows.write_out import form_of, write_out

FIGURES: Final = ("calls", "rate_per_day", "dwell_days", "occupancy", "all_full")


def site_activity(
    workspace: Workspace,
    name: str,
    *,
    now: datetime | None,
    berths: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    against: str | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """How busy a site, or some of its berths, was over a period, as JSON; written where asked.

    Args:
        workspace: whose looks.
        name: id of the site.
        now: when this is learned, aware: the figures enter the ledger as claims; None: nothing
            is kept.
        berths: ids; none: every berth that can be observed.
        since: the time that it starts with, as ``period_of`` takes it; None: the first look.
        until: the time that it ends with; None: the last look.
        against: an earlier time whose rate a silence is held against.
        out: ``.csv``, ``.geojson``, ``.parquet``, ``.png`` or ``.svg``.

    Returns:
        ``site``, ``name``, ``simulated``, ``berths``, ``berths_left_out`` (with why), ``period``,
        ``files``; ``activity``: every figure of ``Activity.to_json``, each with median, mean and
        intervals of 80, 90 and 95%, or None and its reason; ``months`` and ``by_berth``, each by
        itself; ``changes``, ``silence`` (None where a call was seen), ``overpass``, ``sampling``,
        ``ais`` (port calls beside, ``calls`` None where there is no AIS); ``sentences`` to print,
        ``cautions`` to print with them, and the ids of its ``claims``.

    Raises:
        SiteMissingError: there is no such site.
        LooksMissingError: it was never looked at.
        ArgumentError: no such berth, no such time, or the file ends otherwise.

    """
    if out is not None:
        form_of(out)
    seen = watched(workspace, name, berths)
    period = asked_period(seen, since, until)
    rate = None if against is None else rate_of(seen, period_of(against, flag="--against"))
    found = told(seen, Asked(period, rate))
    claims = claims_of(workspace, found)
    if now is not None:
        workspace.evidence.append(claims, known_at=now)
    each = _each(seen, period) if len(seen.ids) > 1 else ()
    said = {
        "site": name,
        "name": seen.site.name,
        "simulated": workspace.config.simulated,
        "berths": list(seen.ids),
        "berths_left_out": [{"berth": b, "reason": why} for b, why in seen.left_out],
        "period": [period.start.isoformat(), period.end.isoformat()],
        "activity": estimate_json(found.activity),
        "months": [_month_json(month) for month in found.months],
        "by_berth": [{"berth": b, **estimate_json(a)} for b, a in each],
        "changes": tidy(found.changes.to_json()),
        "silence": None if found.silence is None else tidy(found.silence.to_json()),
        "overpass": tidy(found.hours.to_json()),
        "sampling": tidy(found.sampling.to_json()),
        "ais": ais_calls(workspace, seen, period),
        "sentences": sentences(found),
        "cautions": cautions(workspace, found, against),
        "claims": {
            claim.predicate: claim.id
            for claim in claims
            if claim.predicate not in {"activity-month", "berth-visits"}
        },
    }
    if out is not None:
        rows, shapes = table_of(found, each, simulated=workspace.config.simulated)
        about = {
            "site": name, "method": found.activity.method,
            "simulated": workspace.config.simulated, "cautions": said["cautions"],
        }  # fmt: skip
        write_out(out, rows, shapes, lambda form: chart_of(workspace, found, form), about=about)
    return {**said, "files": [] if out is None else [str(out)]}


def _each(seen: Watched, period: Period) -> list[tuple[str, Activity]]:
    """Every berth by itself."""
    return [(berth.id, estimated(seen.alone(berth), period)) for berth in seen.berths]


def _month_json(month: Activity) -> dict[str, Any]:
    """What a table or a chart of months wants."""
    whole = estimate_json(month)
    keys = (
        "period", "looks", "usable", "days_without_look", "calls_seen", "calls_seen_maybe_outside",
        "calls", "calls_not_excluded", "longest_blind_days",
    )  # fmt: skip
    return {"month": f"{month.period.start:%Y-%m}", **{key: whole[key] for key in keys}}


def sentences(found: Told) -> list[str]:
    """What may be printed: what was seen, the corrected figure, and what it does not exclude."""
    done = found.activity
    first, last = done.period.start.date(), (done.period.end - DAY / 2).date()
    days = spoken(first) if first >= last else f"{spoken(first)} to {spoken(last)}"
    said = [f"{found.seen.place}, {days}: {_seen(done)}.", *_made(found)]
    if done.looks > done.usable:
        kinds = ", ".join(f"{n} {why}" for why, n in done.unusable_reasons.items())
        said.append(f"{done.looks - done.usable} of {done.looks} looks could not tell: {kinds}.")
    if done.calls_seen >= FEW_CALLS:
        held = done.dwell_days.interval(0.9)
        if held is not None:
            said.append(
                f"Half of the calls lasted more than {held.low:.1f} to {held.high:.1f} days "
                f"(90% interval, middle {done.dwell_days.median:.1f})."
            )
    held = done.occupancy.interval(0.9)
    if held is not None:
        low, high = 100 * held.low, 100 * held.high
        said.append(
            f"A berth was occupied {low:.0f} to {high:.0f}% of the time (90% interval, if looks "
            "fell there without regard to ships)."
        )
    full, whole = done.looks_all_full
    if len(done.berths) > 1 and whole:
        said.append(f"All {len(done.berths)} berths were occupied in {full} of {whole} looks.")
    said.append(found.changes.statement)
    return said


def _seen(done: Activity) -> str:
    """What looks show; where none of that time could tell, that others do."""
    without = f"{counted(done.days_without_look, 'day')} without one"
    stays = counted(done.calls_seen, "stay")
    if done.usable or not done.calls_seen:
        return f"{stays} in {counted(done.usable, 'usable look')} ({without})"
    return f"no usable look ({without}); {stays} seen before or after may have begun in that time"


def _made(found: Told) -> list[str]:
    """The calls made; of none seen never a middle, which would read as if nobody had come."""
    done = found.activity
    if found.silence is not None:
        return [found.silence.statement]
    held = done.calls.interval(0.9)
    if held is None or done.calls.median is None or done.chance_call_seen.mean is None:
        return [f"How many called cannot be told: {done.calls.reason}."]
    outside = done.calls_seen_maybe_outside
    span = f"{held.low:.0f} to {held.high:.0f} calls were made in that time (90% interval, "
    span += f"middle {done.calls.median:.0f})"
    were = "was" if done.calls_seen == 1 else "were"
    stays = counted(done.calls_seen, "stay")
    # Fewer calls than stays seen: to print both without a word would read as a slip.
    if held.low < done.calls_seen - outside:
        span += (
            f". Looks show {stays}, of which some may be one ship seen twice, a look misread, or a "
            "call before or after that time."
        )
    elif held.low < done.calls_seen:
        which = f"{outside} of which may have" if done.calls_seen > 1 else "which may have"
        span += f". Looks show {stays}, {which} begun before or after that time."
    else:
        perhaps = f", {outside} of them perhaps begun before or after it" if outside else ""
        if outside == done.calls_seen:
            perhaps = ", perhaps begun before or after it"
        by = "" if done.usable else " by looks before or after it"
        span += f", of which {done.calls_seen} {were} seen{by}{perhaps if done.usable else ''}."
    chance = done.chance_call_seen.mean
    return [span, f"A call in that time is in a usable look with chance {chance:.2f}."]


def table_of(
    found: Told, each: Sequence[tuple[str, Activity]] = (), *, simulated: bool = False
) -> tuple[list[dict[str, Any]], list[BaseGeometry]]:
    """One row for the whole, one a month, one a berth; each with what it is of.

    Returns:
        Rows and their geometry: the berths as looked at, WGS84 degrees.

    """
    areas = {f.id: f.area for f in found.seen.berths}
    whole = shapely.union_all(list(areas.values()))
    rows = [_row("period", found.seen.ids, found.activity)]
    rows += [_row("month", found.seen.ids, month) for month in found.months]
    rows += [_row("berth", (berth,), one) for berth, one in each]
    shapes = [whole] * (1 + len(found.months)) + [areas[berth] for berth, _ in each]
    return [{**row, "simulated": simulated} for row in rows], shapes


def _row(scope: str, berths: Sequence[str], found: Activity) -> dict[str, Any]:
    row: dict[str, Any] = {
        "scope": scope,
        "berths": " ".join(berths),
        "start": found.period.start,
        "end": found.period.end,
        "looks": found.looks,
        "looks_usable": found.usable,
        "looks_usable_all_berths": found.usable_all,
        "days_without_look": found.days_without_look,
        "longest_blind_days": tidy(found.longest_blind_days),
        "calls_seen": found.calls_seen,
        "calls_seen_maybe_outside": found.calls_seen_maybe_outside,
        "calls_not_excluded": tidy(found.calls_not_excluded),
    }
    for name in FIGURES:
        figure: Quantity = getattr(found, name)
        held = figure.interval(0.9)
        row[f"{name}_median"] = tidy(figure.median)
        row[f"{name}_low90"] = None if held is None else tidy(held.low)
        row[f"{name}_high90"] = None if held is None else tidy(held.high)
    row["model"], row["method"] = found.model, found.method
    row["reason"] = found.calls.reason
    return row


def chart_of(workspace: Workspace, found: Told, form: str) -> bytes:
    """Looks, stays seen and calls made, month by month: ``svg`` or ``png``."""
    done = found.activity
    first, last = done.period.start.date(), (done.period.end - DAY / 2).date()
    held = done.calls.interval(0.9)
    title = f"how many called cannot be told, {done.calls_seen} seen"
    if found.silence is not None:
        most = found.silence.calls_not_excluded
        up_to = "any number of" if most is None else f"up to {math.floor(most)}"
        title = f"no ship seen, {up_to} calls not excluded"
    elif held is not None:
        title = f"{held.low:.0f} to {held.high:.0f} calls, {counted(done.calls_seen, 'stay')} seen"
    months = [_figures(month) for month in (found.months or (done,))]
    dark = sum(month.usable == 0 for month in months)
    lines = [
        f"{spoken(first)} to {spoken(last)}. {_sentence(done)}{_level(done)}",
        *([f"In {dark} of {len(months)} months no look could tell."] if dark else []),
        found.changes.statement,
    ]
    sheet = Sheet(
        title=f"{found.seen.place}: {title}",
        lines=tuple(lines),
        credits=(
            (
                "Bars: stays that a look shows, by the month they may have begun in. Spans: calls "
                "made, 90% intervals, and where no stay was seen what is not excluded at 95%; each "
                "month by itself: they do not add up to that of the whole."
            ),
            hours_line(found),
            f"{found.sampling.statement} Method: {done.method}, {found.changes.method}.",
        ),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    changes = [
        ChangeSpan(c.after, c.before, f"×{c.ratio[0]:.2f} ({c.ratio[1]:.2f}–{c.ratio[2]:.2f})")
        for c in found.changes.changes
    ]
    return draw_activity(months, sheet, changes=changes, form=form)


def _sentence(found: Activity) -> str:
    looks = f"{found.usable} of {found.looks} looks could tell"
    chance = found.chance_call_seen
    if chance.mean is None:
        return f"{looks}."
    return f"{looks}; a call was in one of them with chance {chance.mean:.2f}."


def _level(found: Activity) -> str:
    told = found.calls.median is not None and found.calls_seen
    return " The figure above is a 90% interval." if told else ""


def _figures(month: Activity) -> MonthFigures:
    held = month.calls.interval(0.9)
    low, high = (None, None) if held is None else (held.low, held.high)
    if not month.calls_seen:
        # As in the table: of none seen no middle, which would read as if nobody had come.
        most = month.calls_not_excluded
        low, high = (None, None) if most is None else (0.0, float(math.floor(most)))
    return MonthFigures(
        start=month.period.start,
        end=month.period.end,
        looks=month.looks,
        usable=month.usable,
        seen=month.calls_seen,
        median=month.calls.median if month.calls_seen else None,
        low=low,
        high=high,
    )
