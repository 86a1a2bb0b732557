"""What a ship said of its voyage against where it went: destination and draught.

Both are typed in by hand, late, in free text, or not at all. A difference is a question to ask,
nothing more; most have dull answers (orders change, the old text stays, a stop for fuel).
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import polars as pl

from quaywatch.ais.events import EVENTS_FRAME, as_events
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.voyages.ports import ports_table

METHOD: Final = "declared@1"
SAME_PLACE_KM: Final = 30.0
"""A call this near to the declared port is a call there: roads, outer harbours, twin ports."""
DRAUGHT_STALE_D: Final = 30.0
"""A draught field that has not changed for longer is ignored."""
DRAUGHT_STEP_M: Final = 0.3
"""Smaller changes of the field are trim and fuel."""
DRAUGHT_NEAR: Final = timedelta(days=14)
"""A draught reported farther from the call than this is not that of the call."""
_NO_PLACE: Final = re.compile(
    r"\b(ORDERS?|FO|TBA|TBN|UNKNOWN|NIL|NONE|N/?A|SEA|AT SEA|HIGH SEAS?|FISHING( GROUNDS?)?|"
    r"CRUISING|DRIFTING|ANCHORAGE|ANCH|PATROL|SURVEY|CLASS B|NOT AVAILABLE|NOT DEFINED|TEST|"
    r"ALL OVER|VARIOUS|LOCAL|COASTAL)\b"
)
_FROM_TO: Final = re.compile(r"\s*(?:>{1,2}|-{1,2}>|=>|<>|\bTO\b)\s*")
_WORDS: Final = re.compile(r"[^A-Z0-9]+")


def destination_of(text: str | None) -> tuple[str | None, str | None]:
    """The place that a destination field names, and why it names none.

    Upper case, single spaces; of ``A>B`` forms the last part; "VIA", "ETA" and remarks in
    brackets cut off.

    Examples:
        >>> destination_of("US LAX>>CN SHA")
        ('CN SHA', None)
        >>> destination_of("FOR ORDERS")
        (None, 'it names no place: FOR ORDERS')
        >>> destination_of("  ")
        (None, 'it is empty')

    """
    whole = (text or "").upper().strip(" @")
    bare = re.sub(r"\(.*?\)|\[.*?\]", " ", whole)
    last = _FROM_TO.split(bare)[-1]
    last = re.split(r"\b(?:VIA|ETA|ETD|FOR BUNKERS?)\b", last)[0]
    place = " ".join(_WORDS.sub(" ", last).split())
    if not place:
        return None, f"it names no place: {whole}" if whole else "it is empty"
    if _NO_PLACE.search(bare):
        return None, f"it names no place: {whole}"
    return place, None


def ports_named(place: str, ports: pl.DataFrame) -> list[str]:
    """Ids of the ports that a normalised place names: by UN/LOCODE or by whole name.

    Nothing is guessed: no edit distance, no first letters. Several ports may share a name.

    Examples:
        >>> listed = pl.DataFrame({"port": ["p"], "name": ["San Pedro"], "locode": ["US SPQ"],
        ...                        "lon": [0.0], "lat": [0.0]})
        >>> [ports_named(text, listed) for text in ("USSPQ", "SAN PEDRO", "SAN PEDRO US", "SAN")]
        [['p'], ['p'], ['p'], []]

    """
    table = ports_table(ports)
    key = _WORDS.sub("", place)
    name = pl.col("name").str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars()
    code = pl.col("locode").str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", "")
    spoken = re.sub(r"^(PORT OF|PORT)\s+|\s+(PORT|HARBOU?R|ANCH)$", "", place)
    country = re.sub(r"\s+[A-Z]{2,3}$|^[A-Z]{2}\s+", "", spoken)
    wanted = {w for w in (place, spoken, country) if len(w) > 2}
    # Five letters may be a code and a name at once: then both are meant.
    coded = (code == key) if re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", key) else pl.lit(value=False)
    found = table.filter(coded | name.is_in(list(wanted)))
    return found["port"].unique(maintain_order=True).to_list()


def declared(
    statics: pl.DataFrame,
    port_calls: pl.DataFrame,
    ports: pl.DataFrame,
    *,
    shared: Collection[int] = (),
) -> pl.DataFrame:
    """Destinations and draughts against calls, as events of kind ``declared``.

    ``test`` ``destination``, one event for each text while it stood: verdict ``went-there`` (a
    call within 30 km of a port that the text names), ``went-elsewhere`` (calls while it stood,
    all at other ports, and the ship was not at the named port when it began) or ``not-judged``
    with the reason. ``statistic`` is the distance from the named port to the nearest call,
    nautical miles.

    ``test`` ``draught``, one event a call: verdict ``deeper``, ``lighter``, ``unchanged`` or
    ``not-judged``; ``statistic`` is the change in metres. A field that has not changed for 30
    days is ignored, and says for how long.

    Args:
        statics: columns of ``ais.schema.STATICS``; any order.
        port_calls: events of kind ``port-call``; those that only passed do not count.
        ports: the table that the calls were found with.
        shared: MMSIs known to be on several hulls: what one of them said is not held against
            another. Those whose calls overlap in time are treated so in any case.

    Bias: AIS destinations are entered by hand and often stale; draughts more so (Jia et al. 2015
    found them insufficient for a single ship). Never a finding on its own.

    Examples:
        >>> from quaywatch.ais.schema import STATICS_FRAME
        >>> declared(pl.DataFrame(schema=STATICS_FRAME), pl.DataFrame(schema=EVENTS_FRAME),
        ...          pl.DataFrame({"port": ["a"], "lon": [0.0], "lat": [0.0]})).height
        0

    """
    table = ports_table(ports)
    calls = port_calls.filter(
        (pl.col("kind") == "port-call") & ~pl.col("verdict").str.starts_with("passed")
    )
    calls = calls.with_columns(
        port=pl.col("detail").str.json_path_match("$.port"),
        until=pl.coalesce(
            pl.col("end"),
            pl.col("detail")
            .str.json_path_match("$.last_in_port")
            .str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC", strict=False),
        ),
    ).sort("mmsi", "start")
    held = {
        mmsi[0]: rows.to_dicts() for mmsi, rows in calls.partition_by("mmsi", as_dict=True).items()
    }
    sites: dict[str, list[Position]] = {}
    for row in table.iter_rows(named=True):
        sites.setdefault(row["port"], []).append(Position(lon=row["lon"], lat=row["lat"]))
    rows = []
    known: dict[str, list[str]] = {}
    for text in _spans(statics):
        place, why = destination_of(text["destination"])
        if place is not None and place not in known:
            known[place] = ports_named(place, table)
        named = known[place] if place is not None else []
        rows.append(_went(text, place, why, named, held.get(text["mmsi"], []), sites))
    rows += _draughts(statics, held)
    several = {mmsi for mmsi, mine in held.items() if _overlap(mine)} | set(shared)
    rows = [row | _UNDECIDED if row["mmsi"] in several else row for row in rows]
    if not rows:
        return pl.DataFrame(schema=EVENTS_FRAME)
    keys = {key for row in rows for key in row}
    shape = {k: EVENTS_FRAME[k] for k in EVENTS_FRAME if k in keys}
    shape |= {k: _DETAIL[k] for k in _DETAIL if k in keys}
    frame = pl.DataFrame([{k: row.get(k) for k in shape} for row in rows], schema=shape)
    frame = frame.with_columns(kind=pl.lit("declared"), method=pl.lit(METHOD))
    return as_events(frame, detail=[k for k in _DETAIL if k in keys])


_DETAIL: Final[dict[str, pl.DataType]] = {
    "destination": pl.String(),
    "place": pl.String(),
    "named_ports": pl.String(),
    "called_ports": pl.String(),
    "eta": pl.String(),
    "before_m": pl.Float64(),
    "after_m": pl.Float64(),
    "unchanged_d": pl.Float64(),
    "port": pl.String(),
}


_UNDECIDED: Final[dict[str, Any]] = {
    "applicable": False,
    "verdict": "not-judged",
    "statistic": None,
    "unit": None,
    "reason": "The MMSI is on several hulls: which of them said this is not known.",
}


def _overlap(calls: list[dict[str, Any]]) -> bool:
    """Whether one transponder was in port twice at once, so that it is no single ship."""
    return any(
        one["segment"] != two["segment"] and two["start"] < (one["until"] or one["start"])
        for one, two in pairwise(calls)
    )


def _spans(statics: pl.DataFrame) -> list[dict[str, Any]]:
    """Each destination text of each transponder, from its first report to its last in a row."""
    texts = statics.filter(pl.col("destination").is_not_null() & pl.col("at").is_not_null())
    texts = texts.sort("mmsi", "at")
    changed = (pl.col("destination") != pl.col("destination").shift(1)) | (
        pl.col("mmsi") != pl.col("mmsi").shift(1)
    )
    return (
        texts.with_columns(_span=changed.fill_null(value=True).cum_sum())
        .group_by("_span", maintain_order=True)
        .agg(
            pl.col("mmsi", "destination", "source_id", "record").first(),
            pl.col("at").first().alias("start"),
            pl.col("at").last().alias("end"),
            pl.col("eta").last(),
            pl.col("source_id").last().alias("end_source_id"),
            pl.col("record").last().alias("end_record"),
            pl.len().alias("n"),
        )
        .with_columns(
            changed_at=pl.when(pl.col("mmsi").shift(-1) == pl.col("mmsi")).then(
                pl.col("start").shift(-1)
            )
        )
        .drop("_span")
        .to_dicts()
    )


def _went(
    text: dict[str, Any],
    place: str | None,
    why: str | None,
    named: list[str],
    calls: list[dict[str, Any]],
    sites: dict[str, list[Position]],
) -> dict[str, Any]:
    """Where the ship called while the text stood, beside what the text names."""
    until = text.pop("changed_at") or datetime.max.replace(tzinfo=text["end"].tzinfo)
    row = {**text, "test": "destination", "place": place, "named_ports": ", ".join(named) or None}
    row |= {"applicable": False, "verdict": "not-judged"}
    if place is None:
        return row | {"reason": f"The destination is not judged: {why}."}
    if not named:
        return row | {"reason": f"{place!r} is no port of the table."}
    goals = [p for port in named for p in sites[port]]
    during = [c for c in calls if text["start"] <= c["start"] < until and c["port"] in sites]
    there_before = [c for c in calls if c["start"] < text["start"] <= (c["until"] or c["start"])]
    if not during:
        return row | {"reason": "No call was seen while the text stood."}
    apart = [min(_nm(c, goal) for goal in goals) for c in during]
    row |= {
        "applicable": True,
        "statistic": min(apart),
        "unit": "nm",
        "called_ports": ", ".join(dict.fromkeys(c["port"] for c in during)),
    }
    if min(apart) * 1.852 <= SAME_PLACE_KM:
        return row | {"verdict": "went-there"}
    stale = any(min(_nm(c, goal) for goal in goals) * 1.852 <= SAME_PLACE_KM for c in there_before)
    if stale:
        # The text is that of the voyage that had ended; nobody had changed it yet.
        why = "The ship lay at the named port when the text was first seen: it may be an old one."
        return row | {"applicable": False, "statistic": None, "unit": None, "reason": why}
    why = "Orders change, and ships stop on the way; the text alone proves nothing."
    return row | {"verdict": "went-elsewhere", "reason": why}


def _nm(call: dict[str, Any], goal: Position) -> float:
    return great_circle_nm(Position(lon=call["lon"], lat=call["lat"]), goal)


def _draughts(statics: pl.DataFrame, held: dict[Any, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The field before and after each call, if it lives at all."""
    told = statics.filter(
        (pl.col("draught_m") > 0) & pl.col("at").is_not_null() & pl.col("mmsi").is_in(list(held))
    ).sort("mmsi", "at")
    rows = []
    for (mmsi,), reports in told.partition_by("mmsi", as_dict=True).items():
        at, metres = reports["at"].to_list(), reports["draught_m"].to_list()
        origins = reports.select("source_id", "record").rows()
        for call, following in zip(held[mmsi], [*held[mmsi][1:], None], strict=True):
            row = _draught(call, following, at, metres, origins)
            rows.append({"mmsi": mmsi, "segment": call["segment"], "test": "draught", **row})
    return rows


def _draught(
    call: dict[str, Any],
    following: dict[str, Any] | None,
    at: list[datetime],
    metres: list[float],
    origins: list[tuple[str | None, int | None]],
) -> dict[str, Any]:
    start, until = call["start"], call["until"] or call["start"]
    row: dict[str, Any] = {
        "start": start,
        "end": call["end"],
        "lon": call["lon"],
        "lat": call["lat"],
        "port": call["port"],
        "applicable": False,
        "verdict": "not-judged",
    }
    before = [k for k, t in enumerate(at) if start - DRAUGHT_NEAR <= t <= start]
    latest = (
        until + DRAUGHT_NEAR if following is None else min(until + DRAUGHT_NEAR, following["start"])
    )
    after = [k for k, t in enumerate(at) if until <= t <= latest]
    if not before or not after:
        side = "before" if not before else "after"
        when = "14 days before" if side == "before" else "14 days after"
        return row | {"reason": f"No draught was reported within {when} the call."}
    first, last = before[-1], after[-1]
    # The field is often changed hours after departure: the first change before the next call.
    last = next((k for k in after if abs(metres[k] - metres[first]) >= DRAUGHT_STEP_M), last)
    same_since = first
    while same_since > 0 and abs(metres[same_since - 1] - metres[first]) < 0.05:
        same_since -= 1
    row |= {
        "before_m": metres[first],
        "after_m": metres[last],
        "source_id": origins[first][0],
        "record": origins[first][1],
        "end_source_id": origins[last][0],
        "end_record": origins[last][1],
        "n": len(before) + len(after),
    }
    change = metres[last] - metres[first]
    unchanged_d = (at[last] - at[same_since]) / timedelta(days=1)
    if abs(change) < DRAUGHT_STEP_M and unchanged_d >= DRAUGHT_STALE_D:
        why = f"Draught field has not changed for {unchanged_d:.0f} days: ignored."
        return row | {"reason": why, "unchanged_d": unchanged_d}
    verdict = "unchanged"
    if abs(change) >= DRAUGHT_STEP_M:
        verdict = "deeper" if change > 0 else "lighter"
    why = "The draught is typed in by hand and is no measurement."
    return row | {
        "applicable": True,
        "verdict": verdict,
        "statistic": change,
        "unit": "m",
        "reason": why,
        "unchanged_d": unchanged_d if verdict == "unchanged" else None,
    }
