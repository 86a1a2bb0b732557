"""What the fields of a message give away: T6 of the battery, and the rhythm of transmission.

A crude simulator sends a heading that is always the rounded course, a speed that never changes, a
rate of turn that is always zero, and a message at the same second of every minute. Plain equipment
does some of that too: each of these is weak, and is judged only against other ships of the data.

Source:
    Iphar et al. (2020), doi:10.1016/j.eswa.2020.113219; ITU-R M.1371-5 for the fields.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.ranks import quantile, turn_deg
from quaywatch.ais.integrity.windows import Windows
from quaywatch.ais.track import Codes, Floats, Indices, Singles, Tracks

UNDER_WAY_KN = 3.0
EVEN_SHARE = 0.02
"""An interval within 2% of the median is even with it."""
EVEN_S = 0.5
"""Or within this."""

FIELDS: Final = (
    "n_heading", "heading_is_cog", "n_same", "sog_same", "cog_same", "n_rot", "rot_zero",
    "n_second_of_minute", "same_second", "n_interval", "even_interval", "n_class_a", "n_class_b",
    "n_long_range", "n_terrestrial", "n_satellite",
)  # fmt: skip
"""What ``fields`` measures of each window, NaN where there was nothing to measure.

``heading_is_cog``: share of fixes under way whose heading is the course rounded. ``sog_same``,
``cog_same``: share of successive fixes under way that report exactly the same. ``rot_zero``: share
of zero rates of turn while the course turns. ``same_second``: share of the commonest second of the
minute. ``even_interval``: share of intervals that equal the median. The rest count messages.
"""


def fields(tracks: Tracks, windows: Windows) -> dict[str, Floats]:
    """``FIELDS`` of every window, each an array of its own.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady()
        >>> found = fields(track, windows_of(track))
        >>> float(found["heading_is_cog"][0]), float(found["even_interval"][0])
        (1.0, 1.0)

    """
    table = _fields(
        windows.order, windows.bounds, windows.dt_s, tracks.at_us, tracks.sog_kn, tracks.cog_deg,
        tracks.heading_deg, tracks.rot_deg_min, tracks.msg_type, tracks.transponder,
        tracks.receiver,
    )  # fmt: skip
    return {name: table[:, i] for i, name in enumerate(FIELDS)}


@compiled
def _fields(
    order: Indices,
    bounds: Indices,
    dt: Floats,
    at_us: Indices,
    sog: Singles,
    cog: Singles,
    heading: Singles,
    rot: Singles,
    msg_type: Codes,
    transponder: Codes,
    receiver: Codes,
) -> NDArray[np.float64]:
    """One row a window, columns of ``FIELDS``."""
    out = np.full((len(bounds) - 1, 16), np.nan)
    longest = 1
    for w in range(len(bounds) - 1):
        longest = max(longest, bounds[w + 1] - bounds[w])
    buffer = np.empty(longest)
    for w in range(len(bounds) - 1):
        part, row = order[bounds[w] : bounds[w + 1]], out[w]
        _headings(part, dt[bounds[w] : bounds[w + 1]], sog, cog, heading, rot, row)
        _rhythm(part, dt[bounds[w] : bounds[w + 1]], at_us, buffer, row)
        _kinds(part, msg_type, transponder, receiver, row)
    return out


@compiled
def _headings(
    order: Indices,
    dt: Floats,
    sog: Singles,
    cog: Singles,
    heading: Singles,
    rot: Singles,
    row: Floats,
) -> None:
    """Fields of motion that repeat themselves or one another, under way."""
    n_heading, equal, n_same, same_sog, same_cog, n_rot, zero = 0, 0, 0, 0, 0, 0, 0
    for k in range(len(order)):
        i = order[k]
        if not sog[i] > UNDER_WAY_KN:
            continue
        off = abs(turn_deg(heading[i], cog[i]))
        if off == off:  # noqa: PLR0124  # NaN is unknown
            n_heading += 1
            equal += off <= 0.501
        if k == 0 or not sog[order[k - 1]] > UNDER_WAY_KN:
            continue
        turned = abs(turn_deg(cog[order[k - 1]], cog[i]))
        if turned == turned:  # noqa: PLR0124  # NaN is unknown
            n_same += 1
            same_sog += sog[i] == sog[order[k - 1]]
            same_cog += turned == 0.0
            if turned > 5.0 and dt[k] < 120.0 and rot[i] == rot[i]:  # as above
                n_rot += 1
                zero += rot[i] == 0.0
    row[0], row[2], row[5] = n_heading, n_same, n_rot
    if n_heading:
        row[1] = equal / n_heading
    if n_same:
        row[3], row[4] = same_sog / n_same, same_cog / n_same
    if n_rot:
        row[6] = zero / n_rot


@compiled
def _rhythm(order: Indices, dt: Floats, at_us: Indices, buffer: Floats, row: Floats) -> None:
    """Seconds of the minute, and intervals."""
    seconds = np.zeros(60, np.int64)
    for k in range(len(order)):
        seconds[(at_us[order[k]] // 1_000_000) % 60] += 1
    row[7] = len(order)
    row[8] = seconds.max() / len(order)
    n = len(order) - 1
    for k in range(n):
        buffer[k] = dt[k + 1]
    median = quantile(buffer, n, 0.5)
    even = 0
    for k in range(n):
        even += abs(dt[k + 1] - median) <= max(EVEN_S, EVEN_SHARE * median)
    row[9] = n
    if n:
        row[10] = even / n


@compiled
def _kinds(
    order: Indices, msg_type: Codes, transponder: Codes, receiver: Codes, row: Floats
) -> None:
    """Messages by class of transponder and kind of receiver."""
    row[11:16] = 0.0
    for k in range(len(order)):
        i = order[k]
        row[11] += transponder[i] == 1
        row[12] += transponder[i] == 2
        row[13] += msg_type[i] == 27
        row[14] += receiver[i] == 1
        row[15] += receiver[i] == 2
