"""A small world of known voyages: two roadsteads on the open sea, three ships, no luck in it.

Every position is invented. What each ship did is returned beside the files, so that what is found
can be held against it: when she lay where, what her draught said, when she was silent.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

BEGIN: Final = datetime(2024, 3, 1, tzinfo=UTC)
HEADER: Final = (
    "MMSI", "BaseDateTime", "LAT", "LON", "SOG", "COG", "Heading", "VesselName", "IMO", "CallSign",
    "VesselType", "Status", "Length", "Width", "Draft",
)  # fmt: skip
ROADS: Final = {"loading-roads": (124.0, 36.9), "discharge-roads": (124.0, 36.0)}
"""Two places in the Yellow Sea, 54 nautical miles apart, far from any coast."""
STEP: Final = timedelta(minutes=20)
SPEED_KN: Final = 9.0
_HALF_DEG: Final = 0.02
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ship:
    """An invented hull."""

    mmsi: int
    imo: int | None
    name: str | None
    draughts_m: tuple[float, float] = (4.0, 7.5)
    """Empty and laden."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A stay that a ship made."""

    vessel: str
    """``imo:…`` where she has one, else ``mmsi:…``."""
    place: str
    arrived: datetime
    departed: datetime
    heard: bool
    """False: her transponder was silent all the while."""


@dataclass(frozen=True, slots=True)
class World:
    """The files, and what is true."""

    ais: Path
    sites: tuple[Path, ...]
    claims: Path
    fleet: Path
    planted: tuple[Planted, ...]


CARRIER: Final = Ship(299000010, 9074729, "SIM CARRIER")
"""Loads, discharges, and does it once more in silence."""
UNNAMED: Final = Ship(299000020, None, None)
"""Broadcasts positions and nothing else."""
UNSEEN: Final = 9301134
"""IMO number of a ship of which there is only a report."""


def build(folder: Path) -> World:
    """Write AIS, sites, claims and a list of vessels into a folder.

    Args:
        folder: made if absent.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     world = build(Path(name))
        ...     [(p.place, p.heard) for p in world.planted][:3]
        [('loading-roads', True), ('discharge-roads', True), ('loading-roads', False)]

    """
    folder.mkdir(parents=True, exist_ok=True)
    planted: list[Planted] = []
    rows = [*_carrier(planted), *_unnamed(planted)]
    ais = folder / "ais.csv"
    ais.write_text(_csv(sorted(rows, key=lambda row: (row[1], row[0]))), encoding="utf-8")
    sites = tuple(_site(folder, name, at) for name, at in ROADS.items())
    claims = folder / "claims.toml"
    (folder / "document.txt").write_text(_DOCUMENT, encoding="utf-8")
    claims.write_text(_CLAIMS, encoding="utf-8")
    fleet = folder / "three-ships.csv"
    fleet.write_text(_FLEET, encoding="utf-8")
    return World(ais, sites, claims, fleet, tuple(planted))


def _carrier(planted: list[Planted]) -> Iterator[list[Any]]:
    """Loads 30 h, discharges 24 h; the second round in silence; a third in the open."""
    empty, laden = CARRIER.draughts_m
    at = BEGIN
    for round_number in range(3):
        silent = round_number == 1
        for place, hours, before, after in (
            ("loading-roads", 30, empty, laden),
            ("discharge-roads", 24, laden, empty),
        ):
            left = at + hours * _HOUR
            planted.append(Planted(f"imo:{CARRIER.imo}", place, at, left, heard=not silent))
            other = next(name for name in ROADS if name != place)
            sail = 54.0 / SPEED_KN * _HOUR
            if not silent:
                yield from _lies(CARRIER, place, (at, left), before)
            last_leg = silent and place == "discharge-roads"
            if not silent or last_leg:
                # Heard again for the second half of the way back, or lost after the first.
                lost = not silent and round_number == 0 and place == "discharge-roads"
                span = (0.5, 1.0) if last_leg else (0.0, 0.5 if lost else 1.0)
                draughts = (before, after)
                yield from _sails(CARRIER, (place, other), (left, left + sail), draughts, span)
            at = left + sail


def _unnamed(planted: list[Planted]) -> Iterator[list[Any]]:
    """Lies off the discharge roads for five days and says nothing of itself."""
    planted.append(
        Planted(
            f"mmsi:{UNNAMED.mmsi:09d}", "discharge-roads", BEGIN, BEGIN + 120 * _HOUR, heard=True
        )
    )
    yield from _lies(UNNAMED, "discharge-roads", (BEGIN, BEGIN + 120 * _HOUR), None, off=0.01)


def _lies(
    ship: Ship,
    place: str,
    span: tuple[datetime, datetime],
    draught_m: float | None,
    off: float = 0.0,
) -> Iterator[list[Any]]:
    lon, lat = ROADS[place]
    at, number = span[0], 0
    while at < span[1]:
        swing = 0.0002 * ((number % 5) - 2)
        yield _row(ship, at, (lon + off + swing, lat + swing), 0.0, draught_m)
        at, number = at + STEP, number + 1


def _sails(
    ship: Ship,
    ways: tuple[str, str],
    span: tuple[datetime, datetime],
    draughts_m: tuple[float, float],
    heard: tuple[float, float],
) -> Iterator[list[Any]]:
    """Sails straight; the new draught is typed in an hour after leaving, as crews do."""
    (lon0, lat0), (lon1, lat1) = (ROADS[name] for name in ways)
    at = span[0]
    while at < span[1]:
        share = (at - span[0]) / (span[1] - span[0])
        if heard[0] <= share <= heard[1]:
            place = (lon0 + share * (lon1 - lon0), lat0 + share * (lat1 - lat0))
            typed = draughts_m[at >= span[0] + _HOUR]
            yield _row(ship, at, place, SPEED_KN, typed)
        at += STEP


def _row(
    ship: Ship, at: datetime, place: tuple[float, float], sog: float, draught_m: float | None
) -> list[Any]:
    imo = "" if ship.imo is None else f"IMO{ship.imo}"
    own = [ship.name or "", imo, "", 70, 1 if sog == 0 else 0]
    size = ["", "", ""] if ship.imo is None else [145, 21, draught_m]
    return [
        ship.mmsi, f"{at:%Y-%m-%dT%H:%M:%S}", f"{place[1]:.5f}", f"{place[0]:.5f}", f"{sog:.1f}",
        "180.0", "511", *own, *size,
    ]  # fmt: skip


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return out.getvalue()


def _site(folder: Path, name: str, at: tuple[float, float]) -> Path:
    lon, lat = at
    ring = [
        [lon + dx * _HALF_DEG, lat + dy * _HALF_DEG]
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    drawn = {
        "type": "FeatureCollection", "id": name, "name": name.replace("-", " ").capitalize(),
        "features": [{
            "type": "Feature", "properties": {"id": "roads", "kind": "anchorage", "name": "Roads"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }],
    }  # fmt: skip
    path = folder / f"{name}.geojson"
    path.write_text(json.dumps(drawn), encoding="utf-8")
    return path


_DOCUMENT: Final = """\
The register gives SIM CARRIER a deadweight of 13,000 t.
On 9 March 2024 at 02:00 UTC the SIM UNSEEN lay in the loading roads.
"""
_CLAIMS: Final = f"""\
simulated = true

[source]
path = "document.txt"
title = "An invented note"
licence = "CC0-1.0"
credit = "Simulated by quaywatch"
provider = "quaywatch simulator"
redistributable = true

[[claim]]
id = "weight"
subject = "imo:{CARRIER.imo}"
name = "SIM CARRIER"
predicate = "deadweight"
note = "13000 t"
lines = "1"

[[claim]]
id = "seen"
subject = "imo:{UNSEEN}"
name = "SIM UNSEEN"
predicate = "sighted-at"
time = "2024-03-09T02:00Z"
lon = 124.0
lat = 36.9
lines = "2"
"""
_FLEET: Final = f"""\
# three ships, one of them twice, and one that nobody knows
name,imo,mmsi,dwt_t
SIM CARRIER,{CARRIER.imo},,13000
,,{CARRIER.mmsi},
,,{UNNAMED.mmsi},
SIM UNSEEN,{UNSEEN},,
SIM NOBODY,,,
"""
