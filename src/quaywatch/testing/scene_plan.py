"""Which images of the simulated world are taken, and the truth about each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from quaywatch.testing.fleet import WORLD_END, WORLD_START
from quaywatch.testing.ground import (
    Ground,
    quay_ground,
    sea_ground,
    site_ground,
)
from quaywatch.testing.planted import PlantedHull, PlantedScene, iso, seconds
from quaywatch.testing.scene_sim import Boat, Camera, HullInScene, Rendered, write_scene
from quaywatch.testing.sealanes import FloatArray
from quaywatch.testing.site_plan import (
    BERTHS,
    COVERED_BERTH,
    PIER,
    QUAY_Y_M,
    SITE_ID,
    YARDS,
    berth_place,
    to_degrees,
)
from quaywatch.testing.sky import HIDES, Look, Weather, acquisition_calendar
from quaywatch.testing.stock_sim import Stocks, loading_span
from quaywatch.testing.story import NAKHODKA_GHOST, NAKHODKA_HONEST, YANTAI_BERTH
from quaywatch.testing.world import World

CLEAR: Final = Weather(cloud=0.0, haze=0.06)
FORCED: Final = (
    "2023-10-13T02:05Z", "2024-06-16T02:10Z", "2024-06-17T02:05Z", "2024-06-20T02:02Z",
    "2024-06-22T02:12Z", "2024-07-06T02:20Z", "2024-10-12T02:10Z", "2025-02-03T00:16Z",
    "2025-03-10T05:40Z",
)  # fmt: skip
"""Looks at the site that the planted stories need, all clear."""
NO_LOOK: Final = ("2024-06-21",)


@dataclass(frozen=True)
class Planned:
    """One image to take."""

    place: str
    at_s: float
    weather: Weather
    boats: bool


def site_looks(rng: np.random.Generator, *, looks_per_year: float) -> list[Planned]:
    """The acquisition calendar of the site with the looks that the stories need."""
    taken = {text[:10] for text in (*FORCED, *NO_LOOK)}
    looks = acquisition_calendar(WORLD_START, WORLD_END, rng, looks_per_year=looks_per_year)
    kept = [look for look in looks if iso(look.at_s)[:10] not in taken]
    kept += [Look(seconds(text), CLEAR) for text in FORCED]
    kept.sort(key=lambda look: look.at_s)
    return [Planned(SITE_ID, look.at_s, look.weather, boats=True) for look in kept]


def sea_looks(world: World) -> list[Planned]:
    """Images of broadcast positions away from the site: empty, cloudy, and with the ship there."""
    vladivostok = _message_near(world, "far_harbour", "2024-06-24T02:00Z") + 180.0
    cloudy = Weather(cloud=0.97, haze=0.2)
    return [
        Planned("nakhodka-ghost", seconds("2025-01-29T01:44Z"), CLEAR, boats=False),
        Planned("nakhodka-ghost", seconds("2025-03-02T01:45Z"), CLEAR, boats=False),
        Planned("nakhodka-ghost", seconds("2025-03-04T01:32Z"), cloudy, boats=False),
        Planned("nakhodka-anchored", seconds("2025-03-05T01:41Z"), CLEAR, boats=False),
        Planned("vladivostok-roads", vladivostok, CLEAR, boats=False),
        Planned("yantai-quay", seconds("2024-10-20T02:24Z"), CLEAR, boats=False),
        Planned("yantai-quay", seconds("2025-02-09T02:20Z"), CLEAR, boats=False),
    ]


def make_cameras(world: World, rng: np.random.Generator) -> dict[str, Camera]:
    """One camera per place, the site's first."""
    ship = world.by_key["two_places"].hull
    anchored = _true_place(
        world, "far_harbour", _message_near(world, "far_harbour", "2024-06-24T02:00Z")
    )
    grounds = [
        site_ground(rng),
        sea_ground("nakhodka-ghost", NAKHODKA_GHOST, rng),
        sea_ground("nakhodka-anchored", NAKHODKA_HONEST, rng),
        sea_ground("vladivostok-roads", anchored, rng),
        quay_ground("yantai-quay", YANTAI_BERTH, 62.0, ship.beam_m / 2, rng),
    ]
    return {ground.site: Camera(ground, rng) for ground in grounds}


def take_scenes(
    world: World,
    stocks: Stocks,
    out: Path,
    *,
    rng: np.random.Generator,
    looks_per_year: float,
    progress: Callable[[float], None],
) -> list[PlantedScene]:
    """Render and write every image; returns what is truly in each, in time order."""
    plan_rng, ground_rng, look_rng = rng.spawn(3)
    plan = site_looks(plan_rng, looks_per_year=looks_per_year) + sea_looks(world)
    plan.sort(key=lambda p: (p.at_s, p.place))
    cameras = make_cameras(world, ground_rng)
    numbered = list(enumerate(zip(plan, look_rng.spawn(len(plan)), strict=True)))

    def take(item: tuple[int, tuple[Planned, np.random.Generator]]) -> PlantedScene:
        number, (planned, own) = item
        return take_scene(world, stocks, out, cameras[planned.place], planned, own, number)

    scenes = []
    # Every scene has a generator of its own, so threads change nothing but the time it takes.
    with ThreadPoolExecutor(2) as pool:
        for done, scene in enumerate(pool.map(take, numbered), start=1):
            scenes.append(scene)
            progress(done / len(plan))
    return scenes


def take_scene(
    world: World,
    stocks: Stocks | None,
    out: Path,
    camera: Camera,
    planned: Planned,
    own: np.random.Generator,
    number: int,
) -> PlantedScene:
    """Render and write one image; without stocks the yards are bare."""
    ships = ships_in_view(world, camera.ground, planned.at_s)
    boats = _boats(camera.ground, own) if planned.boats else []
    stock = (
        {yard: stocks.covered_share(yard, planned.at_s) for yard in stocks.tonnes}
        if planned.place == SITE_ID and stocks is not None
        else {}
    )
    rendered = camera.look(planned.at_s, planned.weather, ships, boats, stock, own)
    stamp = iso(planned.at_s).replace("-", "").replace(":", "").replace("T", "_")[:15]
    name = f"{stamp}_{0x1000 + number:04x}_simulated.tif"
    write_scene(out / name, rendered, camera.ground, planned.at_s)
    return _truth(name, planned, camera.ground, rendered, ships, boats, stock)


def ships_in_view(world: World, ground: Ground, at_s: float) -> list[HullInScene]:
    """Every hull, talking or silent, whose middle lies inside the image."""
    ships = []
    for story in world.stories:
        if not story.itinerary.start_s <= at_s <= story.itinerary.end_s:
            continue
        state = story.itinerary.state(np.array([at_s]))
        if ground.contains(state.lonlat)[0]:
            lon, lat = state.lonlat[0]
            phase = story.itinerary.phases[int(state.phase[0])]
            loading = any(
                v.hull.key == story.hull.key and loading_span(v)[0] <= at_s <= loading_span(v)[1]
                for v in world.visits
                if v.cargo_t > 0
            )
            ships.append(
                HullInScene(
                    story.hull, (float(lon), float(lat)), float(state.heading_deg[0]),
                    loading=loading, berth=phase.berth if phase.kind == "berth" else None,
                )
            )  # fmt: skip
    if ground.site == SITE_ID:
        for visit in world.visits:
            if visit.hull.mmsi is None and visit.start_s <= at_s < visit.end_s:
                start, end = loading_span(visit)
                place, heading = berth_place(visit.berth, visit.hull.beam_m)
                loading = visit.cargo_t > 0 and start <= at_s <= end
                ships.append(HullInScene(visit.hull, place, heading, loading, visit.berth))
    return ships


def _truth(
    name: str,
    planned: Planned,
    ground: Ground,
    rendered: Rendered,
    ships: list[HullInScene],
    boats: list[Boat],
    stock: dict[str, float],
) -> PlantedScene:
    hulls = [_hull_truth(ship, ground, rendered) for ship in ships]
    hulls += [
        PlantedHull(
            None, round(b.lonlat[0], 6), round(b.lonlat[1], 6), b.length_m,
            round(b.length_m / 3.5, 1), b.heading_deg,
        )
        for b in boats
    ]  # fmt: skip
    at_site = planned.place == SITE_ID
    return PlantedScene(
        file=f"imagery/{name}",
        site=planned.place,
        captured_at=iso(planned.at_s),
        cloud_share=round(float((rendered.cloud > HIDES).mean()), 4),
        berth_cloud=_berth_cloud(ground, rendered) if at_site else {},
        yard_cloud=_yard_cloud(ground, rendered) if at_site else {},
        shift_east_m=round(rendered.shift_m[0], 2),
        shift_north_m=round(rendered.shift_m[1], 2),
        sun_elevation_deg=round(rendered.sun[0], 2),
        wet=planned.weather.wet,
        snow=planned.weather.snow,
        hulls=tuple(hulls),
        stock=stock,
    )


def _hull_truth(ship: HullInScene, ground: Ground, rendered: Rendered) -> PlantedHull:
    column, row = pixel_of(ground, rendered.shift_m, ship.lonlat)
    under_cloud = bool(
        rendered.cloud[
            min(max(int(row), 0), ground.height - 1), min(max(int(column), 0), ground.width - 1)
        ]
        > HIDES
    )
    return PlantedHull(
        vessel=ship.hull.key,
        lon=round(ship.lonlat[0], 6),
        lat=round(ship.lonlat[1], 6),
        length_m=ship.hull.length_m,
        beam_m=ship.hull.beam_m,
        heading_deg=round(ship.heading_deg, 1),
        berth=ship.berth,
        loading=ship.loading,
        hidden=under_cloud or ship.berth == COVERED_BERTH,
    )


def pixel_of(
    ground: Ground, shift_m: tuple[float, float], lonlat: tuple[float, float]
) -> tuple[float, float]:
    """Column and row in the image at which a true position appears."""
    at = (ground.to_fine(np.array([lonlat]))[0] - ground.margin_px) / 2
    east, north = shift_m[0] / ground.gsd_m, shift_m[1] / ground.gsd_m
    return float(at[0] + east), float(at[1] - north)


def _berth_cloud(ground: Ground, rendered: Rendered) -> dict[str, float]:
    boxes = {
        name: (part["x"][0], QUAY_Y_M - 60.0, part["x"][1], QUAY_Y_M)
        for name, part in BERTHS.items()
    }
    boxes[COVERED_BERTH] = (PIER[0], PIER[1], PIER[2] + 40.0, PIER[3])
    return {name: _share(ground, rendered, box) for name, box in boxes.items()}


def _yard_cloud(ground: Ground, rendered: Rendered) -> dict[str, float]:
    return {name: _share(ground, rendered, box) for name, (_, box) in YARDS.items()}


def _share(ground: Ground, rendered: Rendered, box: tuple[float, float, float, float]) -> float:
    """Clouded share of a plan rectangle, where the shifted image shows it."""
    west, south, east, north = box
    x, y = np.meshgrid(np.arange(west, east, 3.0), np.arange(south, north, 3.0))
    lonlat: FloatArray = to_degrees(x.ravel(), y.ravel())
    at = (ground.to_fine(lonlat) - ground.margin_px) / 2
    east, north = rendered.shift_m[0] / ground.gsd_m, rendered.shift_m[1] / ground.gsd_m
    column = np.clip(at[:, 0] + east, 0, ground.width - 1).astype(np.intp)
    row = np.clip(at[:, 1] - north, 0, ground.height - 1).astype(np.intp)
    return round(float((rendered.cloud[row, column] > HIDES).mean()), 3)


def _boats(ground: Ground, rng: np.random.Generator) -> list[Boat]:
    """A few small craft on the water of the site, away from the berths."""
    boats = []
    for _ in range(int(rng.poisson(1.2))):
        x, y = rng.uniform(-420, 640), rng.uniform(-480, -90)
        lon, lat = to_degrees(np.array(x), np.array(y))
        length, heading = round(float(rng.uniform(9, 22)), 1), round(float(rng.uniform(0, 360)), 1)
        boats.append(Boat((float(lon), float(lat)), length, heading))
    del ground
    return boats


def _message_near(world: World, key: str, text: str) -> float:
    """Time of the first message of a ship after an instant."""
    story = world.by_key[key]
    own = world.rows_of(story.hull.mmsi or 0)
    return float(own.at_s[np.searchsorted(own.at_s, seconds(text))])


def _true_place(world: World, key: str, at_s: float) -> tuple[float, float]:
    lon, lat = world.by_key[key].itinerary.lonlat(np.array([at_s]))[0]
    return float(lon), float(lat)
