"""AIS sentences from columns: message types 1 and 5, armoured, checksummed and timestamped.

A value that is unknown (NaN) becomes the code that ITU-R M.1371 reserves for "not available".
Only what the simulator needs is here; it shares no code with the decoder, so that each can catch
the other's mistakes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.uint8]

_SIXBIT: Final = {chr(c): c - 64 if c >= 64 else c for c in range(32, 96)}
"""Character to its six-bit code: '@' to '_' are 0-31, space to '?' are 32-63."""


@dataclass(frozen=True)
class Positions:
    """Position reports as columns of equal length."""

    at_s: FloatArray
    """Seconds since 1970-01-01T00:00Z."""
    mmsi: NDArray[np.int64]
    lon: FloatArray
    lat: FloatArray
    sog_kn: FloatArray
    """NaN is unknown."""
    cog_deg: FloatArray
    heading_deg: FloatArray
    rot_deg_min: FloatArray
    nav_status: NDArray[np.int64]

    def select(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Positions":
        """The same columns at some rows."""
        return Positions(**{name: column[rows] for name, column in vars(self).items()})

    @staticmethod
    def concat(parts: "list[Positions]") -> "Positions":
        """Several tables one after another."""
        names = Positions.__dataclass_fields__
        return Positions(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


@dataclass(frozen=True)
class Static:
    """One static and voyage-related report (type 5)."""

    at_s: float
    mmsi: int
    imo: int
    callsign: str
    name: str
    ship_type: int
    to_bow_m: int
    to_stern_m: int
    to_port_m: int
    to_starboard_m: int
    draught_m: float
    destination: str
    eta: tuple[int, int, int, int]
    """Month, day, hour, minute in UTC; (0, 0, 24, 60) where unknown."""


def position_lines(table: Positions) -> list[bytes]:
    """One timestamped ``!AIVDM`` line of type 1 per row.

    Examples:
        >>> one = Positions(
        ...     at_s=np.array([0.0]), mmsi=np.array([299000001]), lon=np.array([125.4]),
        ...     lat=np.array([38.7]), sog_kn=np.array([np.nan]), cog_deg=np.array([np.nan]),
        ...     heading_deg=np.array([np.nan]), rot_deg_min=np.array([np.nan]),
        ...     nav_status=np.array([5]))
        >>> position_lines(one)
        [b'1970-01-01 00:00:00, !AIVDM,1,1,,A,14M9PhEP?w`v2B0F9?8>4?v00000,0*6F']

    """
    if not len(table.at_s):
        return []
    payload = _armour(_position_bits(table))
    count = len(payload)
    channel = np.where(np.arange(count) % 2 == 0, ord("A"), ord("B")).astype(np.uint8)[:, None]
    sentence = np.hstack(
        [
            _fixed(b"!AIVDM,1,1,,", count),
            channel,
            _fixed(b",", count),
            payload,
            _fixed(b",0", count),
        ]
    )
    lines = np.hstack([_stamps(table.at_s), sentence, _checksums(sentence)])
    return [row.tobytes() for row in lines]


def static_lines(reports: list[Static]) -> list[bytes]:
    """Two timestamped ``!AIVDM`` sentences per report, joined by a newline."""
    if not reports:
        return []
    payload = _armour(_static_bits(reports))
    stamps = _stamps(np.array([report.at_s for report in reports]))
    count = len(reports)
    sequence = (np.arange(count) % 10 + ord("0")).astype(np.uint8)[:, None]
    halves = []
    for part, piece, fill in ((b"1", payload[:, :60], b"0"), (b"2", payload[:, 60:], b"2")):
        head, channel = _fixed(b"!AIVDM,2," + part + b",", count), _fixed(b",A,", count)
        sentence = np.hstack([head, sequence, channel, piece, _fixed(b"," + fill, count)])
        halves.append(np.hstack([stamps, sentence, _checksums(sentence)]))
    lines = np.hstack([halves[0], _fixed(b"\n", count), halves[1]])
    return [row.tobytes() for row in lines]


def _position_bits(table: Positions) -> ByteArray:
    rot = table.rot_deg_min
    rot_code = np.sign(rot) * np.round(4.733 * np.sqrt(np.abs(np.nan_to_num(rot))))
    fields: list[tuple[FloatArray | NDArray[np.int64] | int, int]] = [
        (1, 6),
        (0, 2),
        (table.mmsi, 30),
        (table.nav_status, 4),
        (np.where(np.isnan(rot), -128, np.clip(np.nan_to_num(rot_code), -126, 126)), 8),
        (_scaled(table.sog_kn, 10, top=1022, unknown=1023), 10),
        (1, 1),
        (np.round(table.lon * 600_000), 28),
        (np.round(table.lat * 600_000), 27),
        (_scaled(table.cog_deg % 360, 10, top=3599, unknown=3600), 12),
        (_scaled(table.heading_deg % 360, 1, top=359, unknown=511), 9),
        (table.at_s.astype(np.int64) % 60, 6),
        (0, 2),
        (0, 3),
        (0, 1),
        (0, 19),
    ]
    count = len(table.at_s)
    return np.hstack([_bits(np.broadcast_to(value, (count,)), width) for value, width in fields])


def _static_bits(reports: list[Static]) -> ByteArray:
    def column(name: str) -> NDArray[np.int64]:
        return np.array([getattr(report, name) for report in reports], dtype=np.int64)

    eta = np.array([report.eta for report in reports], dtype=np.int64)
    draught = np.array([round(report.draught_m * 10) for report in reports], dtype=np.int64)
    nothing = np.zeros(len(reports), np.int64)
    parts = [
        _bits(nothing + 5, 6), _bits(nothing, 2), _bits(column("mmsi"), 30), _bits(nothing, 2),
        _bits(column("imo"), 30), _texts([r.callsign for r in reports], 7),
        _texts([r.name for r in reports], 20), _bits(column("ship_type"), 8),
        _bits(column("to_bow_m"), 9), _bits(column("to_stern_m"), 9),
        _bits(column("to_port_m"), 6), _bits(column("to_starboard_m"), 6), _bits(nothing + 1, 4),
        _bits(eta[:, 0], 4), _bits(eta[:, 1], 5), _bits(eta[:, 2], 5), _bits(eta[:, 3], 6),
        _bits(draught, 8), _texts([r.destination for r in reports], 20), _bits(nothing, 4),
    ]  # fmt: skip
    return np.hstack(parts)


def _scaled(values: FloatArray, per_unit: float, *, top: int, unknown: int) -> FloatArray:
    """Codes of measured values; rounding up to a reserved code is held one below it."""
    code = np.minimum(np.round(np.nan_to_num(values) * per_unit), top)
    return np.where(np.isnan(values), unknown, code)


def _bits(values: FloatArray | NDArray[np.int64], width: int) -> ByteArray:
    """Two's-complement bits, most significant first; shape (n, width)."""
    whole = values.astype(np.int64)[:, None]
    shifts = np.arange(width - 1, -1, -1, dtype=np.int64)
    bits: ByteArray = ((whole >> shifts) & 1).astype(np.uint8)
    return bits


def _texts(texts: list[str], characters: int) -> ByteArray:
    """Six-bit characters, padded with '@'; shape (n, 6 x characters)."""
    padded = [text.upper()[:characters].ljust(characters, "@") for text in texts]
    codes = np.array([[_SIXBIT[c] for c in text] for text in padded], dtype=np.int64)
    return _bits(codes.reshape(-1), 6).reshape(len(texts), -1)


def _armour(bits: ByteArray) -> ByteArray:
    """Six bits to a printable character; the last is padded with zeros."""
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 6)))
    groups = padded.reshape(len(bits), -1, 6)
    code = (groups @ np.array([32, 16, 8, 4, 2, 1], dtype=np.uint8)).astype(np.uint8)
    armoured: ByteArray = np.where(code < 40, code + 48, code + 56).astype(np.uint8)
    return armoured


def _checksums(sentence: ByteArray) -> ByteArray:
    """``*hh`` of the bytes between '!' and '*'; shape (n, 3)."""
    xor = np.bitwise_xor.reduce(sentence[:, 1:], axis=1)
    digits = np.frombuffer(b"0123456789ABCDEF", np.uint8)
    star = np.full(len(xor), ord("*"), np.uint8)
    return np.stack([star, digits[xor >> 4], digits[xor & 15]], axis=1)


def _fixed(text: bytes, count: int) -> ByteArray:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (count, len(text)))


def _stamps(at_s: FloatArray) -> ByteArray:
    """``YYYY-MM-DD HH:MM:SS, `` in UTC; shape (n, 21)."""
    text = np.datetime_as_string(at_s.astype("datetime64[s]"), unit="s").astype("S19")
    stamps = np.frombuffer(text.tobytes(), np.uint8).reshape(len(at_s), 19).copy()
    stamps[:, 10] = ord(" ")
    return np.hstack([stamps, _fixed(b", ", len(at_s))])
