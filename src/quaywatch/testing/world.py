"""A two-year world around one fictional port: ships, their true movements and their messages."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from quaywatch.testing.ais_sim import positions, statics
from quaywatch.testing.fleet import (
    WORLD_END,
    WORLD_START,
    BerthBook,
    Hull,
    invented_mmsi,
    make_hull,
    quiet_spells,
)
from quaywatch.testing.itinerary import Itinerary
from quaywatch.testing.nmea_writer import Positions, Static
from quaywatch.testing.planted import (
    BerthVisit,
    PlantedClone,
    PlantedFake,
    PlantedGap,
    PlantedTruth,
    PlantedVessel,
    PlantedVoyage,
    iso,
    seconds,
)
from quaywatch.testing.sealanes import NM_M, great_circle_m, path_length_m
from quaywatch.testing.story import (
    EAST_PORTS,
    FIRST_AFTER_QUIET,
    OPEN_PORTS,
    Story,
    Transmission,
    clone_pair,
    far_harbour,
    honest_anchor,
    honest_twin,
    loops,
    silent_visits,
    two_places,
)

OPEN_SEASONS: Final = (
    ("2023-07-05T00:00Z", "2024-01-10T00:00Z"),
    ("2024-02-20T00:00Z", "2024-08-25T00:00Z"),
    ("2024-04-15T00:00Z", "2024-12-20T00:00Z"),
    ("2024-11-01T00:00Z", "2025-06-25T00:00Z"),
)
"""When each honest bulker trades openly with the site."""
BUSY_SEASONS: Final = (
    ("2024-05-20T00:00Z", "2024-07-25T00:00Z", 11),
    ("2025-01-12T00:00Z", "2025-03-25T00:00Z", 13),
    ("2023-07-02T00:00Z", "2023-09-20T00:00Z", 3),
    ("2023-10-01T00:00Z", "2024-02-01T00:00Z", 2),
    ("2024-08-01T00:00Z", "2024-11-15T00:00Z", 3),
)
"""Start, end and number of background ships: many around the planted silences, where their
messages show what a receiver would have heard."""
CARGO_SHARE: Final = (0.85, 0.97)


@dataclass(frozen=True)
class Visit:
    """A hull at a berth of the site."""

    hull: Hull
    berth: str
    start_s: float
    end_s: float
    cargo_t: float
    broadcasting: bool


@dataclass(frozen=True)
class World:
    """The true world and what was transmitted in it."""

    seed: int
    stories: tuple[Story, ...]
    visits: tuple[Visit, ...]
    clone_span_s: tuple[float, float]
    table: Positions
    statics: tuple[Static, ...]

    @property
    def sends(self) -> list[Transmission]:
        """Every transmission."""
        return [send for story in self.stories for send in story.sends]

    @cached_property
    def by_key(self) -> dict[str, Story]:
        """Stories by the key of their hull."""
        return {story.hull.key: story for story in self.stories}

    def rows_of(self, mmsi: int) -> Positions:
        """The position reports under one MMSI, in time order."""
        return self.table.select(self.table.mmsi == mmsi)

    def truth(self) -> PlantedTruth:
        """What was planted at sea and at the berths; scenes are added by who renders them."""
        return PlantedTruth(
            seed=self.seed,
            start_at=iso(seconds(WORLD_START)),
            end_at=iso(seconds(WORLD_END)),
            vessels=tuple(_vessel(hull) for hull in self._hulls()),
            voyages=tuple(v for story in self.stories for v in _voyages(story)),
            berth_visits=tuple(_visit(v) for v in self.visits),
            gaps=tuple(g for story in self.stories for g in self._gaps(story)),
            fakes=tuple(f for story in self.stories for f in self._fakes(story)),
            clones=(
                PlantedClone(
                    mmsi=_number(self.by_key["clone_a"].hull.mmsi),
                    vessels=("clone_a", "clone_b"),
                    start_at=iso(self.clone_span_s[0]),
                    end_at=iso(self.clone_span_s[1]),
                ),
            ),
            quiet_spells=quiet_spells(),
        )

    def _hulls(self) -> list[Hull]:
        hulls = {story.hull.key: story.hull for story in self.stories}
        hulls.update({visit.hull.key: visit.hull for visit in self.visits})
        return list(hulls.values())

    def _gaps(self, story: Story) -> list[PlantedGap]:
        """Planted silences, with the messages that truly bound them."""
        gaps = []
        for start, end in story.gaps:
            own = self.rows_of(_number(story.hull.mmsi))
            last = int(np.searchsorted(own.at_s, (start + end) / 2)) - 1
            gaps.append(
                PlantedGap(
                    vessel=story.hull.key,
                    mmsi=_number(story.hull.mmsi),
                    start_at=iso(own.at_s[last]),
                    end_at=iso(own.at_s[last + 1]),
                    hours=round(float(own.at_s[last + 1] - own.at_s[last]) / 3600, 2),
                    start_lon=round(float(own.lon[last]), 5),
                    start_lat=round(float(own.lat[last]), 5),
                    end_lon=round(float(own.lon[last + 1]), 5),
                    end_lat=round(float(own.lat[last + 1]), 5),
                )
            )
        return gaps

    def _fakes(self, story: Story) -> list[PlantedFake]:
        fakes = []
        for start, end, kind in story.fakes:
            own = self.rows_of(_number(story.hull.mmsi))
            own = own.select((own.at_s >= start) & (own.at_s < end))
            said = np.column_stack([own.lon, own.lat])
            away = great_circle_m(said, story.itinerary.lonlat(own.at_s)) / NM_M
            fakes.append(
                PlantedFake(
                    vessel=story.hull.key,
                    mmsi=_number(story.hull.mmsi),
                    start_at=iso(own.at_s[0]),
                    end_at=iso(own.at_s[-1]),
                    kind=kind,
                    fixes=len(own.at_s),
                    max_distance_nm=round(float(away.max()), 1),
                )
            )
        return fakes


def build_world(*, seed: int, background: float = 1.0) -> World:
    """The world of one seed.

    Args:
        seed: any integer; the same seed gives the same world to the last bit.
        background: share of the background ships to sail; less is quicker.

    """
    root = np.random.default_rng(seed)
    script, traffic, berths, radio, words = root.spawn(5)
    book = BerthBook()
    berth, arrives, leaves, who = FIRST_AFTER_QUIET
    book.book(berth, seconds(arrives), seconds(leaves), who)
    stories = [far_harbour(book, script), two_places(book, script), honest_twin(book, script)]
    pair, span = clone_pair(script)
    stories += [*pair, honest_anchor(script)]
    for number, (start, end) in enumerate(OPEN_SEASONS):
        hull = make_hull(
            f"open_{number}", 10 + number, script, role="honest open trade",
            length_m=float(script.uniform(100, 178)),
        )  # fmt: skip
        stories.append(loops(hull, start, end, OPEN_PORTS, script, book))
    stories += _background(traffic, background)
    silent = silent_visits(book, berths)
    visits = _visits(stories, silent, berths)
    sends = [send for story in stories for send in story.sends]
    return World(
        seed=seed,
        stories=tuple(stories),
        visits=tuple(visits),
        clone_span_s=span,
        table=positions(sends, radio),
        statics=tuple(statics(sends, words)),
    )


def _background(rng: np.random.Generator, share: float) -> list[Story]:
    stories = []
    number = 20
    for start, end, count in BUSY_SEASONS:
        for own in range(round(count * share)):
            ports = EAST_PORTS if own % 4 == 3 else OPEN_PORTS
            hull = make_hull(f"trader_{number}", number, rng, role="background trade")
            stories.append(loops(hull, start, end, ports, rng))
            number += 1
    return stories


def _visits(
    stories: list[Story],
    silent: list[tuple[Hull, str, float, float]],
    rng: np.random.Generator,
) -> list[Visit]:
    """Every stay at a berth of the site, in order of arrival, with the coal it took."""
    found: list[tuple[Hull, str, float, float, bool]] = [(*v, False) for v in silent]
    for story in stories:
        for phase in story.itinerary.phases:
            if phase.kind == "berth" and phase.place == "simport" and phase.berth is not None:
                heard = _heard(story, phase.start_s, phase.end_s)
                found.append((story.hull, phase.berth, phase.start_s, phase.end_s, heard))
    found.sort(key=lambda visit: (visit[2], visit[0].key))
    return [
        Visit(hull, berth, start, end, _cargo(hull, berth, rng), heard)
        for hull, berth, start, end, heard in found
    ]


def _cargo(hull: Hull, berth: str, rng: np.random.Generator) -> float:
    share = float(rng.uniform(*CARGO_SHARE))
    return round(hull.dwt_t * share, -2) if berth.startswith("coal") else 0.0


def _heard(story: Story, start_s: float, end_s: float) -> bool:
    return any(
        send.style == "true" and send.start_s <= start_s and send.end_s >= end_s
        for send in story.sends
    )


def _vessel(hull: Hull) -> PlantedVessel:
    return PlantedVessel(
        key=hull.key,
        name=hull.name,
        imo=hull.imo,
        mmsi=hull.mmsi,
        length_m=hull.length_m,
        beam_m=hull.beam_m,
        dwt_t=hull.dwt_t,
        role=hull.role,
    )


def _visit(visit: Visit) -> BerthVisit:
    return BerthVisit(
        vessel=visit.hull.key,
        berth=visit.berth,
        arrived_at=iso(visit.start_s),
        departed_at=iso(visit.end_s),
        cargo_t=visit.cargo_t,
        broadcasting=visit.broadcasting,
    )


def _voyages(story: Story) -> list[PlantedVoyage]:
    itinerary: Itinerary = story.itinerary
    return [
        PlantedVoyage(
            vessel=story.hull.key,
            origin=phase.origin,
            destination=phase.place,
            departed_at=iso(phase.start_s),
            arrived_at=iso(phase.end_s),
            distance_nm=round(path_length_m(phase.path) / NM_M, 1),
            declared=phase.declared,
        )
        for phase in itinerary.phases
        if phase.kind == "sail"
    ]


def _number(mmsi: int | None) -> int:
    return mmsi if mmsi is not None else invented_mmsi(0)
