"""The reach check over positions: what a gap leaves time for."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from quaywatch.evidence.interval import TimeInterval
from quaywatch.geo.position import Position
from quaywatch.voyages.reach import Leg, reach
from quaywatch.workflows.places import Router

TimedPosition = tuple[Position, TimeInterval]


def check_reach(
    before: TimedPosition,
    after: TimedPosition,
    port: Position,
    router: Router,
    *,
    lock_h: float = 0.0,
    ceiling_kn: float = 15.0,
) -> dict[str, Any]:
    """Whether a ship could have called at ``port`` between two broadcasts.

    Raises:
        TrackOrderError: the second broadcast is the earlier one.
        SpeedError: the speed is not positive.

    """
    # The widest reading of both times: an exclusion must hold in it.
    gap_h = (after[1].end - before[1].start) / timedelta(hours=1)
    there, back = router(before[0], port), router(port, after[0])
    answer = reach(
        gap_h=gap_h,
        there=Leg(there.water_nm, there.lower_bound_nm, there.reason),
        back=Leg(back.water_nm, back.lower_bound_nm, back.reason),
        lock_h=lock_h,
        ceiling_kn=ceiling_kn,
    )
    figures = {k: round(v, 2) if isinstance(v, float) else v for k, v in asdict(answer).items()}
    return {**figures, "messages": list(answer.messages)}
