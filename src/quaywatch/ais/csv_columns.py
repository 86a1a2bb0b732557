"""Blocks of CSV to the contract's columns by the compiled scan, and what it leaves to the long way.

The scan reads plain rows (``csv_scan``). Here the few different texts of its word columns are
looked up, local times become UTC, and the rows whose reading needs judgement are told apart: those
that the scan could not read, and those whose identity cells changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais import csv_cells
from quaywatch.ais import csv_scan as cs
from quaywatch.ais.dialects import Dialect
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import POSITIONS_FRAME
from quaywatch.ais.tabular import STATIC_TYPES, SUPPORTED_TYPES, vocabulary
from quaywatch.ais.timestamps import AT, EARLIEST, local_to_utc

_FORMS = {
    "%Y-%m-%dT%H:%M:%S%.f%#z": csv_cells.ISO_OFFSET, "%Y-%m-%dT%H:%M:%S%.f": csv_cells.ISO_T,
    "%Y-%m-%d %H:%M:%S%.f": csv_cells.ISO_SPACE, "%d/%m/%Y %H:%M:%S": csv_cells.DAY_FIRST,
    "epoch": csv_cells.EPOCH,
}  # fmt: skip
_ROLES = {
    "mmsi": cs.MMSI, "at": cs.TIME, "received_at": cs.RECEIVED, "lon": cs.NUMBER + cs.LON,
    "lat": cs.NUMBER + cs.LAT, "sog_kn": cs.NUMBER + cs.SOG, "cog_deg": cs.NUMBER + cs.COG,
    "heading_deg": cs.NUMBER + cs.HEADING, "rot_deg_min": cs.NUMBER + cs.ROT,
}  # fmt: skip
_WORDS = ("nav_status", "msg_type", "transponder", "receiver", "station")
_POWERS = np.array([10.0**i for i in range(18)])
_PLAIN_TYPES = [kind for kind in SUPPORTED_TYPES if kind not in {*STATIC_TYPES, 19}]
"""Messages of which a row is a position and, where identity stands beside it, no message of it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the compiled scan is to read a file's columns."""

    roles: NDArray[np.int64]
    scales: NDArray[np.float64]
    words: tuple[str, ...]
    """Our names of the word columns, by their number."""
    delimiter: int
    point: int
    forms: int
    unknown: NDArray[np.uint8]
    unknown_ends: NDArray[np.int64]
    digits_unknown: bool


def layout_of(header: list[str], wanted: Mapping[str, str], dialect: Dialect) -> Layout | None:
    """How to scan these columns, or None where only the long way can read them.

    Args:
        header: the file's columns.
        wanted: our column → theirs.
        dialect: how the cells read.

    """
    places = {ours: header.index(theirs) for ours, theirs in wanted.items()}
    columns = dialect.columns
    plain = (
        len(set(places.values())) == len(places)
        and all(len(c) == 1 and c.isascii() for c in (dialect.delimiter, dialect.decimal))
        and all(form in _FORMS for form in dialect.time_formats)
        and columns["mmsi"].scale == 1.0
        and all(columns[ours].meanings is None for ours in wanted if ours in _ROLES)
    )
    if not plain:
        return None
    roles = np.zeros(len(header), np.int64)
    scales = np.ones(6)
    words = tuple(name for name in _WORDS if name in wanted)
    for ours, place in places.items():
        if ours in words:
            roles[place] = cs.WORD + words.index(ours)
        else:
            roles[place] = _ROLES.get(ours, cs.IDENTITY)
        if roles[place] >= cs.NUMBER:
            scales[roles[place] - cs.NUMBER] = columns[ours].scale
    texts = [text.encode() for text in dialect.unknown]
    return Layout(
        roles=roles,
        scales=scales,
        words=words,
        delimiter=ord(dialect.delimiter),
        point=ord(dialect.decimal),
        forms=sum({_FORMS[form] for form in dialect.time_formats}),
        unknown=np.frombuffer(b"".join(texts), np.uint8),
        unknown_ends=np.cumsum([len(text) for text in texts], dtype=np.int64),
        digits_unknown=any(c.isdigit() for text in dialect.unknown for c in text),
    )


class Scanned:
    """The lines of one block after the scan."""

    def __init__(self, block: bytes, layout: Layout, room: int = 0) -> None:
        self.layout, self.block = layout, block
        # A guess from the block before is enough, or the lines are counted.
        if not room or not self._scan(room):
            self._scan(block.count(b"\n") + 1)
        self.meaning: dict[str, pl.Series] = {}

    def _scan(self, room: int) -> bool:
        layout = self.layout
        status, identity = np.empty(room, np.uint8), np.empty(room, np.uint64)
        spans, mmsi = np.empty((room, 2), np.int64), np.empty(room, np.int64)
        times, local = np.empty((2, room), np.int64), np.zeros((2, room), np.uint8)
        numbers, words = np.empty((6, room)), np.empty((len(layout.words), room), np.int16)
        for column, role in ((0, cs.TIME), (1, cs.RECEIVED)):
            if role not in layout.roles:
                times[column] = csv_cells.NO_TIME
        for column in range(len(numbers)):
            if cs.NUMBER + column not in layout.roles:
                numbers[column] = np.nan
        self._places = np.empty((len(layout.words), csv_cells.WORDS, 2), np.int64)
        self._known = np.zeros(len(layout.words), np.int64)
        found = cs.scan(
            np.frombuffer(self.block, np.uint8), layout.roles, layout.scales, layout.delimiter,
            layout.point, layout.forms, layout.unknown, layout.unknown_ends,
            layout.digits_unknown, _POWERS, status, spans, mmsi, times, local, numbers, words,
            self._places, self._known, identity,
        )  # fmt: skip
        if found < 0:
            return False
        self.status, self.spans, self.mmsi = status[:found], spans[:found], mmsi[:found]
        self.times, self.local = times[:, :found], local[:, :found]
        self.numbers, self.words = numbers[:, :found], words[:, :found]
        self.identity = identity[:found]
        return True

    def judge(self, dialect: Dialect, context: NmeaContext) -> None:
        """Give the words and times their meaning; rows that would be rejected become odd.

        Raises:
            TimezoneMissingError: times name no zone, and nobody else does.

        """
        long_range = np.zeros(len(self.status), np.uint8)
        for number, name in enumerate(self.layout.words):
            spans = self._places[number, : self._known[number]].tolist()
            cells = [self.block[start:end].decode() for start, end in spans]
            values, bad = vocabulary(name, pl.Series(cells, dtype=pl.String), dialect)
            codes = self.words[number]
            if name == "msg_type":
                kinds = values.cast(pl.Int64)
                bad |= (kinds.is_not_null() & ~kinds.is_in(_PLAIN_TYPES)).fill_null(value=False)
                far = (values == 27).fill_null(value=False)  # message 27
                if far.any():
                    long_range = _looked_up(far.to_numpy(), codes).astype(np.uint8)
            if bad.any():
                self.status[_looked_up(bad.to_numpy(), codes)] = cs.ODD
            self.meaning[name] = values.set(bad, None)
        self._place_times(dialect, context)
        cs.settle(self.status, self.numbers, long_range)

    def _place_times(self, dialect: Dialect, context: NmeaContext) -> None:
        zone = dialect.timezone or context.timezone
        for times, local in zip(self.times, self.local, strict=True):
            if zone != "UTC" and local.any():
                bare = np.flatnonzero((local == 1) & (times != csv_cells.NO_TIME))
                naive = pl.Series(times[bare]).cast(pl.Datetime("us"))
                at, why = local_to_utc(naive, zone)
                self.status[bare[why.is_not_null().to_numpy()]] = cs.ODD
                times[bare] = at.cast(pl.Int64).fill_null(csv_cells.NO_TIME).to_numpy()
        at = self.times[0]
        early = (at < _microseconds(EARLIEST)) & (at != csv_cells.NO_TIME)
        if context.received_before is not None:
            early |= at >= _microseconds(context.received_before)
        self.status[early & (self.status == cs.PLAIN)] = cs.ODD

    def positions(self, context: NmeaContext, first_line: int) -> pl.DataFrame:
        """The plain rows."""
        plain = self.status == cs.PLAIN
        rows: NDArray[np.intp] | slice = slice(None) if plain.all() else np.flatnonzero(plain)
        lines = np.arange(len(plain), dtype=np.uint64)[rows]
        height = len(lines)
        numbers = {
            name: _known(self.numbers[_ROLES[name] - cs.NUMBER][rows], POSITIONS_FRAME[name])
            for name in ("lon", "lat", "sog_kn", "cog_deg", "heading_deg", "rot_deg_min")
        }
        kinds = self._word("msg_type", rows, height)
        said = {name: self._word(name, rows, height) for name in _WORDS[2:]}
        said["transponder"] = self._transponder(said["transponder"], rows, height)
        if context.receiver is not None:
            said["receiver"] = said["receiver"].fill_null(context.receiver)
        return pl.DataFrame(
            {
                "mmsi": pl.Series(self.mmsi[rows].astype(np.uint32)),
                "at": _instants(self.times[0][rows]),
                **numbers,
                "nav_status": self._word("nav_status", rows, height),
                "msg_type": kinds,
                **said,
                "received_at": _instants(self.times[1][rows]),
                "source_id": _constant(context.source_id, height),
                "record": pl.Series(lines + np.uint64(first_line)),
            },
            schema=POSITIONS_FRAME,
        )

    def _word(self, name: str, rows: NDArray[np.intp] | slice, height: int) -> pl.Series:
        dtype = POSITIONS_FRAME[name]
        if name not in self.meaning:
            return pl.Series([None], dtype=dtype).new_from_index(0, height)
        return _gathered(self.meaning[name].cast(dtype), self._codes(name)[rows])

    def _codes(self, name: str) -> NDArray[np.int16]:
        codes: NDArray[np.int16] = self.words[self.layout.words.index(name)]
        return codes

    def _transponder(
        self, said: pl.Series, rows: NDArray[np.intp] | slice, height: int
    ) -> pl.Series:
        """Where the file does not give the class, the message number may."""
        if "msg_type" not in self.meaning or not said.null_count():
            return said
        kinds = self.meaning["msg_type"].cast(pl.Int64)
        class_of = pl.Series([_CLASSES.get(kind) for kind in kinds.to_list()], dtype=pl.String)
        told = _gathered(class_of, self._codes("msg_type")[rows])
        return told if said.null_count() == height else said.zip_with(said.is_not_null(), told)


_CLASSES = {1: "A", 2: "A", 3: "A", 18: "B"}


class Identities:
    """What each MMSI last said of itself, over the blocks of one source, as hashes of its cells.

    And how long lines are.
    """

    def __init__(self) -> None:
        self._keys = np.zeros(1 << 16, np.uint32)
        self._seen = np.zeros(1 << 16, np.uint64)
        self._counts = np.zeros(1, np.int64)
        self._bytes_a_line = 0.0

    def lines_of(self, block: bytes) -> int:
        """About how many lines a block has, from the one before; 0 for the first."""
        return int(1.1 * len(block) / self._bytes_a_line) if self._bytes_a_line else 0

    def changed(self, scanned: Scanned) -> NDArray[np.uint8]:
        """Which plain rows may say something new."""
        self._bytes_a_line = max(1.0, len(scanned.block) / max(1, len(scanned.status)))
        out = np.zeros(len(scanned.status), np.uint8)
        cs.changes(
            scanned.status, scanned.mmsi, scanned.identity, self._keys, self._seen, self._counts,
            out,
        )  # fmt: skip
        if self._counts[0] * 2 > len(self._keys):
            # Forgetting asks again, which costs time and changes nothing.
            self._keys = np.zeros(4 * len(self._keys), np.uint32)
            self._seen = np.zeros(len(self._keys), np.uint64)
            self._counts[0] = 0
        return out

    def forget(self, identities: NDArray[np.uint64]) -> None:
        """Ask again for those."""
        self._seen[np.isin(self._seen, identities)] = 0


def _microseconds(at: object) -> int:
    return int(pl.Series([at], dtype=AT).cast(pl.Int64)[0])


def _looked_up(flags: NDArray[np.bool_], codes: NDArray[np.int16]) -> NDArray[np.bool_]:
    """The flag of each row's word; False where it has none."""
    found: NDArray[np.bool_] = np.append(
        flags, np.zeros(csv_cells.WORDS + 1 - len(flags), np.bool_)
    )
    return found[codes]


def _gathered(values: pl.Series, codes: NDArray[np.int16]) -> pl.Series:
    """The value of each row's word; null where it has none."""
    if len(values) == 1 and codes.min(initial=0) >= 0:
        return values.new_from_index(0, len(codes))
    with_null = values.extend_constant(None, 1)
    return with_null.gather(np.where(codes < 0, len(values), codes).astype(np.uint32))


def _known(values: NDArray[np.float64], dtype: pl.DataType) -> pl.Series:
    column = pl.Series(values.astype(np.float32) if dtype == pl.Float32 else values)
    return column.fill_nan(None) if np.isnan(values).any() else column


def _instants(microseconds: NDArray[np.int64]) -> pl.Series:
    column = pl.Series(microseconds)
    missing = microseconds == csv_cells.NO_TIME
    return (column.set(pl.Series(missing), None) if missing.any() else column).cast(AT)


def _constant(text: str, height: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, height)
