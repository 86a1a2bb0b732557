"""Which calls no look could ever have shown, because looks come at the same hours.

A satellite in a sun-synchronous orbit passes at one local hour. A call that begins after the pass
and ends before the next day's is never seen, however many looks there are. The correction for
looks (``sites/exposure.py``) assumes that ships come at any hour; where they do not, this module
says how much the answer leans on that assumption. Nothing here uses what the looks showed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import ActivityInputError

Floats = NDArray[np.float64]

METHOD: Final = "overpass-hours@2"
DAY_H: Final = 24.0
LENGTHS_H: Final = (3.0, 6.0, 12.0, 18.0, 24.0)
"""Lengths of call that a statement speaks of, hours."""
NIGHT_H: Final = (18.0, 6.0)
"""Local hours between which a call counts as one of the night."""
WARN_SHARE: Final = 0.05
"""From this share of calls that no look could show, an activity carries a warning."""


@dataclass(frozen=True)
class Blind:
    """Hours of arrival from which a call of one length was never in view."""

    length_h: float
    share: float
    """Of all hours of arrival, 0 to 1."""
    windows: tuple[tuple[float, float], ...]
    """Local hours of arrival, from and to; a window past midnight ends above 24."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "length_h": self.length_h,
            "share": round(self.share, 4),
            "arrivals_from_to_local_h": [[round(a, 2), round(b, 2)] for a, b in self.windows],
        }


@dataclass(frozen=True)
class OverpassBias:
    """What the hours of the looks of one period leave out."""

    looks: int
    hours_from: float | None
    """Local hour at which the widest time without looks ends: the day's first look."""
    hours_to: float | None
    """Local hour at which it begins: the day's last."""
    always_seen_h: float | None
    """A call at least this long was there at the hour of some look, whenever it came."""
    blind: tuple[Blind, ...]
    night_blind_h: float | None
    """The longest call wholly within the night that no look's hour meets; 0: none escapes."""
    unseen_share: float | None
    """Expected share of calls, over the law of dwell, that met the hour of no look."""
    reason: str | None = None
    """Why nothing is said, where nothing is."""
    method: str = METHOD

    @property
    def warned(self) -> bool:
        """Whether an activity from these looks should carry the statement as a warning."""
        return self.unseen_share is None or self.unseen_share >= WARN_SHARE

    @property
    def statement(self) -> str:
        """One sentence for people."""
        if self.hours_from is None or self.hours_to is None or self.always_seen_h is None:
            return self.reason or "Nothing is known of the hours of the looks."
        said = (
            f"{self._came} local solar time: a call shorter than {self.always_seen_h:.0f} h can "
            "fall between them on every day"
        )
        if self.night_blind_h:
            said += f", and none of up to {self.night_blind_h:.0f} h within the night could show"
        if self.unseen_share is not None:
            said += (
                f". If ships come at any hour that is {_percent(self.unseen_share)} of calls, and "
                f"the rate allows for it; if they keep to other hours, it does not"
            )
        return said + "."

    @property
    def _came(self) -> str:
        first, last = _clock(self.hours_from or 0.0), _clock(self.hours_to or 0.0)
        if first != last:
            return f"Looks came between {first} and {last}"
        return f"{'The one look' if self.looks == 1 else 'All looks'} came at {first}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "looks": self.looks,
            "hours_from": _rounded(self.hours_from),
            "hours_to": _rounded(self.hours_to),
            "always_seen_h": _rounded(self.always_seen_h),
            "night_blind_h": _rounded(self.night_blind_h),
            "unseen_share": _rounded(self.unseen_share, 4),
            "blind": [b.to_json() for b in self.blind],
            "reason": self.reason,
            "statement": self.statement,
            "warned": self.warned,
            "method": self.method,
        }


def local_solar_hours(utc_hours: Sequence[float] | Floats, lon: float) -> Floats:
    """Mean local solar hour, 0 to 24, of hours in UTC at a longitude.

    Solar, not legal: orbits keep to the sun. The equation of time (16 minutes at most) is left
    out, because a cluster of looks is wider than that.

    Args:
        utc_hours: hours of the day, any real number (25 is 1).
        lon: degrees east, WGS84.

    Examples:
        >>> local_solar_hours([2.0, 23.0], 125.4).round(2).tolist()
        [10.36, 7.36]

    """
    hours: Floats = np.mod(np.asarray(utc_hours, np.float64) + lon / 15.0, DAY_H)
    return hours


def overpass_bias(
    local_hours: Sequence[float] | Floats,
    *,
    survival: Callable[[Floats], Floats] | None = None,
    lengths_h: Sequence[float] = LENGTHS_H,
) -> OverpassBias:
    """What looks at these hours can never show.

    A call of length L that comes at hour a is met by a look of hour h only if h lies in
    [a, a+L) on the clock. So of each time g between neighbouring hours of looks, arrivals in its
    first g - L hours are blind: the share is Σ max(0, g - L) / 24, exactly. This is the *most
    hopeful* reading: it grants a look on every day.

    Args:
        local_hours: local solar hour of each usable look of the period.
        survival: S(u), share of calls longer than u *days*, for the expected share; None: none.
        lengths_h: lengths of call to speak of.

    Bias: none, if arrivals are even over the day. If they are not, the expected share may be
    anything from none to the share of calls shorter than ``always_seen_h``.

    Raises:
        ActivityInputError: an hour or a length is not a finite number.

    Examples:
        >>> found = overpass_bias([9.5, 10.0, 11.5], survival=lambda u: np.exp(-u / 2))
        >>> found.always_seen_h, found.night_blind_h, round(found.unseen_share, 2)
        (22.0, 12.0, 0.18)
        >>> [(b.length_h, round(b.share, 2)) for b in found.blind][:2]
        [(3.0, 0.79), (6.0, 0.67)]

    """
    hours = np.asarray(local_hours, np.float64)
    lengths = np.asarray(lengths_h, np.float64)
    if not (np.isfinite(hours).all() and np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ActivityInputError(fact="an hour of a look or a length of call is not a number")
    if not len(hours):
        return OverpassBias(0, None, None, None, (), None, None, "There is no usable look.")
    at, gaps = _gaps(hours)
    widest = int(np.argmax(gaps))
    return OverpassBias(
        looks=len(hours),
        hours_from=float(at[(widest + 1) % len(at)]),
        hours_to=float(at[widest]),
        always_seen_h=float(gaps[widest]),
        blind=tuple(_blind(at, gaps, float(length)) for length in lengths),
        night_blind_h=_night_blind(at),
        unseen_share=None if survival is None else _expected(gaps, survival),
    )


def _gaps(hours: Floats) -> tuple[Floats, Floats]:
    """Distinct hours in order, and the time from each to the next round the clock."""
    at = np.unique(np.mod(hours, DAY_H))
    gaps = np.diff(np.append(at, at[0] + DAY_H))
    return at, gaps


def _blind(at: Floats, gaps: Floats, length_h: float) -> Blind:
    left = np.maximum(gaps - length_h, 0.0)
    windows = tuple(
        (float(h), float(h + over)) for h, over in zip(at, left, strict=True) if over > 0
    )
    return Blind(length_h, float(left.sum() / DAY_H), windows)


def _night_blind(at: Floats) -> float:
    """The longest time without a look's hour inside the night."""
    begin, length = NIGHT_H[0], (NIGHT_H[1] - NIGHT_H[0]) % DAY_H
    inside = np.sort(np.mod(at - begin, DAY_H))
    inside = inside[inside < length]
    return float(np.diff(np.concatenate([[0.0], inside, [length]])).max())


def _expected(gaps: Floats, survival: Callable[[Floats], Floats]) -> float:
    """Share of calls in no look's hour: E[Σ max(0, g - L)] / 24 = Σ ∫_0^g (1 - S(u)) du / 24."""
    share = 0.0
    nodes, weights = np.polynomial.legendre.leggauss(48)
    for gap in gaps:
        u = 0.5 * gap * (nodes + 1.0)
        share += 0.5 * gap * float(weights @ (1.0 - survival(u / DAY_H)))
    return float(np.clip(share / DAY_H, 0.0, 1.0))


def _clock(hour: float) -> str:
    minutes = round(hour * 60) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
