"""Comparisons shown: sentences, remedies where looks cannot carry one, tables and a chart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.activity_ratio_chart import RatioRow, draw_ratios
from quaywatch.cases.calendar_page import Sheet
from quaywatch.evidence.wording import counted
from quaywatch.sites.activity_compare import METHOD, Comparison
from quaywatch.sites.overpass import OverpassBias
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity import estimated, hours_of, months_of, sampling_of, tidy
from quaywatch.workflows.activity_cautions import beside, unlooked
from quaywatch.workflows.activity_compared import compared, comparison_claims, named_periods
from quaywatch.workflows.activity_inputs import Watched, watched
from quaywatch.workflows.write_out import form_of, write_out

SHORT = {"fewer": "fewer", "more": "more", "no-change-told": "no change told"}


def site_compare(
    workspace: Workspace,
    name: str,
    periods: Sequence[str],
    *,
    now: datetime | None,
    berths: Sequence[str] = (),
    matched: bool = True,
    out: Path | None = None,
) -> dict[str, Any]:
    """Periods of a site held against each other, as JSON; written where asked.

    Args:
        workspace: whose looks.
        name: id of the site.
        periods: as ``period_of`` takes them, two or more.
        now: when this is learned, aware: comparisons enter the ledger, refused ones too; None:
            nothing is kept.
        berths: ids; none: every berth that can be observed.
        matched: month by month; else as wholes.
        out: ``.csv``, ``.geojson``, ``.parquet``, ``.png`` or ``.svg``.

    Returns:
        ``site``, ``name``, ``simulated``, ``berths``, ``berths_left_out``, ``matched``, ``files``;
        ``comparisons``: of each pair what ``Comparison.to_json`` says (``earlier`` and ``later``
        with looks, calls seen and exposure; ``ratio`` or None; ``verdict``; ``refusal`` with its
        ``code``; ``statement``), the ``remedy`` of a refusal and the id of its ``claim``;
        ``cautions``, to be printed with it.

    Raises:
        SiteMissingError: there is no such site.
        LooksMissingError: it was never looked at.
        ArgumentError: no such berth, no such period, two that overlap, or another ending of the
            file.

    """
    if out is not None:
        form_of(out)
    named = named_periods(periods)
    seen = watched(workspace, name, berths)
    found = compared(seen, named, matched=matched)
    claims = comparison_claims(workspace, seen, named, found, matched=matched)
    if now is not None:
        workspace.evidence.append(claims, known_at=now)
    mine = [claim for claim in claims if claim.predicate == "activity-compare"]
    cautions = _cautions(workspace, seen, found, matched=matched)
    if out is not None:
        rows, shapes = _table(seen, found, simulated=workspace.config.simulated)
        about: dict[str, Any] = {
            "site": name, "method": METHOD, "simulated": workspace.config.simulated,
            "cautions": cautions,
        }  # fmt: skip
        write_out(out, rows, shapes, lambda form: _chart(workspace, seen, found, form), about=about)
    return {
        "site": name,
        "name": seen.site.name,
        "simulated": workspace.config.simulated,
        "berths": list(seen.ids),
        "berths_left_out": [{"berth": b, "reason": why} for b, why in seen.left_out],
        "matched": matched,
        "comparisons": [
            {**tidy(one.to_json()), "remedy": remedy(one), "claim": claim.id}
            for one, claim in zip(found, mine, strict=True)
        ],
        "cautions": cautions,
        "files": [] if out is None else [str(out)],
    }


def remedy(one: Comparison) -> str | None:
    """What would carry a comparison that was refused; None: it was made, or nothing would.

    The looks are evenly spread usable ones, each period at the rate that was seen.
    """
    if one.refusal is None:
        return None
    if one.refusal.code == "compare-no-common-month" and not _months_shared(one):
        return (
            "They share no month of the year: name the same months of both, or compare them as "
            "wholes (--wholes), when a season may pass for a change."
        )
    needed = one.refusal.looks_that_carry
    if needed is None:
        return "Enter scenes of the same months of both, and run `quaywatch watch`."
    if needed.looks is None:
        return "Compare longer periods, or more berths together."
    more = [(side.label, max(needed.looks - side.looks, 0)) for side in (one.earlier, one.later)]
    wanted = " and ".join(f"{n} more usable looks in {label}" for label, n in more if n)
    least = "at least " if needed.at_least else ""
    if not wanted:
        return "There are looks enough, but they lie together: spread over the months they would."
    return f"Comparison needs {least}{wanted}, evenly spread."


def _months_shared(one: Comparison) -> bool:
    """Whether some month of the year lies, at least in part, in both."""
    own = [
        {part.start.month for part in months_of(side.period)} or {side.period.start.month}
        for side in (one.earlier, one.later)
    ]
    return bool(own[0] & own[1])


def _cautions(
    workspace: Workspace, seen: Watched, found: Sequence[Comparison], *, matched: bool
) -> list[str]:
    said = ["Counts seen are never compared: each is held against what its looks could have shown."]
    if not matched:
        said.append("Compared as wholes: a season that one of them lacks looks like a change.")
    if len(found) > 1:
        said.append(
            f"{len(found)} pairs were compared together: each must be surer than one alone."
        )
    said += [text for one in found if (text := left_out(one))]
    periods = {side.label: side.period for one in found for side in (one.earlier, one.later)}
    hours = {label: hours_of(seen, estimated(seen, period)) for label, period in periods.items()}
    said += _once({label: bias.statement for label, bias in hours.items()}, hours)
    said += _once({label: sampling_of(seen, p).statement for label, p in periods.items()})
    for label, period in periods.items():
        said += [f"{label}: {text}" for text in unlooked(seen, period)]
    said += beside(workspace, seen)
    return said + [f"{berth} is not counted: {why}." for berth, why in seen.left_out]


def left_out(one: Comparison) -> str | None:
    """Which months of two periods were not compared, in words; None: all were, or none could be."""
    if one.ratio is None and one.refusal is not None and not one.months:
        return None
    own = [months_of(side.period) or [side.period] for side in (one.earlier, one.later)]
    asked = {part.start.month for parts in own for part in parts}
    lacking = [m for m in one.months_left_out if m in asked]
    if not lacking or not one.months:
        return None
    kept, out = (
        ", ".join(_MONTHS[m - 1] for m in sorted(which)) for which in (one.months, lacking)
    )
    return (
        f"{one.later.label} against {one.earlier.label} is {kept} of both: {out} left out, "
        "without a usable look in one of them."
    )


_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def _once(
    statements: Mapping[str, str], hours: Mapping[str, OverpassBias] | None = None
) -> list[str]:
    """Statements of all periods, one that holds for several said once.

    Of hours of looks those count as the same that begin and end within half an hour.
    """
    groups: list[list[str]] = []
    for label in statements:
        own = next((g for g in groups if _alike(g[0], label, statements, hours)), None)
        if own is None:
            groups.append([label])
        else:
            own.append(label)
    return [f"{', '.join(group)}: {statements[group[0]]}" for group in groups]


def _alike(
    one: str, other: str, statements: Mapping[str, str], hours: Mapping[str, OverpassBias] | None
) -> bool:
    if hours is None:
        return statements[one] == statements[other]
    ends = [
        (a, b)
        for a, b in (
            (hours[one].hours_from, hours[other].hours_from),
            (hours[one].hours_to, hours[other].hours_to),
        )
    ]
    return all(a is not None and b is not None and abs(a - b) <= 0.5 for a, b in ends)


def _table(
    seen: Watched, found: Sequence[Comparison], *, simulated: bool
) -> tuple[list[dict[str, Any]], list[BaseGeometry]]:
    whole = shapely.union_all([f.area for f in seen.berths])
    rows = []
    for one in found:
        row: dict[str, Any] = {"berths": " ".join(seen.ids)}
        for which, side in (("earlier", one.earlier), ("later", one.later)):
            row |= {f"{which}_{key}": value for key, value in tidy(side.to_json()).items()}
        ratio = one.ratio
        row |= {
            "months": " ".join(map(str, one.months)),
            "verdict": one.verdict,
            "ratio_median": None if ratio is None else tidy(ratio.median),
            "ratio_low": None if ratio is None else tidy(ratio.low),
            "ratio_high": None if ratio is None else tidy(ratio.high),
            "p_fewer": None if ratio is None else tidy(ratio.p_fewer),
            "refused": None if one.refusal is None else one.refusal.code,
            "remedy": remedy(one),
            "statement": one.statement,
            "method": one.method,
            "simulated": simulated,
        }
        rows.append(row)
    return rows, [whole] * len(rows)


def _chart(workspace: Workspace, seen: Watched, found: Sequence[Comparison], form: str) -> bytes:
    rows = []
    for one in found:
        r = one.ratio
        sides = ", then ".join(
            f"{side.calls_seen:.0f} in {counted(side.looks, 'look')}"
            for side in (one.earlier, one.later)
        )
        if r is None or one.verdict is None:
            said = f"Not compared. {remedy(one) or ''}".replace("`", "")
        else:
            said = f"{SHORT[one.verdict]}: {r.median:.2f} ({r.low:.2f} to {r.high:.2f})"
        ends = None if r is None else (r.low, r.median, r.high)
        rows.append(RatioRow(f"{one.later.label} against {one.earlier.label}", sides, ends, said))
    told_of = [one for one in found if one.verdict in {"fewer", "more"}]
    title = f"{seen.place}: {found[0].headline}"
    if len(found) > 1:
        title = f"{seen.place}: {len(told_of)} of {len(found)} comparisons tell a direction"
    sheet = Sheet(
        title=title,
        lines=tuple(one.statement for one in found if one.ratio is not None)[:3],
        credits=(
            (
                "Bars: interval of the ratio. Under each pair: calls seen in how many usable looks "
                "of the months compared. Raw counts are not compared."
            ),
            f"Method: {METHOD}.",
        ),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    return draw_ratios(rows, sheet, form=form)
