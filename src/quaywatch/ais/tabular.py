"""From a table in a known dialect to the lake's tables; CSV, JSON and Parquet all end here.

Rules, the same for every dialect:

* A cell that is neither readable nor a text for "unknown" rejects its row (``cell-unreadable``).
* "Not available" codes and values that no transponder can send (course 360, heading 511, speed
  102.3 kn, speed 63 kn in message 27) are null. One half of a position alone is no position.
* A position that is given but not on Earth rejects its row.
* A row of a static message (5, 24) gives a static row. Where identity is repeated beside every
  position, a static row is given when it differs from the one before it of the same MMSI.
"""

from dataclasses import dataclass

import polars as pl

from quaywatch.ais.dialects import Column, Dialect
from quaywatch.ais.meaning import MMSI_MAX
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME, conform
from quaywatch.ais.timestamps import implausible, local_to_utc

SUPPORTED_TYPES = (1, 2, 3, 4, 5, 18, 19, 24, 27)
STATIC_TYPES = (5, 24)
_NUMBERS = (
    "mmsi", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "rot_deg_min", "nav_status",
    "msg_type", "imo", "ship_type", "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m",
    "length_m", "beam_m", "draught_m",
)  # fmt: skip
_TEXTS = ("transponder", "receiver", "station", "name", "callsign", "destination", "eta")
_TIMES = ("at", "received_at")
_IDENTITY = (
    "imo", "name", "callsign", "ship_type", "to_bow_m", "to_stern_m", "to_port_m",
    "to_starboard_m", "draught_m", "destination", "eta",
)  # fmt: skip
_PREFIXES = {"imo": r"(?i)^IMO\s*", "msg_type": r"(?i)^AIS\."}
_SHIP_TYPE_MAX, _DIMENSION_MAX, _IMO_MAX = 255, 1022, 2**30 - 1

Memory = pl.DataFrame
"""The last identity seen of each MMSI, as (mmsi, identity hash)."""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """What a table of texts says."""

    positions: pl.DataFrame
    statics: pl.DataFrame
    rejects: pl.DataFrame
    """``record``, ``reason``, ``detail``."""
    memory: Memory


def no_memory() -> Memory:
    """What is known before the first row.

    Examples:
        >>> no_memory().height
        0

    """
    return pl.DataFrame(schema={"mmsi": pl.UInt32, "identity": pl.UInt64})


def nothing_said(memory: Memory) -> Interpreted:
    """What no rows say.

    Examples:
        >>> nothing_said(no_memory()).positions.height
        0

    """
    rejects = {name: REJECTS_FRAME[name] for name in ("record", "reason", "detail")}
    return Interpreted(
        positions=pl.DataFrame(schema=POSITIONS_FRAME),
        statics=pl.DataFrame(schema=STATICS_FRAME),
        rejects=pl.DataFrame(schema=rejects),
        memory=memory,
    )


def _cleaned(texts: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    """Blanks off; texts for "unknown" become null. Columns that are no text stay as they are."""
    cell = pl.col(pl.String)
    clean = texts.with_columns(cell.str.strip_chars())
    return clean.with_columns(pl.when(~cell.str.to_lowercase().is_in(dialect.unknown)).then(cell))


def _number(
    name: str, column: Column, dialect: Dialect, dtype: pl.DataType | None = None
) -> pl.Expr:
    cell = pl.col(name)
    if dtype is not None and dtype != pl.String:
        value = cell.cast(pl.Float64, strict=False)
        return pl.when(value.is_finite()).then(value * column.scale)
    if name in _PREFIXES:
        cell = cell.str.replace(_PREFIXES[name], "")
    if dialect.decimal != ".":
        cell = cell.str.replace(dialect.decimal, ".", literal=True)
    value = cell.cast(pl.Float64, strict=False)
    value = pl.when(value.is_finite()).then(value)
    if column.meanings is not None:
        listed = {k: float(v) for k, v in column.meanings.items() if not isinstance(v, str)}
        text = pl.col(name).str.to_lowercase()
        value = value.fill_null(text.replace_strict(listed, default=None, return_dtype=pl.Float64))
    return value * column.scale if column.scale != 1.0 else value


def _text(name: str, column: Column) -> pl.Expr:
    if column.meanings is None:
        return pl.col(name)
    listed = {k: str(v) for k, v in column.meanings.items()}
    lower = pl.col(name).str.to_lowercase()
    return lower.replace_strict(listed, default=None, return_dtype=pl.String)


def _times(cells: pl.Series, dialect: Dialect, timezone: str | None) -> tuple[pl.Series, pl.Series]:
    """UTC instants, and a reason where a text gives none."""
    at = pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(cells))
    why = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    if isinstance(cells.dtype, pl.Datetime):
        if cells.dtype.time_zone is None:
            return local_to_utc(cells, dialect.timezone or timezone)
        return cells.dt.convert_time_zone("UTC").dt.cast_time_unit("us"), why
    if cells.dtype.is_numeric():
        cells = cells.cast(pl.Float64)
        cells = cells.set(cells.is_nan(), None)
    elif cells.dtype != pl.String:
        cells = cells.cast(pl.String)
    for form in dialect.time_formats:
        left = cells.set(at.is_not_null() | why.is_not_null(), None)
        if left.null_count() == len(left):
            break
        if form == "epoch":
            seconds = left.cast(pl.Float64, strict=False)
            seconds = seconds.set(~seconds.is_finite() | (seconds.abs() > 1e11), None)
            found = (seconds * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
        elif left.dtype != pl.String:
            continue
        elif "z" in form:
            parsed = left.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
            found = parsed
        else:
            naive = left.str.to_datetime(form, time_unit="us", strict=False)
            found, reason = local_to_utc(naive, dialect.timezone or timezone)
            why = why.zip_with(why.is_not_null(), reason)
        at = at.zip_with(at.is_not_null(), found)
    unread = cells.is_not_null() & at.is_null() & why.is_null()
    return at, why.set(unread, "timestamp-unreadable")


def vocabulary(name: str, cells: pl.Series, dialect: Dialect) -> tuple[pl.Series, pl.Series]:
    """What each of a few different cells of one column means, and which of them bar their row.

    The same rules as in ``interpret``, for a caller that looks each text up once.

    Args:
        name: ``nav_status``, ``msg_type``, ``transponder``, ``receiver`` or ``station``.
        cells: texts.
        dialect: how they read.

    Returns:
        Float64 or String values, null where not known; and True where a row that holds such a
        cell is rejected.

    Examples:
        >>> from quaywatch.ais.dialects import SBARC
        >>> cells = pl.Series(["3", "", "15", "x"])
        >>> [column.to_list() for column in vocabulary("nav_status", cells, SBARC)]
        [[3.0, None, None, None], [False, False, False, True]]

    """
    column, clean = dialect.columns[name], _cleaned(cells.alias(name).to_frame(), dialect)
    if name in _TEXTS:
        values = clean.select(_text(name, column)).to_series()
        values = values.set((values == "").fill_null(value=False), None)
        bad = pl.Series([False]).new_from_index(0, len(cells))
        if name == "transponder" and dialect.unwanted:
            bad = (
                clean[name].str.to_lowercase().is_in(list(dialect.unwanted)).fill_null(value=False)
            )
        return values, bad
    values = clean.select(_number(name, column, dialect).alias(name)).to_series()
    unread = clean[name].is_not_null() & values.is_null()
    bad = unread if column.meanings is None else unread & False
    if name == "nav_status":
        values = values.to_frame().select(_known("nav_status", 0, 15)).to_series()
    return values, bad


def _typed(texts: pl.DataFrame, dialect: Dialect, context: NmeaContext) -> pl.DataFrame:
    """Every column in its type, and ``reason``/``detail`` of rows that cannot be taken."""
    clean = _cleaned(texts, dialect)
    present = [name for name in dialect.columns if name in clean.columns]
    numeric = [name for name in present if name in _NUMBERS]
    textual = [name for name in present if name in _TEXTS]
    values = clean.with_columns(
        *(
            _number(name, dialect.columns[name], dialect, clean.schema[name]).alias(name)
            for name in numeric
        ),
        *(_text(name, dialect.columns[name]).alias(name) for name in textual),
    )
    # A vocabulary that does not list a text leaves it unknown; any other cell must be readable.
    strict = [
        name
        for name in numeric
        if dialect.columns[name].meanings is None and clean.schema[name] == pl.String
    ]
    nothing = pl.Series([""]).new_from_index(0, clean.height)
    unread = pl.concat_list(
        pl.lit(None, dtype=pl.String),
        *(
            pl.when(pl.col(name).is_not_null() & values[name].is_null()).then(
                pl.format("{}={}", pl.lit(dialect.columns[name].names[0]), pl.col(name))
            )
            for name in strict
        ),
    ).list.drop_nulls()
    detail = clean.select(unread.list.join("; ")).to_series() if strict else nothing
    reason = pl.Series([None], dtype=pl.String).new_from_index(0, clean.height)
    reason = reason.set(detail != "", "cell-unreadable")
    if "transponder" in clean.columns and dialect.unwanted:
        kinds = clean["transponder"].str.to_lowercase()
        named = kinds.replace_strict(dict(dialect.unwanted), default=None, return_dtype=pl.String)
        reason = reason.zip_with(reason.is_not_null(), named)
    for name in _TIMES:
        if name in present:
            at, why = _times(clean[name], dialect, context.timezone)
            values = values.with_columns(at.alias(name))
            reason = reason.zip_with(reason.is_not_null(), why)
    return values.with_columns(reason=reason, detail=detail.set(detail == "", None))


def _lacking(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the columns that this file does not have, as null."""
    wanted: dict[str, pl.DataType] = dict.fromkeys(_NUMBERS, pl.Float64())
    wanted |= dict.fromkeys(_TEXTS, pl.String())
    wanted |= dict.fromkeys(_TIMES, pl.Datetime("us", "UTC"))
    return frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in wanted.items()
        if name not in frame.columns
    )


def _known(name: str, low: float, high: float) -> pl.Expr:
    """The column where it lies in [low, high), else null."""
    value = pl.col(name)
    return pl.when((value >= low) & (value < high)).then(value).alias(name)


def _unknowns() -> list[pl.Expr]:
    """Codes and impossible values to null."""
    given = (pl.col("lon") != 181) & (pl.col("lat") != 91)
    slow = (pl.col("msg_type") != 27).fill_null(value=True) | (pl.col("sog_kn") < 62.95)
    return [
        pl.when(given).then(pl.col("lon")).alias("lon"),
        pl.when(given).then(pl.col("lat")).alias("lat"),
        pl.when(slow & (pl.col("sog_kn") >= 0) & (pl.col("sog_kn") < 102.25)).then("sog_kn"),
        pl.col("msg_type").cast(pl.Int64),
        _known("cog_deg", 0, 360),
        _known("heading_deg", 0, 360),
        _known("rot_deg_min", -710, 710),
        _known("nav_status", 0, 15),
        _known("ship_type", 1, _SHIP_TYPE_MAX + 1),
        _known("imo", 1, _IMO_MAX + 1),
        _known("draught_m", 0.05, 25.55),
        *(_known(name, 0, _DIMENSION_MAX + 1) for name in _NUMBERS if name.startswith("to_")),
        *(_known(name, 0.5, _DIMENSION_MAX + 1) for name in ("length_m", "beam_m")),
        *(pl.when(pl.col(n) != "").then(pl.col(n)).alias(n) for n in _TEXTS),
    ]


def _dimensions() -> list[pl.Expr]:
    """Antenna to hull where given; else length and beam by the convention 0/length (M.1371-5)."""
    made = []
    for a, b, whole in (
        ("to_bow_m", "to_stern_m", "length_m"),
        ("to_port_m", "to_starboard_m", "beam_m"),
    ):
        given = (pl.col(a) + pl.col(b)) > 0
        only = pl.col(whole).is_not_null()
        made += [
            pl.when(given).then(pl.col(a)).when(only).then(0.0).round().alias(a),
            pl.when(given).then(pl.col(b)).when(only).then(pl.col(whole)).round().alias(b),
        ]
    return made


def _judged(frame: pl.DataFrame, context: NmeaContext) -> pl.DataFrame:
    """Add the reasons that depend on what the values say."""
    early = implausible(frame["at"], received_before=context.received_before)
    mmsi, kind = pl.col("mmsi"), pl.col("msg_type")
    whole = mmsi.is_between(1, MMSI_MAX) & (mmsi == mmsi.floor())
    outside = (pl.col("lon").abs() > 180) | (pl.col("lat").abs() > 90)
    located = pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    checks = (
        pl.when(pl.col("reason").is_not_null())
        .then(pl.col("reason"))
        .when(~whole.fill_null(value=False))
        .then(pl.lit("mmsi-invalid"))
        .when(early)
        .then(pl.lit("time-implausible"))
        .when(kind.is_not_null() & ~kind.is_in(SUPPORTED_TYPES))
        .then(pl.format("unsupported-type-{}", kind))
        .when(located & outside)
        .then(pl.lit("position-out-of-range"))
    )
    return frame.with_columns(reason=checks)


def _eta(dialect: Dialect) -> pl.Expr:
    if dialect.eta_format is None:
        return pl.col("eta")
    parsed = pl.col("eta").str.to_datetime(dialect.eta_format, time_unit="us", strict=False)
    return parsed.dt.strftime("%m-%d %H:%M").alias("eta")


def _class_of_type() -> pl.Expr:
    """Class of the transponder where only the message number tells it."""
    kind = pl.col("msg_type")
    said = pl.when(kind.is_in([1, 2, 3, 5])).then(pl.lit("A"))
    return pl.col("transponder").fill_null(said.when(kind.is_in([18, 19, 24])).then(pl.lit("B")))


def _changed(taken: pl.DataFrame, memory: Memory) -> tuple[pl.DataFrame, Memory]:
    """The rows that say something new about who the transponder is."""
    says = pl.any_horizontal(pl.col(name).is_not_null() for name in _IDENTITY)
    message = pl.col("msg_type").is_in([*STATIC_TYPES, 19]).fill_null(value=False)
    rows = taken.filter(says | message).with_columns(identity=pl.struct(_IDENTITY).hash(seed=0))
    before = pl.col("identity").shift(1).over("mmsi")
    rows = rows.join(memory, on="mmsi", how="left", suffix="_seen", maintain_order="left")
    new = (pl.col("identity") != before.fill_null(pl.col("identity_seen"))).fill_null(value=True)
    last = rows.select("mmsi", "identity").group_by("mmsi", maintain_order=True).last()
    kept = rows.filter(message | new)
    return kept, memory.join(last, on="mmsi", how="anti").vstack(last)


def interpret(
    texts: pl.DataFrame, dialect: Dialect, context: NmeaContext, memory: Memory
) -> Interpreted:
    """Read a table as AIS.

    Args:
        texts: columns named as ours (``lon``, ``length_m``…; see ``dialects.COLUMNS``), of
            String or of a type of their own (numbers, instants), and ``record``.
        dialect: how the cells read.
        context: what the file does not say.
        memory: what the previous call on this source returned, or ``no_memory()``.

    Raises:
        TimezoneMissingError: neither the file, the dialect nor the context names a zone.

    Examples:
        >>> from quaywatch.ais.dialects import SBARC
        >>> texts = pl.DataFrame({
        ...     "record": [2], "mmsi": ["355658000"], "at": ["2018-06-01T00:00:00.633Z"],
        ...     "lon": ["181"], "lat": ["91"], "sog_kn": ["102.3"], "name": ["SM SEAHAWK"],
        ... })
        >>> said = interpret(texts, SBARC, NmeaContext("example"), no_memory())
        >>> said.positions.select("mmsi", "lon", "lat", "sog_kn").row(0), said.statics["name"][0]
        ((355658000, None, None, None), 'SM SEAHAWK')

    """
    typed = _lacking(_typed(texts, dialect, context)).with_columns(_unknowns())
    judged = _judged(typed, context)
    rejects = judged.filter(pl.col("reason").is_not_null()).select("record", "reason", "detail")
    taken = (
        judged.filter(pl.col("reason").is_null())
        .with_columns(*_dimensions(), _eta(dialect), _class_of_type())
        .with_columns(
            pl.col("mmsi").cast(pl.UInt32),
            receiver=pl.col("receiver").fill_null(pl.lit(context.receiver, dtype=pl.String)),
            source_id=pl.lit(context.source_id),
        )
    )
    static = pl.col("msg_type").is_in(STATIC_TYPES).fill_null(value=False)
    statics, memory = _changed(taken, memory)
    return Interpreted(
        positions=conform(taken.filter(~static), POSITIONS_FRAME),
        statics=conform(statics, STATICS_FRAME),
        rejects=rejects,
        memory=memory,
    )
