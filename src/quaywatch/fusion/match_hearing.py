"""Whether a ship that sent at a place and time would have been heard: what "dark" rests on."""

import math
from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.bins import SLOT_US
from quaywatch.ais.gap_kernel import heard_rate
from quaywatch.ais.gaps import field_of
from quaywatch.ais.reception import Reception, too_few
from quaywatch.ais.track import CLASS_A
from quaywatch.fusion.match import Hearing

WINDOW_H: Final = 1.0
"""On each side of a capture: a ship in view was about that long."""
HEARD_NEEDED: Final = 0.95
"""P(at least one message) from which reception is adequate."""
_BANDS: Final = (0, 1, 2)
"""At rest, slow, 3 to 14 kn: whichever is heard least."""
_EMPTY: Final = "No AIS about the capture is held: an empty slice says nothing of who was silent."


def nothing_held() -> Hearing:
    """Of an empty slice of AIS."""
    return Hearing(
        adequate=False, p_heard=None, per_hour=None, peers=0, strength=None,
        window_h=WINDOW_H, reason=_EMPTY,
    )  # fmt: skip


def hearing_at(reception: Reception | None, lon: float, lat: float, at_us: int) -> Hearing:
    """Whether a class A ship there would have been heard within an hour of an instant.

    ``P = (1 - blind) (1 - (1 + mu / k)^-k)`` with ``mu`` the messages that its peers promise in
    the half hours about the capture, each at the strength that the feed then had, and ``k`` the
    spread of ships and passages; the least of the speed bands up to 14 kn.

    Bias: peers are ships that were heard; where reception is thin those that never are do not
    count, so that P is too high at its edge. ``blind`` is there for that.

    Args:
        reception: of the waters about; None: an empty slice.
        lon: WGS84 degrees.
        lat: WGS84 degrees.
        at_us: of the capture, microseconds since 1970.

    Examples:
        >>> hearing_at(None, 0.0, 0.0, 0).adequate
        False

    """
    if reception is None:
        return nothing_held()
    field = field_of(reception)
    found = []
    for band in _BANDS:
        mu, out, place, silent = 0.0, np.empty(3), -1, False
        steps = round(2 * WINDOW_H * 2)
        for step in range(steps):
            then = at_us + int((step + 0.5 - steps / 2) * SLOT_US)
            there = heard_rate(field, lon, lat, then, CLASS_A, band, out)
            silent |= there < 0 and abs(step + 0.5 - steps / 2) < 1.0
            place = max(place, there)
            mu += 0.5 * float(out.sum()) if there >= 0 else 0.0
        found.append((mu, place, silent))
    if any(place < 0 or silent for _, place, silent in found):
        return _untold(reception, lon, lat)
    mu, place, _ = min(found)
    return _told(reception, mu, place, lon, lat)


def _peers(reception: Reception, lon: float, lat: float) -> tuple[int, float | None]:
    """Transponders that tell of a cell, and the least of their messages an hour by band."""
    bins = pl.DataFrame(
        {"lon": [lon] * 3, "lat": [lat] * 3, "transponder": [CLASS_A] * 3, "band": list(_BANDS)}
    )
    table = reception.rate_for(0, bins)
    rates = [rate for rate in table["per_hour"].to_list() if rate is not None]
    return int(table["peers"].min() or 0), min(rates, default=None)  # type: ignore[arg-type]  # a column of integers


def _untold(reception: Reception, lon: float, lat: float) -> Hearing:
    peers, per_hour = _peers(reception, lon, lat)
    why = too_few(peers) or "No ship was near enough about the capture to show that it was heard."
    return Hearing(
        adequate=False, p_heard=None, per_hour=_rounded(per_hour), peers=peers, strength=None,
        window_h=WINDOW_H, reason=why,
    )  # fmt: skip


def _told(reception: Reception, mu: float, place: int, lon: float, lat: float) -> Hearing:
    peers, per_hour = _peers(reception, lon, lat)
    level = int(reception.spread.level[place, CLASS_A])
    k = 1.0 / (1.0 / float(reception.spread.k_within[level]) + 1.0 / reception.spread.k_between)
    blind = float(reception.blind[place, CLASS_A])
    p = (1.0 - blind) * (1.0 - (1.0 + mu / k) ** -k)
    usual = 2.0 * WINDOW_H * (per_hour or 0.0)
    strength = min(1.0, mu / usual) if usual > 0.0 else None
    enough = p >= HEARD_NEEDED
    said = f"A ship that sent there would have been heard with {100 * min(p, 0.99):.0f}%"
    need = "" if enough else f"; {100 * HEARD_NEEDED:.0f}% needed"
    return Hearing(
        adequate=enough,
        p_heard=round(p, 4),
        per_hour=_rounded(per_hour),
        peers=peers,
        strength=None if strength is None else round(strength, 3),
        window_h=WINDOW_H,
        reason=f"{said} ({mu:.0f} messages due within {WINDOW_H:g} h, {peers} peers){need}.",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 2)
