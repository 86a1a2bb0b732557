"""Ports by name and country, from a position: the nearest named one, what else it may be, or why.

A name is a label for readers, not a finding: the nearest name within a stated distance, its
source, and the others that are nearly as near, above all those of another country.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from quaywatch.errors import PortsTableError
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.voyages.ports import on_sphere

METHOD: Final = "place-name@1"
_KM_PER_NM: Final = 1.852
_NEAR_KM: Final = 5.0
_ASKED: Final = 12
_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class NamedPort:
    """An entry of a gazetteer, as seen from a position."""

    name: str
    country: str | None
    """ISO 3166-1 alpha-2; None: not in the source."""
    locode: str | None
    """UN/LOCODE, five letters; None: not in the source."""
    apart_km: float
    """Along the geodesic from the position asked about."""
    source: str
    """Which list, with its edition."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened, with the name people know it by, if one is near enough."""

    position: Position
    port: str | None = None
    """Id in the table of ports that a call was found with; None: from elsewhere."""
    name: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    locode: str | None = None
    apart_km: float | None = None
    """From the position to where the gazetteer puts the name."""
    source: str | None = None
    alternatives: tuple[NamedPort, ...] = ()
    """Other names that the position may belong to, nearest first."""
    reason: str | None = None
    """Why there is no name, or what is doubtful about it."""


GAZETTEER_FRAME: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "country": pl.String(),
    "locode": pl.String(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "also": pl.String(),
}
"""One row a port. ``country``: ISO 3166-1 alpha-2 or null; ``locode``: five letters or null;
``also``: other spellings, parted by "; ", or null. WGS84 degrees."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Ports to look positions and names up in."""

    table: pl.DataFrame
    """``GAZETTEER_FRAME`` and ``source``."""
    tree: cKDTree

    @property
    def sources(self) -> tuple[str, ...]:
        """Which lists it was made of."""
        return tuple(self.table["source"].unique(maintain_order=True).to_list())


def gazetteer_of(frame: pl.DataFrame, *, source: str) -> Gazetteer:
    """A gazetteer from any list of ports.

    Args:
        frame: ``name``, ``lon``, ``lat``; the other columns of ``GAZETTEER_FRAME`` where known.
        source: which list, with its edition: it is printed beside every name.

    Raises:
        PortsTableError: a column is missing, or a name or position is null or off Earth.

    Examples:
        >>> here = gazetteer_of(pl.DataFrame({"name": ["Quay"], "lon": [180.0], "lat": [0.0]}),
        ...                     source="drawn")
        >>> named_place(here, Position(-179.95, 0.0)).name
        'Quay'

    """
    for column in ("name", "lon", "lat"):
        if column not in frame.columns:
            raise PortsTableError(fact=f"it has no column {column!r}")
        if frame[column].null_count():
            raise PortsTableError(fact=f"{column!r} is empty in {frame[column].null_count()} rows")
    missing = [name for name in GAZETTEER_FRAME if name not in frame.columns]
    table = frame.with_columns(pl.lit(None).alias(name) for name in missing).select(
        pl.col(name).cast(kind) for name, kind in GAZETTEER_FRAME.items()
    )
    table = table.with_columns(lon=(pl.col("lon") + 180.0) % 360.0 - 180.0, source=pl.lit(source))
    off = table.filter(~(pl.col("lon").is_finite() & pl.col("lat").is_between(-90, 90)))
    if off.height:
        raise PortsTableError(fact=f"{off['name'][0]!r} is off Earth")
    return _indexed(table)


def joined(*gazetteers: Gazetteer) -> Gazetteer:
    """Several gazetteers as one; of two entries at the same place the first is named.

    Examples:
        >>> a, b = (gazetteer_of(pl.DataFrame({"name": [n], "lon": [0.0], "lat": [0.0]}), source=n)
        ...         for n in "ab")
        >>> joined(b, a).sources, named_place(joined(b, a), Position(0, 0)).name
        (('b', 'a'), 'b')

    """
    return _indexed(pl.concat([one.table for one in gazetteers]))


def kept_gazetteer() -> Gazetteer:
    """The ports that come with the project: East and South-East Asia whole, elsewhere the main.

    Source:
        Names, countries and positions (to an arc-minute): World Port Index, Pub. 150, National
        Geospatial-Intelligence Agency (a work of the US government, public domain), and a few
        that it lacks; ``gazetteer.csv`` says which, row by row.

    Examples:
        >>> named_place(kept_gazetteer(), Position(125.38, 38.72)).country
        'KP'

    """
    text = files("quaywatch.voyages").joinpath("gazetteer.csv").read_text(encoding="utf-8")
    frame = pl.read_csv(text.encode(), comment_prefix="#", null_values="")
    return _indexed(
        frame.select(
            *(pl.col(name).cast(kind) for name, kind in GAZETTEER_FRAME.items()),
            pl.col("source"),
        )
    )


def read_world_port_index(frame: pl.DataFrame) -> pl.DataFrame:
    """The World Port Index as the agency publishes it (CSV, read as text) as gazetteer rows.

    Args:
        frame: columns as published, among them ``Main Port Name``, ``Alternate Port Name``,
            ``Country Code`` (a country's name), ``UN/LOCODE``, ``Latitude``, ``Longitude``.

    Returns:
        ``GAZETTEER_FRAME``. A country that is not in the table of names is null.

    Raises:
        PortsTableError: it has not these columns.

    Examples:
        >>> columns = ("Main Port Name", "Alternate Port Name", "Country Code", "UN/LOCODE",
        ...            "Latitude", "Longitude")
        >>> row = ("Nampo", "", "North Korea", "KP NAM", "38.716667", "125.4")
        >>> read_world_port_index(pl.DataFrame(dict(zip(columns, [[v] for v in row])))).row(0)
        ('Nampo', 'KP', 'KPNAM', 125.4, 38.716667, None)

    """
    named = {
        "Main Port Name": "name",
        "Alternate Port Name": "also",
        "Country Code": "country",
        "UN/LOCODE": "locode",
        "Latitude": "lat",
        "Longitude": "lon",
    }
    lacking = [name for name in named if name not in frame.columns]
    if lacking:
        raise PortsTableError(fact=f"it has no column {lacking[0]!r} of the World Port Index")
    tidy = frame.select(
        pl.col(old).cast(pl.String).str.strip_chars().replace("", None).alias(new)
        for old, new in named.items()
    )
    code = pl.col("locode").str.replace_all(" ", "", literal=True)
    coded = pl.when(code.str.contains(r"^[A-Z]{2}[A-Z2-9]{3}$")).then(code)
    country = pl.col("country").replace_strict(countries(), default=None, return_dtype=pl.String)
    return tidy.select(
        "name",
        country,
        coded.alias("locode"),
        pl.col("lon").cast(pl.Float64),
        pl.col("lat").cast(pl.Float64),
        "also",
    )


@cache
def countries() -> Mapping[str, str]:
    """Names of countries as the World Port Index writes them, and their alpha-2 codes.

    Source:
        ISO 3166-1 (facts).

    Examples:
        >>> countries()["North Korea"], countries()["Tanzania"]
        ('KP', 'TZ')

    """
    text = files("quaywatch.voyages").joinpath("countries.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({row["name"]: row["iso2"] for row in csv.DictReader(lines)})


@cache
def country_name(iso2: str | None) -> str | None:
    """A country's name for readers; None where the code is None or unknown.

    Examples:
        >>> country_name("KP"), country_name("XX"), country_name(None)
        ('North Korea', None, None)

    """
    return {code: name for name, code in countries().items()}.get(iso2 or "")


def named_place(
    gazetteer: Gazetteer, position: Position, *, port: str | None = None, within_km: float = 25.0
) -> Place:
    """The nearest named port to a position, with what else it may be.

    Args:
        gazetteer: the list.
        position: where.
        port: the id that the table of ports knows the place by, kept as it is.
        within_km: farther than this a name is not given: harbours are that large, and positions
            of lists are good to a mile or two.

    Returns:
        ``alternatives`` are the others within ``within_km``, five at most. Where one of another
        country is not much farther (half as far again and 5 km), ``reason`` says so.

    Examples:
        >>> place = named_place(kept_gazetteer(), Position(0.0, 0.0))
        >>> place.name, place.reason[:41]
        (None, 'No named port within 25 km; the nearest, ')

    """
    return named_places(gazetteer, [position], ports=[port], within_km=within_km)[0]


def named_places(
    gazetteer: Gazetteer,
    positions: Sequence[Position],
    *,
    ports: Sequence[str | None] | None = None,
    within_km: float = 25.0,
) -> list[Place]:
    """``named_place`` of many positions."""
    ids = ports if ports is not None else [None] * len(positions)
    if not gazetteer.table.height:
        why = "The gazetteer is empty."
        return [Place(at, port, reason=why) for at, port in zip(positions, ids, strict=True)]
    asked = on_sphere(np.array([p.lon for p in positions]), np.array([p.lat for p in positions]))
    if not len(positions):
        return []
    most = min(_ASKED, gazetteer.table.height)
    _, found = gazetteer.tree.query(asked, k=most)
    rows = np.asarray(found).reshape(len(positions), most)
    return [
        _place(gazetteer, at, port, mine.tolist(), within_km)
        for at, port, mine in zip(positions, ids, rows, strict=True)
    ]


def ports_called(gazetteer: Gazetteer, text: str) -> list[NamedPort]:
    """Entries whose name, other spelling or UN/LOCODE is ``text``; nothing is guessed.

    Examples:
        >>> [(p.name, p.country) for p in ports_called(kept_gazetteer(), "jingtang")]
        [('Jingtang', 'CN')]

    """
    wanted = _plain(text)
    rows = []
    for row in gazetteer.table.iter_rows(named=True):
        spelt = [row["name"], row["locode"] or "", *(row["also"] or "").split(";")]
        if wanted and wanted in {_plain(one) for one in spelt}:
            rows.append(NamedPort(row["name"], row["country"], row["locode"], 0.0, row["source"]))
    return rows


def _plain(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _indexed(table: pl.DataFrame) -> Gazetteer:
    return Gazetteer(table, cKDTree(on_sphere(table["lon"].to_numpy(), table["lat"].to_numpy())))


def _place(
    gazetteer: Gazetteer, at: Position, port: str | None, rows: list[int], within_km: float
) -> Place:
    near = []
    for k in sorted(rows):
        row = gazetteer.table.row(k, named=True)
        apart = great_circle_nm(at, Position(row["lon"], row["lat"])) * _KM_PER_NM
        near.append(NamedPort(row["name"], row["country"], row["locode"], apart, row["source"]))
    # Equal distances keep the order of the list.
    near.sort(key=lambda one: round(one.apart_km, 6))
    best, others = near[0], [one for one in near[1:] if one.apart_km <= within_km]
    if best.apart_km > within_km:
        why = (
            f"No named port within {within_km:g} km; the nearest, {best.name}, is "
            f"{best.apart_km:.0f} km away."
        )
        return Place(at, port, reason=why)
    abroad = [
        one
        for one in others
        if one.country != best.country and one.apart_km <= 1.5 * best.apart_km + _NEAR_KM
    ]
    why_not = None
    if abroad:
        other = abroad[0]
        why_not = (
            f"The country is doubtful: {other.name} ({other.country or 'country not known'}) is "
            f"{other.apart_km:.0f} km away, {best.name} {best.apart_km:.0f} km."
        )
    elif best.country is None:
        why_not = f"The list does not say in which country {best.name} is."
    return Place(
        at,
        port,
        best.name,
        best.country,
        best.locode,
        best.apart_km,
        best.source,
        tuple(others[:_LISTED]),
        why_not,
    )
