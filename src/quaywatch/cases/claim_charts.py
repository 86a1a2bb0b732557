"""From a claim's value to its chart: activity, voyages, cargo, contradictions, attributions.

A value that lacks what a chart needs, as in a copy that withholds, has none.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from quaywatch.cases.bind import FORMATS
from quaywatch.cases.calendar_page import Sheet
from quaywatch.cases.contradiction_chart import draw_contradiction
from quaywatch.cases.interval_chart import IntervalRow, draw_intervals
from quaywatch.cases.looks_chart import draw_looks
from quaywatch.cases.voyage_chart import Lane, Stay, draw_life
from quaywatch.evidence.record import Claim

Chart = tuple[str, bytes | None, str]
"""Name, SVG, and words for it."""
Values = Mapping[str, Any]


def _sheet(claim: Claim, title: str, lines: tuple[str, ...], stamp: str | None) -> Sheet:
    return Sheet(title, lines, (f"Method: {claim.method}. Times UTC.",), stamp)


def _subject(claim: Claim) -> str:
    return FORMATS["subject"](claim.subject)


def _activity(claim: Claim, value: Values, stamp: str | None) -> Chart:
    months = [(str(m["month"]), int(m["looks"]), int(m["usable"])) for m in value["months"]]
    sheet = _sheet(claim, f"Looks at {_subject(claim)}, month by month", (
        *[str(text) for text in value["sentences"][:2]],
        "Months without a look that could tell are hatched: nothing is known of them.",
    ), stamp)  # fmt: skip
    return (
        "activity",
        draw_looks(months, sheet),
        ("Looks in each month: those that could tell of the berths, and those that could not."),
    )


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _stay(call: Values) -> Stay:
    first, last = _at(call["arrived_latest"]), _at(call["departed_earliest"])
    place = call["name"] or f"unnamed, {FORMATS['position']([call['lon'], call['lat']])}"
    may = _at(call["arrived_earliest"]), _at(call["departed_latest"])
    by = "reported" if call["seen_by"] == "reported" else "seen"
    seen = (first, last) if first and last and first <= last else None
    return Stay(place, seen, may if seen else (may[0] or first, may[1] or last), by)


def _voyages(claim: Claim, value: Values, stamp: str | None) -> Chart:
    stays = [_stay(call) for call in value["calls"]]
    gaps = [(datetime.fromisoformat(g["start"]), datetime.fromisoformat(g["end"]))
            for g in value.get("gaps", ())]  # fmt: skip
    heard = [
        t
        for call in value["calls"]
        if call["seen_by"] == "ais"
        for key in ("arrived_latest", "departed_earliest")
        if (t := _at(call[key]))
    ]
    ends = [*heard, *(t for gap in gaps for t in gap)]
    lane = Lane(_subject(claim), stays, gaps, (min(ends), max(ends)) if ends else None)
    sheet = _sheet(claim, f"Calls and gaps of {_subject(claim)}", (
        "A hollow bar is a gap: nothing was heard, and why is not observed.",
    ), stamp)  # fmt: skip
    return (
        "voyages",
        draw_life([lane], sheet) if stays or gaps else None,
        ("Calls in time, numbered by place, and gaps in which nothing was heard as hollow bars."),
    )


def _pair(ends: Any) -> tuple[float, float]:  # noqa: ANN401  # JSON
    return float(ends[0]), float(ends[1])


def _cargo(claim: Claim, value: Values, stamp: str | None) -> Chart:
    told = [(name, value.get(key)) for key, name in (
        ("tonnes", "in all"), ("tonnes_if_laden", "if it was laden"),
        ("by_draught", "by its draught"),
    )]  # fmt: skip
    rows = [
        IntervalRow(
            f"{name}: about {float(f'{median:.3g}'):,.0f} t",
            median,
            _pair(t["interval_80"]),
            _pair(t["interval_95"]),
        )
        for name, t in told
        if t
        for median in (float(t["median"]),)
    ]
    sheet = _sheet(claim, f"Cargo of {_subject(claim)}, estimated", (
        "Thick: 80% interval; thin: 95%; mark: median. What was on board is not observed.",
    ), stamp)  # fmt: skip
    return (
        "cargo",
        draw_intervals(rows, sheet, unit="tonnes"),
        ("Tonnes as a median within a narrower and a wider interval."),
    )


def _contradiction(claim: Claim, value: Values, stamp: str | None) -> Chart:
    rows = [(str(row["name"]), row["posterior"]) for row in value.get("posterior", ())]
    needed = value.get("required_speed_at_least_kn", value.get("required_speed_kn"))
    if not rows and value.get("verdict") == "feasible":
        return "contradiction", None, ""
    hours = value.get("hours", value.get("separation_h"))
    apart = value.get("lower_bound_nm")
    lines = []
    if hours is not None and apart is not None and needed is not None:
        time = f"{60 * hours:.0f} min" if hours < 1 else f"{hours:.1f} h"
        lines.append(f"At least {apart:.0f} nm apart, {time} between them. The map shows where.")
    if rows:
        lines.append("Which part is wrong is weighed under each of several priors.")
    sheet = _sheet(
        claim,
        "What contradicts, and what may explain it" if rows else "Two places",
        tuple(lines),
        stamp,
    )
    made = draw_contradiction(
        sheet, needed_kn=needed, allowed_kn=value.get("max_speed_kn"), posterior=rows
    )
    return (
        "contradiction",
        made,
        (
            "The speed that one hull would need beside the highest allowed for, and the chance of "
            "each explanation under each prior. The figures stand in the working."
        ),
    )


def _attribution(claim: Claim, value: Values, stamp: str | None) -> Chart:
    rows = [
        IntervalRow(str(one["name"] or one["subject"]), 100 * one["p"],
                    (100 * one["p_low"], 100 * one["p_high"]))
        for one in value["candidates"]
    ]  # fmt: skip
    rows.append(IntervalRow("a ship not listed", 100 * value["p_unlisted"],
                (100 * value["p_unlisted_low"], 100 * value["p_unlisted_high"])))  # fmt: skip
    sheet = _sheet(claim, f"Who may have lain at {value['berth']}", (
        "Bar: from the lowest to the highest of what was assumed; mark: what is stated.",
    ), stamp)  # fmt: skip
    return (
        "attribution",
        draw_intervals(rows, sheet, unit="probability, %", most=100.0),
        (
            "Probability of each candidate, and that it is a ship not listed, with its range. "
            "The table gives the same."
        ),
    )


CHARTS: Final[Mapping[str, Callable[[Claim, Values, str | None], Chart]]] = {
    "activity": _activity,
    "voyages": _voyages,
    "cargo": _cargo,
    "cargo-total": _cargo,
    "contradiction": _contradiction,
    "two-places": _contradiction,
    "attribution": _attribution,
}
"""By predicate."""


def chart_of(claim: Claim, *, simulated: bool = False) -> Chart | None:
    """The chart of a claim: name, SVG and words for it; None where it has none.

    Args:
        claim: any.
        simulated: stamps it.

    Examples:
        >>> chart_of(Claim(subject="site:x", predicate="activity", reason="no look",
        ...                basis="inferred", method="site-activity@1")) is None
        True

    """
    draw = CHARTS.get(claim.predicate)
    if draw is None or not isinstance(claim.value, Mapping):
        return None
    try:
        made = draw(claim, claim.value, "SIMULATED" if simulated else None)
    except (KeyError, TypeError, ValueError):  # A copy that withholds lacks some of it.
        return None
    return made if made[1] is not None else None
