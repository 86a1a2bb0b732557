"""A hidden scheme at a simulated port: who loads there is to be found without being told.

Two months, a dozen ships. The *schemer* loads while its identity is broadcast from elsewhere, by
another hull (a clone) or by a machine (a fabricated track). The *dark caller* loads in a silence.
The *look-alike* has the schemer's size, another deck, and does nothing; in half of the worlds it
is silent, innocently, while the schemer loads. Everybody called openly before, so that pictures of
each exist. Houses, hatches and decks differ as they do between ships; where another hull sends the
schemer's track, it is a ship of like size and can be seen there. ``scheme.json`` tells; no command
that is tried on the world may read it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from quaywatch.testing.ais_sim import positions, statics
from quaywatch.testing.demo_world import README, write_ais
from quaywatch.testing.fleet import DAY_S, HOUR_S, BerthBook, Hull, make_hull
from quaywatch.testing.ground import sharper, site_ground
from quaywatch.testing.itinerary import Diary, Itinerary
from quaywatch.testing.planted import iso, seconds
from quaywatch.testing.scene_plan import CLEAR, Planned, take_scene
from quaywatch.testing.scene_sim import Camera
from quaywatch.testing.scheme_archive import Archive
from quaywatch.testing.site_plan import SITE_ID, site_geojson
from quaywatch.testing.sky import acquisition_calendar
from quaywatch.testing.story import (
    OPEN_PORTS,
    Story,
    Transmission,
    call_at_berth,
    loops,
    near,
    roads,
)
from quaywatch.testing.world import Visit, World

START: Final = "2025-01-05T00:00Z"
DAYS: Final = 56.0
LOOKS_PER_YEAR: Final = 26.0
"""Of the looks that nobody planned; one wide and one sharp fall into each stay at a berth."""
SHARP: Final = {"width": 1000, "height": 640}
"""Pixels of the sharp images: 900 by 580 m about the berths."""
TRADERS: Final = 7
TRUTH: Final = "scheme.json"

Broadcaster = Literal["another hull", "fabricated track"]


@dataclass(frozen=True)
class Scheme:
    """What is hidden in a world."""

    seed: int
    schemer: str
    """``imo:…``, as ``dark_caller`` and ``look_alike``."""
    dark_caller: str
    look_alike: str
    broadcaster: Broadcaster
    look_alike_silent: bool
    schemer_stay: tuple[str, str]
    """ISO times alongside at coal-1."""
    dark_stay: tuple[str, str]
    """The same at coal-2."""


@dataclass(frozen=True)
class Built:
    """A world as written, and where its other images can be ordered."""

    scheme: Scheme
    archive: Archive = field(compare=False)


@dataclass(frozen=True)
class _Cast:
    schemer: Hull
    dark: Hull
    twin: Hull


def build_scheme(
    out_dir: Path, *, seed: int, progress: Callable[[str, float], None] = lambda _w, _s: None
) -> Built:
    """Write the world of one seed: ``ais/``, ``imagery/``, ``sites/`` and the hidden answer.

    Args:
        out_dir: made if missing.
        seed: the same seed writes the same bytes.
        progress: told what is being written, and its share.

    Examples:
        >>> Scheme(1, "imo:1", "imo:2", "imo:3", "another hull", False, ("a", "b"), ("c", "d")).seed
        1

    """
    for folder in ("ais", "imagery", "sites"):
        (out_dir / folder).mkdir(parents=True, exist_ok=True)
    script, radio, words, ground_rng, looks = np.random.default_rng([seed, 77]).spawn(5)
    cast = _cast(script)
    book = BerthBook()
    stories, scheme = _stories(cast, book, script, seed)
    sends = [send for story in stories for send in story.sends]
    world = World(
        seed=seed,
        stories=tuple(stories),
        visits=tuple(_visits(stories)),
        clone_span_s=(0.0, 0.0),
        table=positions(sends, radio),
        statics=tuple(statics(sends, words)),
    )
    write_ais(out_dir / "ais", world, lambda share: progress("ais", share))
    ground = site_ground(ground_rng)
    wide = Camera(ground, ground_rng)
    sharp = Camera(sharper(ground, **SHARP), ground_rng)
    plan = _looks(world, looks)
    for number, (taken, own) in enumerate(zip(plan, looks.spawn(len(plan)), strict=True)):
        camera = sharp if taken.sharp else wide
        take_scene(world, None, out_dir / "imagery", camera, taken.planned, own, number)
        progress("images", (number + 1) / len(plan))
    site = json.dumps(site_geojson(), indent=1) + "\n"
    (out_dir / "sites" / f"{SITE_ID}.geojson").write_text(site, encoding="utf-8")
    (out_dir / TRUTH).write_text(json.dumps(asdict(scheme), indent=1) + "\n", encoding="utf-8")
    (out_dir / "README.txt").write_text(README, encoding="utf-8")
    (out_dir / "ordered").mkdir(exist_ok=True)
    return Built(scheme, Archive(world, out_dir / "ordered", seed=seed))


def _day(number: float) -> float:
    return seconds(START) + number * DAY_S


def _cast(rng: np.random.Generator) -> _Cast:
    """Names say nothing; the look-alike differs in deck, house and hatches alone."""
    names = rng.permutation(["SIM AUK", "SIM COOT", "SIM DUNLIN", "SIM EIDER", "SIM FULMAR"])
    numbers = 2 + rng.permutation(90)[:3]
    length = float(rng.uniform(112, 172))
    schemer, dark, twin = (
        make_hull(f"principal_{n}", int(number), rng, role=role, name=str(name), length_m=metres)
        for n, (number, name, role, metres) in enumerate(
            zip(
                numbers,
                names[:3],
                ("loads under a false broadcast", "loads in silence", "honest look-alike"),
                (length, float(rng.uniform(112, 172)), length + float(rng.uniform(-1.5, 1.5))),
                strict=True,
            )
        )
    )
    deck = (schemer.deck + int(rng.integers(1, 5))) % 5
    twin = replace(twin, beam_m=schemer.beam_m, deck=deck)
    return _Cast(*(_own_looks(hull, rng) for hull in (schemer, dark, twin)))


def _own_looks(hull: Hull, rng: np.random.Generator) -> Hull:
    """A house and hatches of its own: ships of one length do not all have the same."""
    hatches = round(hull.length_m / 30.0 + float(rng.normal(0.0, 1.2)))
    return replace(
        hull, house_from=float(rng.uniform(0.02, 0.13)), hatches=int(np.clip(hatches, 3, 8))
    )


def _stories(
    cast: _Cast, book: BerthBook, rng: np.random.Generator, seed: int
) -> tuple[list[Story], Scheme]:
    broadcaster: Broadcaster = "another hull" if rng.random() < 0.5 else "fabricated track"
    twin_silent = bool(rng.random() < 0.5)
    load = (_day(33.0 + float(rng.uniform(0, 1))), _day(36.0 + float(rng.uniform(0, 1))))
    dark = (_day(34.0 + float(rng.uniform(0, 4))), 0.0)
    dark = (dark[0], dark[0] + float(rng.uniform(2.0, 3.5)) * DAY_S)
    schemer = _schemer(cast.schemer, book, rng, load, broadcaster)
    stories = [
        *schemer,
        _dark_caller(cast.dark, book, rng, dark),
        _look_alike(cast.twin, book, rng, load, silent=twin_silent),
    ]
    for number in range(TRADERS):
        hull = make_hull(f"trader_{number}", 100 + number, rng, role="honest trade")
        hull = _own_looks(hull, rng)
        stories.append(loops(hull, START, iso(_day(DAYS)), OPEN_PORTS, rng, None))
    return stories, Scheme(
        seed=seed,
        schemer=f"imo:{cast.schemer.imo}",
        dark_caller=f"imo:{cast.dark.imo}",
        look_alike=f"imo:{cast.twin.imo}",
        broadcaster=broadcaster,
        look_alike_silent=twin_silent,
        schemer_stay=(iso(load[0]), iso(load[1])),
        dark_stay=(iso(dark[0]), iso(dark[1])),
    )


def _open_call(hull: Hull, book: BerthBook, rng: np.random.Generator) -> Diary:
    """From an open port to the site and away again, heard all the while."""
    ports = [str(p) for p in rng.permutation(["qingdao", "dalian", "incheon", "lianyungang"])]
    diary = Diary(_day(0.0), ports[0], near(ports[0], rng), rng)
    diary.stay(_day(float(rng.uniform(1.0, 4.0))))
    diary.sail("simport", roads(rng), declared="SIMPORT")
    stay_s = float(rng.uniform(2.0, 3.0)) * DAY_S
    berth, start = book.first_free(("coal-1", "coal-2"), diary.at_s + 3 * HOUR_S, stay_s)
    call_at_berth(diary, hull, book, berth, start, start + stay_s)
    diary.sail(ports[1], near(ports[1], rng))
    return diary


def _schemer(
    hull: Hull,
    book: BerthBook,
    rng: np.random.Generator,
    load: tuple[float, float],
    broadcaster: Broadcaster,
) -> list[Story]:
    """The schemer, and the hull that sends its track where one does."""
    diary = _open_call(hull, book, rng)
    diary.stay(_day(29.0)).sail("ys_mid", near("ys_mid", rng), declared="NAKHODKA")
    silent_from = diary.at_s - 2 * HOUR_S
    diary.sail("simport", roads(rng), declared="NAKHODKA")
    call_at_berth(diary, hull, book, "coal-1", *load)
    diary.sail("ys_mid", near("ys_mid", rng))
    heard_from = diary.at_s + 4 * HOUR_S
    diary.sail("qingdao", near("qingdao", rng)).stay(_day(DAYS))
    true = diary.done()
    false = _elsewhere(true, silent_from, heard_from, rng, broadcaster)
    style: Literal["true", "ghost"] = "ghost" if broadcaster == "fabricated track" else "true"
    # A machine sends as steadily as a set on board; a third of that is received.
    every = np.arange(false.start_s + 600.0, heard_from - 600.0, 1200.0)
    certain = tuple(every) if broadcaster == "fabricated track" else ((load[0] + load[1]) / 2,)
    story = Story(hull, true)
    story.sends = [
        Transmission(hull.mmsi or 0, hull, true, true.start_s, silent_from),
        Transmission(
            hull.mmsi or 0, hull, false, false.start_s, heard_from, style, extra_s=certain,
        ),
        Transmission(hull.mmsi or 0, hull, true, heard_from, true.end_s),
    ]  # fmt: skip
    story.gaps = [(silent_from, false.start_s)]
    story.fakes = [(false.start_s, heard_from, broadcaster)]
    if broadcaster == "fabricated track":
        return [story]
    length = hull.length_m * float(rng.uniform(0.85, 1.15))
    other = make_hull("other", 500, rng, role="sends for the schemer", length_m=length)
    return [story, Story(_own_looks(other, rng), false, [])]


def _elsewhere(
    true: Itinerary,
    silent_from: float,
    heard_from: float,
    rng: np.random.Generator,
    broadcaster: Broadcaster,
) -> Itinerary:
    """Round the peninsula and back, from where the ship fell silent to where it is heard again."""
    begin = silent_from + 3 * HOUR_S
    ends = true.lonlat(np.array([silent_from, heard_from]))
    first, last = ((float(lon), float(lat)) for lon, lat in ends)
    # A fabricated track has no sea under it: no wander, no noise.
    diary = Diary(begin, "ys_mid", first, rng if broadcaster == "another hull" else None)
    half = begin + 0.45 * (heard_from - begin)
    diary.sail("jeju_strait", near("jeju_strait", rng), arrive_s=half, declared="NAKHODKA")
    diary.stay(half + 0.12 * (heard_from - begin), kind="anchor")
    diary.sail("ys_mid", last, arrive_s=heard_from, declared="QINGDAO")
    return diary.done()


def _dark_caller(
    hull: Hull, book: BerthBook, rng: np.random.Generator, dark: tuple[float, float]
) -> Story:
    diary = _open_call(hull, book, rng)
    diary.stay(_day(30.0)).sail("ys_mid", near("ys_mid", rng), declared="DALIAN")
    silent_from = diary.at_s - 3 * HOUR_S
    diary.sail("simport", roads(rng), declared="DALIAN")
    call_at_berth(diary, hull, book, "coal-2", *dark)
    diary.sail("lianyungang", near("lianyungang", rng))
    heard_from = diary.at_s - 6 * HOUR_S
    diary.stay(max(_day(DAYS), diary.at_s + DAY_S))
    true = diary.done()
    sends = [
        Transmission(hull.mmsi or 0, hull, true, true.start_s, silent_from),
        Transmission(hull.mmsi or 0, hull, true, heard_from, true.end_s),
    ]
    return Story(hull, true, sends, gaps=[(silent_from, heard_from)])


def _look_alike(
    hull: Hull,
    book: BerthBook,
    rng: np.random.Generator,
    load: tuple[float, float],
    *,
    silent: bool,
) -> Story:
    """Lies at anchor off another port while the schemer loads; its set may be off for repair."""
    diary = _open_call(hull, book, rng)
    diary.stay(_day(28.0)).sail("incheon", near("incheon", rng)).stay(_day(44.0))
    diary.sail("qingdao", near("qingdao", rng)).stay(_day(DAYS))
    true = diary.done()
    off = (load[0] - 20 * HOUR_S, load[1] + 18 * HOUR_S)
    if not silent:
        whole = Transmission(hull.mmsi or 0, hull, true, true.start_s, true.end_s)
        return Story(hull, true, [whole])
    sends = [
        Transmission(hull.mmsi or 0, hull, true, true.start_s, off[0]),
        Transmission(hull.mmsi or 0, hull, true, off[1], true.end_s),
    ]
    return Story(hull, true, sends, gaps=[off])


def _visits(stories: list[Story]) -> list[Visit]:
    found = [
        Visit(
            story.hull,
            phase.berth,
            phase.start_s,
            phase.end_s,
            story.hull.dwt_t * 0.9,
            broadcasting=False,
        )
        for story in stories
        for phase in story.itinerary.phases
        if phase.kind == "berth" and phase.place == "simport" and phase.berth is not None
    ]
    return sorted(found, key=lambda visit: (visit.start_s, visit.hull.key))


@dataclass(frozen=True)
class _Taken:
    planned: Planned
    sharp: bool


def _looks(world: World, rng: np.random.Generator) -> list[_Taken]:
    """Unplanned looks under any sky; into every stay at a berth a clear one and a sharp one."""
    calendar = acquisition_calendar(
        START, iso(_day(DAYS)), rng.spawn(1)[0], looks_per_year=LOOKS_PER_YEAR
    )
    wide = [Planned(SITE_ID, look.at_s, look.weather, boats=True) for look in calendar]
    sharp = []
    for visit in world.visits:
        days = np.arange(np.ceil(visit.start_s / DAY_S), visit.end_s // DAY_S + 1.0)
        mornings = days * DAY_S + 2.2 * HOUR_S + rng.uniform(-900, 900, len(days))
        inside = mornings[(mornings > visit.start_s + HOUR_S) & (mornings < visit.end_s - HOUR_S)]
        wide += [Planned(SITE_ID, float(at), CLEAR, boats=True) for at in inside[1:2]]
        sharp += [Planned(SITE_ID, float(at) + HOUR_S, CLEAR, boats=False) for at in inside[:1]]
    wide.sort(key=lambda look: look.at_s)
    apart = [look for i, look in enumerate(wide) if i == 0 or look.at_s - wide[i - 1].at_s > HOUR_S]
    taken = [_Taken(look, sharp=False) for look in apart] + [
        _Taken(look, sharp=True) for look in sharp
    ]
    return sorted(taken, key=lambda one: one.planned.at_s)
