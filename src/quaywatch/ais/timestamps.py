"""When: local clocks to UTC, and times that no receiver of AIS can have stamped."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.errors import TimezoneMissingError, TimezoneUnknownError

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before AIS was carried (SOLAS V/19 from 2002): an older stamp is a clock that was never set."""

AT = pl.Datetime("us", "UTC")


def instants(microseconds: NDArray[np.int64], known: NDArray[np.bool_]) -> pl.Series:
    """Microseconds since 1970 as UTC instants; null where not known.

    Examples:
        >>> instants(np.array([0, 5]), np.array([True, False])).to_list()
        [datetime.datetime(1970, 1, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), None]

    """
    return pl.Series(microseconds).cast(AT).set(pl.Series(~known), None)


def local_to_utc(local: pl.Series, timezone: str | None) -> tuple[pl.Series, pl.Series]:
    """Read wall-clock times of ``timezone`` as UTC instants.

    When clocks go back one hour happens twice: those times are ambiguous and stay unknown, as do
    the times that are skipped when clocks go forward. We do not guess from the order of lines,
    which merged logs do not keep.

    Args:
        local: naive datetimes, null where unknown.
        timezone: IANA name such as ``Europe/Paris``; None if the caller did not say.

    Returns:
        The instants, and for each a reason code (``time-ambiguous``, ``time-nonexistent``) or
        null.

    Raises:
        TimezoneMissingError: a time is given and ``timezone`` is None.
        TimezoneUnknownError: there is no such zone.

    Examples:
        >>> from datetime import datetime
        >>> times = [datetime(2016, 4, 1, 0, 0, 2), datetime(2016, 3, 27, 2, 30)]
        >>> at, reason = local_to_utc(pl.Series(times), "Europe/Paris")
        >>> at[0].isoformat(), reason.to_list()
        ('2016-03-31T22:00:02+00:00', [None, 'time-nonexistent'])

    """
    local = local.cast(pl.Datetime("us"))
    unresolved = pl.Series([None], dtype=pl.String).new_from_index(0, len(local))
    if local.null_count() == len(local):
        return local.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), unresolved
    if timezone is None:
        raise TimezoneMissingError(example=str(local.drop_nulls()[0]))
    frame = local.to_frame("local")
    zone = pl.col("local").dt
    try:
        found = frame.select(
            at=zone.replace_time_zone(
                timezone, ambiguous="null", non_existent="null"
            ).dt.convert_time_zone("UTC"),
            exists=zone.replace_time_zone(
                timezone, ambiguous="earliest", non_existent="null"
            ).is_not_null(),
        )
    except pl.exceptions.ComputeError as err:
        raise TimezoneUnknownError(timezone=timezone) from err
    reasons = found.with_columns(local).select(
        pl.when(pl.col("at").is_not_null() | pl.col(local.name).is_null())
        .then(None)
        .when(pl.col("exists"))
        .then(pl.lit("time-ambiguous"))
        .otherwise(pl.lit("time-nonexistent"))
    )
    return found["at"], reasons.to_series()


def implausible(at: pl.Series, *, received_before: datetime | None) -> pl.Series:
    """Where ``at`` is known and lies before AIS existed, or at or after ``received_before``.

    Args:
        at: UTC instants.
        received_before: a moment by which the file had been received; None for no bound. The
            caller's clock enters here and nowhere else.

    Examples:
        >>> from datetime import datetime, UTC
        >>> at = pl.Series([datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 19, tzinfo=UTC)])
        >>> implausible(at, received_before=datetime(2026, 1, 1, tzinfo=UTC)).to_list()
        [True, True]

    """
    early = at < EARLIEST
    late = at >= received_before if received_before is not None else early
    return (early | late).fill_null(value=False)
