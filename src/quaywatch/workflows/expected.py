"""Where a broadcast puts a hull when a scene was captured."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from quaywatch.fusion.presence import Prediction, predict
from quaywatch.geo.geodesic import destination
from quaywatch.geo.position import Position
from quaywatch.imagery.scene import Scene
from quaywatch.workflows.broadcasts import STILL_BELOW_KN

LONG_RANGE_SIGMA_M = 0.2 * 1852.0 / 3.03
"""Per axis, of a report of type 27: 0.2 nm holds it with 99%."""
UNKNOWN_LENGTH_M = 200.0
"""How far to search about the antenna of a ship that does not say how long it is."""


@dataclass(frozen=True, slots=True)
class Said:
    """A broadcast, as the check needs it."""

    position: Position
    at: datetime
    sog_kn: float | None
    cog_deg: float | None
    moored: bool
    length_m: float | None
    half_width: timedelta = timedelta(0)
    """Half of the interval within which the broadcast was made."""
    anchored: bool = False
    long_range: bool = False
    """A report of type 27, rounded to a tenth of a minute."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a broadcast puts the hull at capture time."""

    position: Position
    prediction: Prediction


def expected_at(said: Said, scene: Scene) -> Expected:
    """Dead reckoning from the report to the middle of the capture."""
    middle = scene.captured_start + (scene.captured_end - scene.captured_start) / 2
    minutes = (middle - said.at) / timedelta(minutes=1)
    # At rest the course means nothing, and many transponders then send none.
    at_rest = said.sog_kn is not None and said.sog_kn < STILL_BELOW_KN
    known = at_rest or (said.sog_kn is not None and said.cog_deg is not None)
    # The most that can lie between: a capture known to hours is not one known to the minute.
    ends = (scene.captured_start - said.at, scene.captured_end - said.at)
    widest = max(abs(end) for end in ends) + said.half_width
    swing_m = (said.length_m or UNKNOWN_LENGTH_M) + 150.0 if said.anchored else 0.0
    prediction = predict(
        minutes_from_fix=widest / timedelta(minutes=1),
        moored=said.moored,
        velocity_known=known,
        geolocation_sigma_m=scene.geolocation_sigma_m,
        at_rest=at_rest,
        swing_m=swing_m,
        ais_sigma_m=LONG_RANGE_SIGMA_M if said.long_range else 10.0,
    )
    position = said.position
    if not said.moored and said.sog_kn is not None and said.cog_deg is not None:
        run_nm = said.sog_kn * minutes / 60
        bearing = said.cog_deg if run_nm >= 0 else (said.cog_deg + 180) % 360
        position = destination(position, bearing, abs(run_nm))
    return Expected(position, prediction)


def reach_m(said: Said) -> float:
    """How far the hull may stretch from its antenna: its length, or that of a large ship."""
    return said.length_m if said.length_m is not None else UNKNOWN_LENGTH_M
