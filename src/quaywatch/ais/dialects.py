"""What other people's tables call our columns: one table entry per provider, no branches.

A dialect names, for each of our columns, theirs, and what their texts mean. A file is recognised
by its header. Any other layout can be declared as a mapping (from TOML, say) with
``declared_dialect``.

Sources: MarineCadastre AIS data dictionary (2018–2024 layout, and the lower-case layout from
2025); Danish Maritime Authority, "metadata information CSV files"; ITU-R M.1371-5, table 53
(ship types).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from quaywatch.errors import DialectError

COLUMNS = (
    "mmsi", "at", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "rot_deg_min", "nav_status",
    "msg_type", "transponder", "receiver", "station", "received_at", "imo", "name", "callsign",
    "ship_type", "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m", "length_m", "beam_m",
    "draught_m", "destination", "eta",
)  # fmt: skip
"""What a dialect can map: the lake's columns, and length and beam where that is all there is."""

REQUIRED = ("mmsi", "at", "lon", "lat")

UNKNOWN = ("", "nan", "null", "none")
"""Texts (lower case) that say "not known" in any table."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where one of our columns is found, and how its cells read."""

    names: tuple[str, ...]
    """Their header; of several the first that the file has is used."""
    scale: float = 1.0
    """Our unit = their number × scale."""
    meanings: Mapping[str, int | str] | None = None
    """What their texts (lower case) mean; a text that is neither listed nor a number is null."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One provider's layout."""

    name: str
    columns: Mapping[str, Column]
    time_formats: tuple[str, ...]
    """chrono formats, tried in turn; ``epoch`` is seconds since 1970."""
    timezone: str | None = "UTC"
    """Zone of times without one; None: the caller must say."""
    delimiter: str = ","
    decimal: str = "."
    unknown: tuple[str, ...] = UNKNOWN
    """Texts (lower case) that say "not known" in any column."""
    marks: tuple[str, ...] = ()
    """Headers that, all present, identify the dialect."""
    eta_format: str | None = None
    """How their ETA reads; None: kept as it stands."""
    unwanted: Mapping[str, str] = field(default_factory=dict)
    """Senders that are no ships, in the transponder column (lower case) → reason code."""


def _ship_types() -> dict[str, int]:
    """Texts of ship types as libais, gpsd and the Danish authority write them → M.1371 code."""
    single = {
        "fishing": 30, "towing": 31, "towing long/wide": 32,
        "towing: length exceeds 200m or breadth exceeds 25m": 32, "dredging": 33,
        "dredging or underwater ops": 33, "diving": 34, "diving ops": 34, "military": 35,
        "military ops": 35, "sailing": 36, "pleasure": 37, "pleasure craft": 37, "pilot": 50,
        "pilot vessel": 50, "sar": 51, "search and rescue vessel": 51, "tug": 52,
        "port tender": 53, "anti-pollution": 54, "anti-pollution equipment": 54,
        "law enforcement": 55, "spare 1": 56, "spare 2": 57, "medical": 58,
        "medical transport": 58, "not party to conflict": 59,
        "noncombatant ship according to rr resolution no. 18": 59,
    }  # fmt: skip
    decades = {
        20: ("wig", "wing in ground (wig)"), 40: ("hsc", "high speed craft (hsc)"),
        60: ("passenger",), 70: ("cargo",), 80: ("tanker",), 90: ("other", "other type"),
    }  # fmt: skip
    for base, names in decades.items():
        for name in names:
            single[name] = base
            single[f"{name}, all ships of this type"] = base
            # Codes x5 to x8 cannot be told apart; x0 says what is certain.
            single[f"{name}, reserved for future use"] = base
            single[f"{name}, no additional information"] = base + 9
            for step, letter in enumerate("abcd", start=1):
                single[f"{name}, hazardous category {letter}"] = base + step
    return single


SHIP_TYPES: Mapping[str, int] = MappingProxyType(_ship_types())

NAV_STATUS: Mapping[str, int] = MappingProxyType(
    {
        "under way using engine": 0, "at anchor": 1, "not under command": 2,
        "restricted maneuverability": 3, "restricted manoeuvrability": 3,
        "constrained by her draught": 4, "moored": 5, "aground": 6, "engaged in fishing": 7,
        "under way sailing": 8,
        "reserved for future amendment [hsc]": 9,
        "reserved for future amendment of navigational status for hsc": 9,
        "reserved for future amendment [wig]": 10,
        "reserved for future amendment of navigational status for wig": 10,
        "power-driven vessel towing astern": 11,
        "power-driven vessel pushing ahead or towing alongside": 12,
        "ais-sart is active": 14, "ais-sart (active)": 14,
    }
)  # fmt: skip

_CLASSES = {
    "a": "A", "b": "B", "class a": "A", "class b": "B", "ais-a": "A", "ais-b": "B",
}  # fmt: skip
_RECEIVERS = {"terrestrial": "terrestrial", "satellite": "satellite"}
_ISO = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")


def _named(**names: str | tuple[str, ...]) -> dict[str, Column]:
    return {
        ours: Column((theirs,) if isinstance(theirs, str) else theirs)
        for ours, theirs in names.items()
    }


MARINECADASTRE = Dialect(
    name="marinecadastre",
    columns=_named(
        mmsi="MMSI", at="BaseDateTime", lon="LON", lat="LAT", sog_kn="SOG", cog_deg="COG",
        heading_deg="Heading", name="VesselName", imo="IMO", callsign="CallSign",
        length_m="Length", beam_m="Width", draught_m="Draft",
    )
    | {
        "nav_status": Column(("Status",), meanings=NAV_STATUS),
        "ship_type": Column(("VesselType",), meanings=SHIP_TYPES),
        "transponder": Column(("TransceiverClass", "TranscieverClass"), meanings=_CLASSES),
    },
    time_formats=_ISO,
    marks=("MMSI", "BaseDateTime", "LAT", "LON"),
)  # fmt: skip

MARINECADASTRE_2025 = Dialect(
    name="marinecadastre-2025",
    columns=_named(
        mmsi="mmsi", at="base_date_time", lon="longitude", lat="latitude", sog_kn="sog",
        cog_deg="cog", heading_deg="heading", name="vessel_name", imo="imo",
        callsign="call_sign", length_m="length", beam_m="width", draught_m="draft",
    )
    | {
        "nav_status": Column(("status",), meanings=NAV_STATUS),
        "ship_type": Column(("vessel_type",), meanings=SHIP_TYPES),
        "transponder": Column(("transceiver", "transceiver_class"), meanings=_CLASSES),
    },
    time_formats=_ISO,
    marks=("mmsi", "base_date_time", "longitude", "latitude"),
)  # fmt: skip

DANISH = Dialect(
    name="danish",
    columns=_named(
        mmsi="MMSI", at=("# Timestamp", "Timestamp"), lon="Longitude", lat="Latitude",
        sog_kn="SOG", cog_deg="COG", heading_deg="Heading", rot_deg_min="ROT", imo="IMO",
        callsign="Callsign", name="Name", to_bow_m="A", to_stern_m="B", to_port_m="C",
        to_starboard_m="D", length_m="Length", beam_m="Width", draught_m="Draught",
        destination="Destination", eta="ETA",
    )
    | {
        "nav_status": Column(("Navigational status",), meanings=NAV_STATUS),
        "ship_type": Column(("Ship type",), meanings=SHIP_TYPES),
        "transponder": Column(("Type of mobile",), meanings=_CLASSES),
    },
    time_formats=("%d/%m/%Y %H:%M:%S",),
    unknown=(*UNKNOWN, "unknown", "unknown value", "undefined"),
    marks=("Type of mobile", "MMSI", "Latitude", "Longitude"),
    eta_format="%d/%m/%Y %H:%M:%S",
    unwanted={
        "aton": "unsupported-station-aton",
        "sar airborne": "unsupported-station-aircraft",
    },
)  # fmt: skip

SBARC = Dialect(
    name="sbarc",
    columns=_named(
        mmsi="mmsi", at="timestamp", lon="lon", lat="lat", sog_kn="sog", cog_deg="cog",
        heading_deg="heading", nav_status="nav_status", msg_type="msg_type", name="name",
        ship_type="ship_type",
    ),
    time_formats=_ISO,
    marks=("timestamp", "mmsi", "msg_type", "nav_status", "lon", "lat"),
)  # fmt: skip

CSV_DIALECTS: tuple[Dialect, ...] = (MARINECADASTRE, MARINECADASTRE_2025, DANISH, SBARC)

GFW = Dialect(
    name="gfw",
    columns=_named(
        mmsi=("ssvid", "mmsi"), at="timestamp", lon="lon", lat="lat", sog_kn="speed",
        cog_deg="course", heading_deg="heading", nav_status="status", msg_type="type",
        station=("receiver", "tagblock_station"), imo="imo", name="shipname",
        callsign="callsign", length_m="length", beam_m="width", destination="destination",
    )
    | {
        "ship_type": Column(("shiptype",), meanings=SHIP_TYPES),
        "transponder": Column(("ais_class",), meanings=_CLASSES),
        "receiver": Column(("receiver_type",), meanings=_RECEIVERS),
    },
    time_formats=("epoch", *_ISO, "%Y-%m-%d %H:%M:%S%.f UTC"),
)  # fmt: skip
"""JSON of Global Fishing Watch's pipelines, and so the shape of most AIS in JSON lines."""


OWN = Dialect(
    name="quaywatch",
    columns=_named(**{name: name for name in COLUMNS}),
    time_formats=("epoch", *_ISO),
    marks=REQUIRED,
)
"""Our own names, for Parquet that another lake or ``quaywatch decode`` wrote."""

_GFW_MARKS = (("ssvid", "timestamp", "lon", "lat"), ("mmsi", "timestamp", "lon", "lat"))


def recognise_columns(names: Collection[str]) -> Dialect | None:
    """The built-in dialect of a typed table's columns, or None.

    Examples:
        >>> recognise_columns(["ssvid", "timestamp", "lon", "lat", "speed"]).name
        'gfw'

    """
    found = recognise(names)
    if found is None and set(names).issuperset(OWN.marks):
        return OWN
    if found is None and any(set(names).issuperset(marks) for marks in _GFW_MARKS):
        return GFW
    return found


def recognise(header: Collection[str]) -> Dialect | None:
    """The built-in CSV dialect of a header, or None.

    Examples:
        >>> recognise(["mmsi", "base_date_time", "longitude", "latitude"]).name
        'marinecadastre-2025'
        >>> recognise(["a", "b"]) is None
        True

    """
    present = set(header)
    return next((d for d in CSV_DIALECTS if present.issuperset(d.marks)), None)


def declared_dialect(mapping: Mapping[str, Any]) -> Dialect:
    """A dialect from a user's mapping, as read from TOML.

    Keys: ``columns`` (our name → their header, or ``{name, scale, meanings}``), and optionally
    ``name``, ``time_formats`` (or ``time_format``), ``timezone``, ``delimiter``, ``decimal``,
    ``unknown``.

    Raises:
        DialectError: a key or one of our columns is unknown, or a required column is missing.

    Examples:
        >>> mine = declared_dialect({
        ...     "columns": {"mmsi": "id", "at": "t", "lon": "x", "lat": "y",
        ...                 "sog_kn": {"name": "v_ms", "scale": 1.943844}},
        ...     "time_format": "epoch",
        ... })
        >>> mine.columns["sog_kn"].scale
        1.943844

    """
    known = {
        "columns", "name", "time_formats", "time_format", "timezone", "delimiter", "decimal",
        "unknown",
    }  # fmt: skip
    for key in mapping:
        if key not in known:
            raise DialectError(
                fact=f"The mapping has a key {key!r} that means nothing here.",
                remedy=f"Known keys: {', '.join(sorted(known))}.",
            )
    columns = {ours: _declared_column(ours, said) for ours, said in mapping["columns"].items()}
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise DialectError(
            fact=f"The mapping does not say which columns hold {', '.join(missing)}.",
            remedy="Add them under columns.",
        )
    formats = mapping.get("time_formats") or mapping.get("time_format") or ("epoch", *_ISO)
    return Dialect(
        name=mapping.get("name", "declared"),
        columns=columns,
        time_formats=(formats,) if isinstance(formats, str) else tuple(formats),
        timezone=mapping.get("timezone"),
        delimiter=mapping.get("delimiter", ","),
        decimal=mapping.get("decimal", "."),
        unknown=tuple(str(t).lower() for t in mapping.get("unknown", UNKNOWN)),
        marks=tuple(columns[name].names[0] for name in REQUIRED),
    )


def _declared_column(ours: str, said: str | Mapping[str, Any]) -> Column:
    if ours not in COLUMNS:
        raise DialectError(
            fact=f"The mapping names a column {ours!r} that the lake does not have.",
            remedy=f"Known columns: {', '.join(COLUMNS)}.",
        )
    if isinstance(said, str):
        return Column((said,))
    if "name" not in said:
        raise DialectError(
            fact=f"The mapping of {ours!r} does not say which of their columns it is.",
            remedy="Add name.",
        )
    meanings = said.get("meanings")
    return Column(
        names=(str(said["name"]),),
        scale=float(said.get("scale", 1.0)),
        meanings={str(k).lower(): v for k, v in meanings.items()} if meanings else None,
    )
