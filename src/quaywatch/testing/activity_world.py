"""A workspace whose berths were judged without a mistake, for all that is made of their states.

Two simulated years at a quay, looked at under simulated weather: the states are claimed as they
truly were, unknown where cloud hid the quay, so that what is computed from them can be held against
who truly came. Rendering and judging pixels is tested elsewhere and takes a hundred times as long.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.berth_sim import BerthSeries
from quaywatch.testing.sky import Look
from quaywatch.workflows.berth_claims import STATE_METHOD, STRIPS_METHOD
from quaywatch.workflows.look_claims import METHOD as LOOK_METHOD
from quaywatch.workflows.receive import Terms, receive

CLOUDED: Final = 0.3
"""Cloud cover from which a planted look cannot tell."""
HIDDEN: Final = "100% of the berth is hidden (cloud, nodata or outside): unknown, not empty"
TERMS: Final = Terms("quaywatch simulator", "CC0-1.0", "Simulated by quaywatch")


@dataclass(frozen=True, slots=True)
class Ship:
    """A ship at a berth: what a perfect look would measure of her."""

    arrived_at: datetime
    left_at: datetime
    berth: str
    start_m: float
    length_m: float
    beam_m: float = 24.0

    def here(self, at: datetime) -> bool:
        """Whether she lies there at an instant."""
        return self.arrived_at <= at < self.left_at


def ships_of(series: BerthSeries, berth: str = "quay") -> list[Ship]:
    """The stays of a simulated quay."""
    return [
        Ship(
            _instant(stay.start_s),
            _instant(stay.end_s),
            berth,
            round(stay.along_m - stay.hull.length_m / 2, 1),
            round(stay.hull.length_m, 1),
            round(stay.hull.beam_m, 1),
        )
        for stay in series.stays
    ]


def looks_from(calendar: Sequence[Look]) -> dict[datetime, bool]:
    """Instants of a calendar of looks, and whether each can tell."""
    return {_instant(look.at_s): look.weather.cloud < CLOUDED for look in calendar}


def _instant(at_s: float) -> datetime:
    return datetime.fromtimestamp(int(at_s), UTC)


def plant(
    workspace: Workspace,
    site: Mapping[str, Any],
    ships: Sequence[Ship],
    looks: Mapping[datetime, bool],
    *,
    known_at: datetime,
) -> None:
    """Draw the site, and claim the state of each of its berths in each look.

    Args:
        workspace: empty of looks at that site.
        site: as GeoJSON.
        ships: who truly lay there.
        looks: when, and whether the look can tell.
        known_at: when this is learned.

    """
    path = workspace.sites_dir / f"{site['id']}.geojson"
    path.write_text(json.dumps(site), encoding="utf-8")
    source = receive(workspace, path, media="site", received_at=known_at, terms=TERMS)
    berths = [f["properties"]["id"] for f in site["features"]]
    records: list[Any] = [source]
    for number, (at, tells) in enumerate(sorted(looks.items())):
        when = TimeInterval(start=at, end=at + timedelta(seconds=1))
        look, strips = _look(str(site["id"]), number, when, source.id)
        records += [look, strips]
        records += [_state(look, strips, berth, ships, tells=tells) for berth in berths]
    workspace.evidence.append(records, known_at=known_at)


def _look(site: str, number: int, when: TimeInterval, source: str) -> tuple[Claim, Claim]:
    """The claims of a look and of its strips, with nothing in them."""
    subject = f"site:{site}"
    look = Claim(
        subject=subject, predicate="look", value={"scene": f"planted-{number:05d}", "berths": []},
        time=when, basis=Basis.OBSERVED, method=LOOK_METHOD, inputs=(source, source),
    )  # fmt: skip
    strips = Claim(
        subject=subject, predicate="berth-strips", value={"object": None, "strips": []},
        time=when, basis=Basis.INFERRED, method=STRIPS_METHOD, inputs=(look.id, source, source),
    )  # fmt: skip
    return look, strips


def _state(look: Claim, strips: Claim, berth: str, ships: Sequence[Ship], *, tells: bool) -> Claim:
    """One berth in one look, as it truly was."""
    at = look.time.midpoint if look.time is not None else datetime.max.replace(tzinfo=UTC)
    here = [ship for ship in ships if ship.berth == berth and ship.here(at)]
    value: Any = {
        "state": "occupied" if here else "empty",
        "why": "planted",
        "ship_count": len(here),
        "ships": [
            {
                "start_m": ship.start_m,
                "end_m": ship.start_m + ship.length_m,
                "length_m": ship.length_m,
                "length_sigma_m": 4.0,
                "beam_m": ship.beam_m,
                "rafted": False,
            }
            for ship in here
        ],
    }
    return Claim(
        subject=f"{look.subject}/berth:{berth}",
        predicate="berth-state",
        value=value if tells else None,
        reason=None if tells else HIDDEN,
        time=look.time,
        probability=(0.99 if here else 0.01) if tells else None,
        basis=Basis.OBSERVED,
        method=STATE_METHOD,
        parameters={"berth": berth, "evidence": "planted"},
        inputs=(look.id, strips.id),
    )
