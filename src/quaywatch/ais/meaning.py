"""From the bits of a message to what they say: units, and unknown for every "not available".

Source: ITU-R M.1371-5, annex 8. The differences from other decoders are listed, each with its
reason, in ``docs/conformance/ais.md``.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from quaywatch.ais.payload import strings
from quaywatch.ais.spec import Layout
from quaywatch.ais.stamps import civil_all

Raw = Mapping[str, NDArray[np.int64]]
Mask = NDArray[np.bool_]

MMSI_MAX = 999_999_999
LON_UNKNOWN, LAT_UNKNOWN = 181, 91
_SOG_UNKNOWN_10TH, _SOG_UNKNOWN_WHOLE = 1023, 63
_NAV_STATUS_UNDEFINED = 15
_ROT_UNKNOWN, _ROT_NO_INDICATOR = -128, 127
_ROT_FACTOR = 4.733


_DETAIL = {
    "payload-too-short": "{0} bits; a message {1.types[0]} has at least {1.least_bits}",
    "mmsi-invalid": "MMSI {0}",
    "position-out-of-range": "latitude {0} in units of 1/{1.position_units} degree",
}


def detail_of(reason: str, layout: Layout, value: int) -> str:
    """What a reject says beside its reason.

    Examples:
        >>> from quaywatch.ais.spec import CLASS_B
        >>> detail_of("payload-too-short", CLASS_B, 160)
        '160 bits; a message 18 has at least 163'

    """
    return _DETAIL[reason].format(value, layout)


def known(values: NDArray[np.generic], mask: Mask) -> pl.Series:
    """A column that is null where ``mask`` is False.

    Examples:
        >>> known(np.array([1, 1023]), np.array([True, False])).to_list()
        [1, None]

    """
    return pl.Series(pa.array(values, mask=~mask))


def position_mask(raw: Raw, units: int) -> tuple[Mask, Mask]:
    """Where a position is given, and where it is given but not on Earth.

    Longitude 181 and latitude 91 say "not available"; one of them unknown makes both unknown.

    Args:
        raw: with ``lon`` and ``lat``.
        units: units per degree.

    Examples:
        >>> raw = {"lon": np.array([0, 181 * 600]), "lat": np.array([92 * 600, 0])}
        >>> [mask.tolist() for mask in position_mask(raw, 600)]
        [[True, False], [True, False]]

    """
    lon, lat = raw["lon"], raw["lat"]
    given = (lon != LON_UNKNOWN * units) & (lat != LAT_UNKNOWN * units)
    outside = (np.abs(lon) > 180 * units) | (np.abs(lat) > 90 * units)
    return given, given & outside


def turn_rates(raw: NDArray[np.int64]) -> NDArray[np.float32]:
    """Degrees a minute from ROT_AIS = 4.733·√ROT.

    Examples:
        >>> [round(float(x), 1) for x in turn_rates(np.array([-126, 0]))]
        [-708.7, 0.0]

    """
    rate = np.sign(raw) * (raw / _ROT_FACTOR) ** 2
    return rate.astype(np.float32)


def _rate_of_turn(raw: NDArray[np.int64]) -> pl.Series:
    """Of a column; ±127 gives a direction but no rate."""
    given = (raw != _ROT_UNKNOWN) & (np.abs(raw) != _ROT_NO_INDICATOR)
    return known(turn_rates(raw), given)


def positions(raw: Raw, layout: Layout) -> dict[str, pl.Series]:
    """The kinematic columns of one kind of message.

    Examples:
        >>> from quaywatch.ais.spec import LONG_RANGE
        >>> raw = {
        ...     "mmsi": np.array([1]), "nav_status": np.array([15]), "lon": np.array([600]),
        ...     "lat": np.array([-600]), "sog": np.array([63]), "cog": np.array([511]),
        ... }
        >>> {name: column.to_list() for name, column in positions(raw, LONG_RANGE).items()}
        {'mmsi': [1], 'lon': [1.0], 'lat': [-1.0], 'nav_status': [None], 'sog_kn': [None],
        'cog_deg': [None]}

    """
    given, _ = position_mask(raw, layout.position_units)
    columns = {
        "mmsi": pl.Series(raw["mmsi"].astype(np.uint32)),
        "lon": known(raw["lon"] / layout.position_units, given),
        "lat": known(raw["lat"] / layout.position_units, given),
    }
    if "nav_status" in raw:
        status = raw["nav_status"]
        columns["nav_status"] = known(status.astype(np.uint8), status != _NAV_STATUS_UNDEFINED)
    if "rot" in raw:
        columns["rot_deg_min"] = _rate_of_turn(raw["rot"])
    if "sog" in raw:
        unknown = _SOG_UNKNOWN_WHOLE if layout.sog_units == 1 else _SOG_UNKNOWN_10TH
        sog = (raw["sog"] / layout.sog_units).astype(np.float32)
        columns["sog_kn"] = known(sog, raw["sog"] != unknown)
        cog = (raw["cog"] / layout.cog_units).astype(np.float32)
        columns["cog_deg"] = known(cog, raw["cog"] < 360 * layout.cog_units)
    if "heading" in raw:
        heading = raw["heading"]
        columns["heading_deg"] = known(heading.astype(np.float32), heading < 360)
    return columns


def own_time(raw: Raw) -> tuple[NDArray[np.int64], Mask]:
    """The UTC time that a base station says it is (message 4), and where it says one.

    Examples:
        >>> names = ("year", "month", "day", "hour", "minute", "second")
        >>> raw = {n: np.array([v]) for n, v in zip(names, (2007, 5, 14, 19, 57, 39))}
        >>> at, given = own_time(raw)
        >>> at.tolist(), given.tolist()
        ([1179172659000000], [True])

    """
    names = ("year", "month", "day", "hour", "minute", "second")
    at = civil_all(np.stack([raw[name] for name in names], axis=1))
    return at, at >= 0


def _eta(raw: Raw) -> pl.Series:
    """``MM-DD HH:MM``, or ``MM-DD`` where no time was given, or null where no date was."""
    month, day, hour, minute = (raw[f"eta_{k}"] for k in ("month", "day", "hour", "minute"))
    dated = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    timed = (hour < 24) & (minute < 60)
    letters = np.tile(np.frombuffer(b"00-00 00:00", np.uint8), (len(month), 1))
    for place, value in ((0, month), (3, day), (6, hour), (9, minute)):
        letters[:, place] += (value // 10).astype(np.uint8)
        letters[:, place + 1] += (value % 10).astype(np.uint8)
    length = np.where(dated, np.where(timed, 11, 5), 0)
    ends = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
    return strings(letters[np.arange(11) < length[:, None]], ends)


def statics(raw: Raw) -> dict[str, pl.Series]:
    """The numeric identity and voyage columns of one kind of message.

    The dimensions of an auxiliary craft (MMSI 98…) in message 24 are the MMSI of its mother ship
    by the book, so they are unknown here.

    Examples:
        >>> raw = {"mmsi": np.array([5]), "imo": np.array([0]), "ship_type": np.array([70])}
        >>> {name: column.to_list() for name, column in statics(raw).items()}
        {'mmsi': [5], 'imo': [None], 'ship_type': [70]}

    """
    columns = {"mmsi": pl.Series(raw["mmsi"].astype(np.uint32))}
    if "imo" in raw:
        columns["imo"] = known(raw["imo"].astype(np.uint32), raw["imo"] != 0)
    if "ship_type" in raw:
        kind = raw["ship_type"]
        columns["ship_type"] = known(kind.astype(np.uint8), kind != 0)
    if "to_bow" in raw:
        # Only message 24 B of a craft says its mother ship; 5 and 19 come with other fields.
        auxiliary = (raw["mmsi"] // 10_000_000 == 98) & ("imo" not in raw) & ("lon" not in raw)
        for a, b in (("to_bow", "to_stern"), ("to_port", "to_starboard")):
            given = ((raw[a] != 0) | (raw[b] != 0)) & ~auxiliary
            columns[f"{a}_m"] = known(raw[a].astype(np.uint16), given)
            columns[f"{b}_m"] = known(raw[b].astype(np.uint16), given)
    if "draught" in raw:
        draught = (raw["draught"] / 10).astype(np.float32)
        columns["draught_m"] = known(draught, raw["draught"] != 0)
        columns["eta"] = _eta(raw)
    return columns
