"""The planted stories: what each ship of the simulated world truly does, and what it pretends.

The two that deceive follow the shape of published investigations (a far destination declared
before a long silence; a fabricated voyage broadcast while the ship lies at a berth), with every
name and number invented. Around them sail honest ships that look suspicious at first sight.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from quaywatch.errors import WorldScriptError
from quaywatch.testing.fleet import DAY_S, HOUR_S, BerthBook, Hull, make_hull
from quaywatch.testing.itinerary import Diary, Itinerary
from quaywatch.testing.planted import seconds
from quaywatch.testing.sealanes import WAYPOINTS, along_path, lane_path, offset, path_length_m
from quaywatch.testing.site_plan import ANCHORAGE, COVERED_BERTH, berth_place, to_degrees

GHOST_STEP_S: Final = 4 * HOUR_S
"""Spacing of fabricated broadcasts: sparse, and far too regular."""
YELLOW_SEA: Final = (124.0, 36.5)
NAKHODKA_GHOST: Final = (132.93, 42.735)
NAKHODKA_HONEST: Final = (132.985, 42.700)
YANTAI_BERTH: Final = (121.46, 37.60)
LENGTH_TWO_PLACES_M: Final = 146.0
LENGTH_FAR_HARBOUR_M: Final = 137.0

OPEN_PORTS: Final = (
    "qingdao", "yantai", "dalian", "tianjin", "incheon", "lianyungang", "shanghai", "ningbo",
)  # fmt: skip
EAST_PORTS: Final = ("busan", "nakhodka", "vladivostok", "qingdao", "shanghai", "incheon")


_CLEAR_M: Final = {"yantai": (5000.0, 2500.0), "nakhodka": (0.0, -6000.0)}
"""Metres east and north from a port's waypoint to where other ships lie."""
FIRST_AFTER_QUIET: Final = ("coal-2", "2023-10-13T00:00Z", "2023-10-18T00:00Z", "silent_0")
"""The call that ends the first quiet spell: berth, arrival, departure, ship."""


@dataclass(frozen=True)
class Transmission:
    """A stretch of time in which one transponder sends one itinerary, true or not."""

    mmsi: int
    hull: Hull
    """Whose static data it carries."""
    itinerary: Itinerary
    start_s: float
    end_s: float
    style: Literal["true", "ghost"] = "true"
    extra_s: tuple[float, ...] = ()
    """Instants at which a message is certain."""


@dataclass
class Story:
    """One hull with all that it does."""

    hull: Hull
    itinerary: Itinerary
    sends: list[Transmission] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """Planted silences: from the last message before to the first after, nominally."""
    fakes: list[tuple[float, float, str]] = field(default_factory=list)


def near(port: str, rng: np.random.Generator, spread_m: float = 500.0) -> tuple[float, float]:
    """A place of its own at a port, well clear of positions that are imaged as empty."""
    clear = np.array(_CLEAR_M.get(port, (0.0, 0.0)))
    east, north = clear + rng.uniform(-spread_m, spread_m, 2)
    lon, lat = offset(np.array(WAYPOINTS[port]), np.array(east), np.array(north))
    return float(lon), float(lat)


def roads(rng: np.random.Generator) -> tuple[float, float]:
    """A place in the anchorage of the site."""
    west, south, east, north = ANCHORAGE
    x, y = rng.uniform(west + 150, east - 150), rng.uniform(south + 150, north - 150)
    lon, lat = to_degrees(np.array(x), np.array(y))
    return float(lon), float(lat)


def call_at_berth(
    diary: Diary, hull: Hull, book: BerthBook, berth: str, start: float, end: float
) -> None:
    """From wherever the ship lies in the roads: alongside, and back to the roads' edge."""
    book.book(berth, start, end, hull.key)
    place, heading = berth_place(berth, hull.beam_m)
    diary.stay(start - HOUR_S)
    diary.sail("simport", place, arrive_s=start)
    diary.stay(end, kind="berth", heading_deg=heading, berth=berth)


def far_harbour(book: BerthBook, rng: np.random.Generator) -> Story:
    """Declares Vladivostok, falls silent for 13 days, loads, and really goes there; then again."""
    hull = make_hull(
        "far_harbour", 1, rng, role="declares a far port and loads in silence",
        length_m=LENGTH_FAR_HARBOUR_M,
    )  # fmt: skip
    t = seconds
    diary = Diary(t("2024-05-20T00:00Z"), "ningbo", near("ningbo", rng), rng)
    diary.stay(t("2024-05-23T06:00Z"))
    diary.sail("lianyungang", near("lianyungang", rng)).stay(t("2024-06-06T01:00Z"))
    diary.sail(
        "ys_mid", near("ys_mid", rng), arrive_s=t("2024-06-06T21:00Z"), declared="VLADIVOSTOK"
    )
    diary.sail("simport", roads(rng), speed_kn=10.0, declared="VLADIVOSTOK")
    call_at_berth(diary, hull, book, "coal-1", t("2024-06-16T00:30:00Z"), t("2024-06-18T16:00:00Z"))
    diary.sail(
        "vladivostok", near("vladivostok", rng), arrive_s=t("2024-06-23T20:00Z"),
        declared="VLADIVOSTOK",
    )  # fmt: skip
    diary.stay(t("2024-06-25T10:00Z"))
    diary.sail("ningbo", near("ningbo", rng), arrive_s=t("2024-06-30T12:00Z"))
    diary.stay(t("2024-07-02T06:00Z"))
    diary.sail("simport", roads(rng), arrive_s=t("2024-07-05T04:00Z"), declared="DALIAN")
    call_at_berth(diary, hull, book, "coal-2", t("2024-07-05T12:00Z"), t("2024-07-07T12:00Z"))
    diary.sail("ningbo", near("ningbo", rng), arrive_s=t("2024-07-10T18:00Z"))
    diary.stay(t("2024-07-20T00:00Z"))
    diary.sail("hong_kong", near("hong_kong", rng)).stay(t("2024-07-28T00:00Z"))
    true = diary.done()
    silences = [
        (t("2024-06-06T20:00Z"), t("2024-06-19T19:00Z")),
        (t("2024-07-03T06:00Z"), t("2024-07-09T08:00Z")),
    ]
    story = Story(hull, true, gaps=silences)
    edges = [true.start_s, *[s for gap in silences for s in gap], true.end_s]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        story.sends.append(Transmission(_mmsi(hull), hull, true, start, end))
    return story


def two_places(book: BerthBook, rng: np.random.Generator) -> Story:
    """Loads twice while its transponder sends voyages to a Russian bay that it never makes."""
    hull = make_hull(
        "two_places", 2, rng, role="broadcasts fabricated voyages while loading",
        length_m=LENGTH_TWO_PLACES_M,
    )  # fmt: skip
    t = seconds
    diary = Diary(t("2024-10-01T00:00Z"), "qingdao", near("qingdao", rng), rng)
    diary.stay(t("2024-10-16T00:00Z"))
    diary.sail("yantai", YANTAI_BERTH)
    diary.stay(t("2024-10-25T00:00Z"), kind="berth", heading_deg=62.0, berth="yantai")
    diary.sail("tianjin", near("tianjin", rng)).stay(t("2024-12-10T00:00Z"))
    diary.sail("qingdao", near("qingdao", rng)).stay(t("2025-01-22T08:00Z"))
    diary.sail("ys_mid", near("ys_mid", rng), speed_kn=10.0, declared="NAKHODKA")
    diary.sail("simport", roads(rng), speed_kn=10.0, declared="NAKHODKA")
    call_at_berth(diary, hull, book, "coal-1", t("2025-01-31T06:00Z"), t("2025-02-05T04:00Z"))
    diary.sail("yantai", YANTAI_BERTH, arrive_s=t("2025-02-07T06:00Z"))
    diary.stay(t("2025-02-24T01:00Z"), kind="berth", heading_deg=62.0, berth="yantai")
    diary.sail("simport", roads(rng), speed_kn=9.0, declared="NAKHODKA")
    call_at_berth(diary, hull, book, "coal-2", t("2025-03-08T06:00Z"), t("2025-03-10T20:00Z"))
    diary.sail("hong_kong", near("hong_kong", rng), arrive_s=t("2025-03-17T12:00Z"))
    diary.stay(t("2025-03-31T00:00Z"))
    true = diary.done()
    first, second = _first_ghost(true), _second_ghost(true)
    dark = (t("2025-01-23T00:00Z"), t("2025-02-24T07:00Z"))
    rejoin = (t("2025-02-06T05:00Z"), t("2025-03-13T06:00Z"))
    mmsi = _mmsi(hull)
    story = Story(hull, true)
    story.gaps = [(dark[0], first.start_s), (dark[1], second.start_s)]
    story.sends = [
        Transmission(mmsi, hull, true, true.start_s, dark[0], extra_s=(t("2024-10-20T02:20Z"),)),
        Transmission(mmsi, hull, first, first.start_s, rejoin[0], "ghost", FIRST_CERTAIN_S),
        Transmission(mmsi, hull, true, rejoin[0], dark[1], extra_s=(t("2025-02-09T02:18Z"),)),
        Transmission(mmsi, hull, second, second.start_s, rejoin[1], "ghost", SECOND_CERTAIN_S),
        Transmission(mmsi, hull, true, rejoin[1], true.end_s),
    ]
    story.fakes = [
        (first.start_s, rejoin[0], "fabricated track"),
        (second.start_s, rejoin[1], "fabricated track"),
    ]
    return story


FIRST_CERTAIN_S: Final = (seconds("2025-01-29T01:38Z"), seconds("2025-02-03T00:09Z"))
SECOND_CERTAIN_S: Final = (
    seconds("2025-03-02T01:41Z"), seconds("2025-03-04T01:29Z"), seconds("2025-03-10T01:40Z"),
)  # fmt: skip


def _first_ghost(true: Itinerary) -> Itinerary:
    """Naval base to the bay, two days there, back to the Yellow Sea, and into the true track."""
    t = seconds
    base = WAYPOINTS["naval_base"]
    ghost = Diary(t("2025-01-26T03:00Z"), "naval_base", base, None)
    ghost.sail("nakhodka", NAKHODKA_GHOST, arrive_s=t("2025-01-28T07:00Z"), declared="NAKHODKA")
    ghost.stay(t("2025-01-29T14:00Z"), kind="berth", heading_deg=20.0)
    ghost.sail("ys_mid", YELLOW_SEA, arrive_s=t("2025-02-03T00:09Z"), declared="YANTAI")
    meet_s = t("2025-02-06T05:00Z")
    lon, lat = true.lonlat(np.array([meet_s]))[0]
    ghost.sail("ys_mid", (float(lon), float(lat)), arrive_s=meet_s, declared="YANTAI")
    return ghost.done()


def _second_ghost(true: Itinerary) -> Itinerary:
    """Sporadic fixes past the peninsula, a week in the bay, back to the East China Sea."""
    t = seconds
    start_s = t("2025-02-24T19:00Z")
    from_yantai = lane_path("yantai", "jeju_strait")
    at_start = along_path(from_yantai, np.array([0.45 * path_length_m(from_yantai)]))[0]
    ghost = Diary(start_s, "ys_mid", (float(at_start[0]), float(at_start[1])), None)
    ghost.sail("jeju_strait", WAYPOINTS["jeju_strait"], arrive_s=t("2025-02-25T13:00Z"))
    ghost.sail("nakhodka", NAKHODKA_GHOST, arrive_s=t("2025-02-28T01:00Z"), declared="NAKHODKA")
    ghost.stay(t("2025-03-07T06:00Z"), kind="berth", heading_deg=20.0)
    ghost.sail("busan_out", WAYPOINTS["busan_out"], arrive_s=t("2025-03-10T01:40Z"))
    meet_s = t("2025-03-13T06:00Z")
    lon, lat = true.lonlat(np.array([meet_s]))[0]
    ghost.sail("ecs", (float(lon), float(lat)), arrive_s=meet_s)
    return ghost.done()


def clone_pair(rng: np.random.Generator) -> tuple[list[Story], tuple[float, float]]:
    """Two honest-looking traders under one MMSI, a thousand miles apart."""
    t = seconds
    first = make_hull("clone_a", 3, rng, role="true holder of a cloned MMSI", length_m=128.0)
    second = make_hull(
        "clone_b", 4, rng, role="uses another ship's MMSI", length_m=112.0, mmsi=first.mmsi,
        name="SIM CLONE A",
    )  # fmt: skip
    a = loops(first, "2024-08-01T00:00Z", "2024-09-15T00:00Z", ("ningbo", "qingdao"), rng)
    b = loops(second, "2024-08-10T00:00Z", "2024-09-05T00:00Z", ("vladivostok", "busan"), rng)
    overlap = (t("2024-08-10T00:00Z"), t("2024-09-05T00:00Z"))
    return [a, b], overlap


def honest_twin(book: BerthBook, rng: np.random.Generator) -> Story:
    """Broadcasts at sea twelve hours before it is imaged at the berth, and could get there."""
    hull = make_hull(
        "honest_twin", 5, rng, role="honest: really sails to the berth", length_m=151.0
    )
    t = seconds
    diary = Diary(t("2024-09-20T00:00Z"), "incheon", near("incheon", rng), rng)
    diary.stay(t("2024-10-11T02:30Z"))
    place, heading = berth_place("coal-2", hull.beam_m)
    arrive, leave = t("2024-10-12T01:00Z"), t("2024-10-14T09:00Z")
    book.book("coal-2", arrive, leave, hull.key)
    diary.sail("simport", place, arrive_s=arrive, declared="SIMPORT")
    diary.stay(leave, kind="berth", heading_deg=heading, berth="coal-2")
    diary.sail("incheon", near("incheon", rng)).stay(t("2024-11-05T00:00Z"))
    itinerary = diary.done()
    sends = [Transmission(_mmsi(hull), hull, itinerary, itinerary.start_s, itinerary.end_s)]
    return Story(hull, itinerary, sends)


def honest_anchor(rng: np.random.Generator) -> Story:
    """Anchors in the same bay as the fabricated stay, and is really there."""
    hull = make_hull("honest_anchor", 6, rng, role="honest: really lies at anchor", length_m=164.0)
    t = seconds
    diary = Diary(t("2025-01-12T00:00Z"), "busan", near("busan", rng), rng)
    diary.stay(t("2025-02-15T00:00Z"))
    diary.sail("nakhodka", NAKHODKA_HONEST).stay(t("2025-03-10T00:00Z"), heading_deg=330.0)
    diary.sail("busan", near("busan", rng)).stay(t("2025-03-25T00:00Z"))
    itinerary = diary.done()
    sends = [
        Transmission(
            _mmsi(hull), hull, itinerary, itinerary.start_s, itinerary.end_s,
            extra_s=(t("2025-03-05T01:36Z"),),
        )
    ]  # fmt: skip
    return Story(hull, itinerary, sends)


def loops(
    hull: Hull,
    start: str,
    end: str,
    ports: tuple[str, ...],
    rng: np.random.Generator,
    book: BerthBook | None = None,
) -> Story:
    """Honest trade between ports until the season ends; with a book, every third call is ours."""
    end_s = seconds(end)
    port = str(rng.choice(ports))
    diary = Diary(seconds(start), port, near(port, rng), rng)
    diary.stay(diary.at_s + float(rng.uniform(0.3, 2.0)) * DAY_S)
    voyage = int(rng.integers(0, 3))
    while diary.at_s < end_s:
        voyage += 1
        if book is not None and voyage % 3 == 0 and diary.at_s < end_s - 14 * DAY_S:
            _open_call(diary, hull, book, rng)
            continue
        port = str(rng.choice([p for p in ports if p != diary.port]))
        diary.sail(port, near(port, rng), speed_kn=float(rng.uniform(9.0, 12.5)))
        diary.stay(diary.at_s + float(rng.lognormal(0.6, 0.5)) * DAY_S, heading_deg=_any(rng))
    itinerary = diary.done()
    send = Transmission(_mmsi(hull), hull, itinerary, itinerary.start_s, min(end_s, diary.at_s))
    return Story(hull, itinerary, [send])


def _open_call(diary: Diary, hull: Hull, book: BerthBook, rng: np.random.Generator) -> None:
    """An honest call at the site with the transponder on throughout."""
    diary.sail("simport", roads(rng), speed_kn=float(rng.uniform(9.0, 12.0)), declared="SIMPORT")
    stay_s = float(np.clip(rng.lognormal(np.log(2.05), 0.45), 0.6, 6.0)) * DAY_S
    berths = ("coal-1", "coal-2") if rng.random() < 0.7 else ("general",)
    berth, start = book.first_free(berths, diary.at_s + 3 * HOUR_S, stay_s)
    call_at_berth(diary, hull, book, berth, start, start + stay_s)


def silent_visits(
    book: BerthBook, rng: np.random.Generator
) -> list[tuple[Hull, str, float, float]]:
    """Calls of ships without a transponder: hull, berth, arrival, departure."""
    hulls = [
        make_hull(
            f"silent_{n}", 70 + n, rng, role="carries no transponder", silent=True,
            length_m=float(rng.uniform(78, 150)),
        )
        for n in range(12)
    ]  # fmt: skip
    visits: list[tuple[Hull, str, float, float]] = []
    berth, arrives, leaves, _ = FIRST_AFTER_QUIET
    fixed = (berth, seconds(arrives), seconds(leaves))
    visits.append((hulls[0], *fixed))
    busy = {hulls[0].key: [fixed[1:]]}
    rates = {"coal-1": 12.0, "coal-2": 14.0, "general": 8.0, COVERED_BERTH: 9.0}
    start_s, end_s = seconds("2023-07-01T00:00Z"), seconds("2025-07-01T00:00Z")
    for berth, mean_days in rates.items():
        at = start_s + float(rng.exponential(mean_days)) * DAY_S
        while at < end_s - 8 * DAY_S:
            stay = float(np.clip(rng.lognormal(np.log(2.05), 0.6), 0.3, 9.0)) * DAY_S
            free = [h for h in hulls if _idle(busy.get(h.key, []), at, at + stay)]
            if free and book.is_free(berth, at, at + stay):
                hull = free[int(rng.integers(len(free)))]
                book.book(berth, at, at + stay, hull.key)
                busy.setdefault(hull.key, []).append((at, at + stay))
                visits.append((hull, berth, at, at + stay))
            at += float(rng.exponential(mean_days)) * DAY_S
    return visits


def _idle(busy: list[tuple[float, float]], start: float, end: float) -> bool:
    """A hull needs two days between calls."""
    return all(end + 2 * DAY_S < a or start - 2 * DAY_S > b for a, b in busy)


def _any(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 360))


def _mmsi(hull: Hull) -> int:
    if hull.mmsi is None:
        raise WorldScriptError(fact=f"{hull.key} has no transponder but is to send")
    return hull.mmsi
