"""What really happened in a simulated world, as data: the answer sheet of every test against it.

Everything here is invented. Times are ISO 8601 in UTC, positions WGS84 degrees, and a value that
does not exist is None.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def seconds(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 instant with its zone.

    Examples:
        >>> seconds("1970-01-02T00:00Z")
        86400.0

    """
    return datetime.fromisoformat(text).timestamp()


def iso(at_s: float) -> str:
    """ISO 8601 in UTC, to the second.

    Examples:
        >>> iso(86400.4)
        '1970-01-02T00:00:00Z'

    """
    return datetime.fromtimestamp(int(at_s), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class PlantedVessel:
    """An invented ship."""

    key: str
    name: str
    imo: int | None
    """Invented, with a valid check digit, from a block never issued; None carries no number."""
    mmsi: int | None
    """Invented, under identification digits that no country holds; None is silent."""
    length_m: float
    beam_m: float
    dwt_t: float
    role: str


@dataclass(frozen=True)
class PlantedVoyage:
    """One true passage between two stays."""

    vessel: str
    origin: str
    destination: str
    departed_at: str
    arrived_at: str
    distance_nm: float
    declared: str | None
    """What the ship's static messages say; differs from ``destination`` where it lies."""


@dataclass(frozen=True)
class BerthVisit:
    """One ship at one berth of the site."""

    vessel: str
    berth: str
    arrived_at: str
    departed_at: str
    cargo_t: float
    """Coal loaded, tonnes; 0 at berths without coal."""
    broadcasting: bool
    """Whether its transponder truthfully places it there."""


@dataclass(frozen=True)
class PlantedGap:
    """A silence of a ship that could have been heard."""

    vessel: str
    mmsi: int
    start_at: str
    end_at: str
    hours: float
    start_lon: float
    start_lat: float
    end_lon: float
    end_lat: float


@dataclass(frozen=True)
class PlantedFake:
    """A stretch of broadcasts that is not where the ship was."""

    vessel: str
    mmsi: int
    start_at: str
    end_at: str
    kind: str
    fixes: int
    max_distance_nm: float
    """Greatest distance between a broadcast and the true position at that instant."""


@dataclass(frozen=True)
class PlantedClone:
    """One MMSI used by two hulls at the same time."""

    mmsi: int
    vessels: tuple[str, str]
    start_at: str
    end_at: str


@dataclass(frozen=True)
class TwoPlaces:
    """A broadcast and a sighting of the same ship, with the verdict a correct method reaches."""

    id: str
    vessel: str
    mmsi: int
    broadcast_at: str
    broadcast_lon: float
    broadcast_lat: float
    sighting_at: str
    sighting_lon: float
    sighting_lat: float
    scene: str | None
    berth: str | None
    lane_nm: float
    """Distance along the simulator's lanes: near, not below, the shortest water path."""
    required_speed_kn: float | None
    """Lane distance over elapsed time; None where the sighting is known to the day only."""
    expected: str
    """feasible, impossible or cannot-compare."""
    honest: bool


@dataclass(frozen=True)
class PresenceCheck:
    """A broadcast position and a scene of it."""

    id: str
    vessel: str
    mmsi: int
    broadcast_at: str
    lon: float
    lat: float
    scene: str
    expected: str
    """seen, not-seen or not-observable."""
    honest: bool


@dataclass(frozen=True)
class PlantedHull:
    """A hull in a scene: true ground position, before the scene's misregistration."""

    vessel: str | None
    """None is a small craft nobody names."""
    lon: float
    lat: float
    length_m: float
    beam_m: float
    heading_deg: float
    berth: str | None = None
    loading: bool = False
    hidden: bool = False
    """Under the roof of the covered pier, or under cloud."""


@dataclass(frozen=True)
class PlantedScene:
    """One image and what is truly in it."""

    file: str
    site: str
    captured_at: str
    cloud_share: float
    """Share of pixels that cloud hides, measured on the rendered cloud."""
    berth_cloud: dict[str, float]
    """The same per berth, where the scene is of the site."""
    yard_cloud: dict[str, float]
    shift_east_m: float
    """The image shows the ground this far east of where it truly is."""
    shift_north_m: float
    sun_elevation_deg: float
    wet: bool
    snow: bool
    hulls: tuple[PlantedHull, ...]
    stock: dict[str, float]
    """Share of each yard's floor that coal covers."""


@dataclass(frozen=True)
class StockPoint:
    """The truth about one yard at one instant."""

    yard: str
    at: str
    tonnes: float
    covered_share: float
    event: str | None = None


@dataclass(frozen=True)
class QuietSpell:
    """A time without any ship at any berth of the site."""

    start_at: str
    end_at: str


@dataclass(frozen=True)
class PlantedTruth:
    """Everything planted in one world."""

    seed: int
    start_at: str
    end_at: str
    simulated: bool = True
    vessels: tuple[PlantedVessel, ...] = ()
    voyages: tuple[PlantedVoyage, ...] = ()
    berth_visits: tuple[BerthVisit, ...] = ()
    gaps: tuple[PlantedGap, ...] = ()
    fakes: tuple[PlantedFake, ...] = ()
    clones: tuple[PlantedClone, ...] = ()
    two_places: tuple[TwoPlaces, ...] = ()
    presence: tuple[PresenceCheck, ...] = ()
    honest_twins: tuple[str, ...] = ()
    """Ids of two-places pairs and presence checks that are innocent."""
    quiet_spells: tuple[QuietSpell, ...] = ()
    scenes: tuple[PlantedScene, ...] = ()
    stock: tuple[StockPoint, ...] = ()
    files: dict[str, int] = field(default_factory=dict)
    """Relative path to number of records (AIS messages) or 1."""

    def vessel(self, key: str) -> PlantedVessel:
        """The vessel with this key.

        Raises:
            KeyError: no such vessel.

        """
        return next((v for v in self.vessels if v.key == key), None) or _missing(key)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "PlantedTruth":
        """The truth that ``to_json`` wrote.

        Examples:
            >>> truth = PlantedTruth(seed=1, start_at="2023-07-01T00:00:00Z", end_at="…")
            >>> PlantedTruth.from_json(json.loads(json.dumps(truth.to_json()))) == truth
            True

        """
        kinds: dict[str, type] = {
            "vessels": PlantedVessel,
            "voyages": PlantedVoyage,
            "berth_visits": BerthVisit,
            "gaps": PlantedGap,
            "fakes": PlantedFake,
            "two_places": TwoPlaces,
            "presence": PresenceCheck,
            "quiet_spells": QuietSpell,
            "stock": StockPoint,
        }
        plain = dict(data)
        for name, kind in kinds.items():
            plain[name] = tuple(kind(**item) for item in data[name])
        plain["clones"] = tuple(
            PlantedClone(**{**c, "vessels": tuple(c["vessels"])}) for c in data["clones"]
        )
        plain["scenes"] = tuple(
            PlantedScene(**{**s, "hulls": tuple(PlantedHull(**h) for h in s["hulls"])})
            for s in data["scenes"]
        )
        plain["honest_twins"] = tuple(data["honest_twins"])
        return cls(**plain)

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "PlantedTruth":
        """Read what ``write`` wrote."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))


def _missing(key: str) -> PlantedVessel:
    raise KeyError(key)
