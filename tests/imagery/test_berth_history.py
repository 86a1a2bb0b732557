"""The fixed camera over a berth: backgrounds, hulls on them, and what is said of them."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery.berth_history import LEAST_LOOKS, background, borrowed, occupancy
from quaywatch.imagery.berth_odds import CURVES, HISTORY, LOOK, chance, evidence
from quaywatch.imagery.berth_state import BerthState
from quaywatch.imagery.berth_strip import HIDDEN, INFRARED, BerthStrip, cut_strips, off_m
from quaywatch.imagery.berth_verdict import berth_states, size_class, verdict
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.read import Pixels
from quaywatch.sites.facility import Facility, Site

ROWS, COLUMNS = 34, 80


def site(**more: object) -> Site:
    """One quay along the equator, water to the south."""
    properties = {"id": "quay", "kind": "berth", "side": "right", **more}
    line = {"type": "LineString", "coordinates": [[0.0, 0.0], [0.00216, 0.0]]}
    feature = {"type": "Feature", "properties": properties, "geometry": line}
    return Site.from_geojson({"type": "FeatureCollection", "id": "s", "features": [feature]})


def facility(**more: object) -> Facility:
    """Its berth."""
    return site(**more).facilities[0]


def strip(
    seed: int = 0,
    ships: tuple[tuple[float, float, float], ...] = (),
    *,
    gsd_m: float = 3.0,
    hidden: float = 0.0,
) -> BerthStrip:
    """Water with a quay edge and hulls: each from, to along the quay and beam, metres."""
    rng = np.random.default_rng(seed)
    values = np.zeros((3, ROWS, COLUMNS)) + rng.normal(0, 0.008, (3, ROWS, COLUMNS))
    off, along = off_m(ROWS), (np.arange(COLUMNS) + 0.5) * 3.0
    land = off < 0
    values[0, land] += 0.5
    values[1, land] += 0.45
    values[2, land] -= 0.3
    for start, end, beam in ships:
        hull = ((off > 2) & (off < 2 + beam))[:, None] & ((along > start) & (along < end))[None]
        values[0][hull] += 0.35
        values[1][hull] += 0.30
        values[2][hull] -= 0.25
    cells = np.clip(np.rint((values + 0.2) / 0.8 * 254), 0, 254).astype(np.uint8)
    cells[:, :, : int(hidden * COLUMNS)] = HIDDEN
    return BerthStrip("quay", INFRARED, cells, 60.0, (0.01, 0.01, 0.02), gsd_m, 1.0)


def series(count: int, taken: float, seed: int = 0) -> list[BerthStrip]:
    """Looks of which a share shows a ship, somewhere along the quay."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        start = float(rng.uniform(0, 90))
        here = ((start, start + 130.0, 20.0),) if number < taken * count else ()
        found.append(strip(seed * 1000 + number, here))
    return found


def test_fewer_looks_than_needed_give_no_background() -> None:
    """A history of a few looks would take a ship that stayed for the empty berth."""
    assert background(series(LEAST_LOOKS - 1, 0.2)) is None
    assert background([strip(n, hidden=0.5) for n in range(60)]) is None


@given(taken=st.floats(0.0, 0.65), seed=st.integers(0, 50))
def test_the_empty_berth_is_learnt_however_busy_it_is(taken: float, seed: int) -> None:
    """A busy berth must not be learnt with its ships: every ship would then pass unseen."""
    learnt = background(series(40, taken, seed))
    assert learnt is not None
    off = off_m(ROWS)
    assert np.abs(learnt.level[0][off > 3]).max() < 0.08
    assert np.abs(learnt.level[0][off < -1]).min() > 0.3
    ship = occupancy(strip(7, ((40.0, 180.0, 21.0),)), learnt)
    assert abs(ship.runs[0].length_m - 140) <= 9
    assert abs(ship.runs[0].beam_m - 21) <= 6
    assert not occupancy(strip(8), learnt).runs


def test_a_berth_that_is_never_empty_borrows_open_water() -> None:
    """A museum ship that never leaves is a ship all the same."""
    always = [strip(n, ((20.0, 200.0, 24.0),)) for n in range(30)]
    learnt = background(always)
    assert learnt is not None
    assert learnt.borrowed_share > 0.1
    assert occupancy(always[0], learnt).runs[0].length_m > 150


def test_order_of_looks_does_not_matter() -> None:
    """Same looks, same bits: a claim is computed again from its inputs."""
    looks = series(30, 0.4)
    one, other = background(looks), background(looks[::-1])
    assert one is not None
    assert other is not None
    assert (one.level == other.level).all()
    assert (one.sigma == other.sigma).all()


def test_two_ships_on_one_quay_are_two() -> None:
    """One long ship and two short ones are different cargo altogether."""
    said = verdict(facility(), strip(1, ((5, 105, 18), (125, 230, 18))), None, ())
    assert said.state is BerthState.OCCUPIED
    assert said.ship_count == 2
    first, second = sorted(said.ships, key=lambda s: s.start_m)
    assert first.end_m < second.start_m
    assert said.to_json()["size_class"] == "90-150 m"


def test_two_hulls_abreast_are_told_from_one_wide_ship() -> None:
    """Rafted ships are two: the valley of water between them shows."""
    both = strip(2, ((30, 170, 45),))
    off = off_m(ROWS)
    cells = both.cells.copy()
    along = (np.arange(COLUMNS) + 0.5) * 3.0
    between = ((off > 21) & (off < 28))[:, None] & ((along > 30) & (along < 170))[None]
    cells[:2, between] = (cells[:2, between] * 0.7).astype(np.uint8)
    rafted = BerthStrip("quay", INFRARED, cells, 60.0, both.spread, 3.0, 1.0)
    said = verdict(facility(), rafted, None, ())
    assert said.ships[0].rafted
    assert said.ship_count == 2
    assert verdict(facility(), strip(3, ((30, 170, 24),)), None, ()).ships[0].rafted is False


@given(
    covered_reason=st.text("abc ", min_size=1).filter(str.strip),
    taken=st.booleans(),
    learnt=st.booleans(),
)
def test_a_covered_berth_is_never_occupied_nor_empty(
    *, covered_reason: str, taken: bool, learnt: bool
) -> None:
    """A roof hides hulls: nothing of it may count for or against a ship."""
    covered = facility(observable=False, reason=covered_reason)
    seen = strip(1, ((30, 170, 20),) if taken else ())
    empty = background(series(25, 0.2)) if learnt else None
    for shown in (seen, None):
        said = verdict(covered, shown, empty, ())
        assert said.state is BerthState.NOT_APPLICABLE
        assert said.p_occupied is None
        assert said.ships == ()


@given(hidden=st.floats(0.13, 1.0), taken=st.booleans())
def test_what_is_hidden_is_unknown(*, hidden: float, taken: bool) -> None:
    """Cloud over a berth is a gap in coverage, never an empty berth."""
    said = verdict(facility(), strip(5, ((60, 200, 20),) if taken else (), hidden=hidden), None, ())
    assert said.state is BerthState.UNKNOWN
    assert said.p_occupied is None
    assert "hidden" in said.reason


def test_a_state_says_what_it_rests_on() -> None:
    """A reader must know whether a berth's own history or one look speaks."""
    empty = background(series(25, 0.3))
    assert empty is not None
    seen = {"quay": strip(4, ((30, 170, 20),))}
    (by_history,) = berth_states(site(), seen, {"quay": empty}, {})
    (by_look,) = berth_states(site(), seen, {}, {})
    assert by_history.evidence == "history of 25 looks"
    assert by_look.evidence == "detector and strip"
    (coarse,) = berth_states(site(), {"quay": strip(4, gsd_m=10.0)}, {"quay": empty}, {})
    assert coarse.evidence == "detector and strip"


@pytest.mark.parametrize("kind", [HISTORY, LOOK])
def test_probability_is_never_certain(kind: str) -> None:
    """No count of labels supports 0 or 1."""
    curve = CURVES[kind]
    for seen in (strip(1), strip(1, ((0, 240, 30),))):
        p = chance(evidence(occupancy(seen, borrowed(seen)), 0.0), curve)
        assert curve.least <= p <= 1 - curve.least


def test_strips_are_cut_along_the_quay_and_kept_whole() -> None:
    """The same place in every look, however the pixels lie; kept to the bit."""
    east, north = 166021.4431, 0.0
    grid = Grid("EPSG:32631", (3.0, 0.0, east - 400.0, 0.0, -3.0, north + 300.0), 400, 300)
    y, x = np.mgrid[:300, :400]
    lon, lat = grid.lonlat_of(x + 0.5, y + 0.5)
    land = lat > 0
    values = np.where(land, 0.6, 0.1)[None].repeat(4, 0).astype(np.float32)
    values[3] = np.where(land, 0.6, 0.04)
    hull = (lat < -2 / 110574) & (lat > -22 / 110574) & (lon > 0.0005) & (lon < 0.0014)
    values[:, hull] = 0.5
    valid = np.ones(land.shape, bool)
    pixels = Pixels(
        values=values, valid=valid, bands=("blue", "green", "red", "nir"), grid=grid,
        window=(0, 0, 400, 300), radiometry="display", sensor=None, geolocation_sigma_m=2.0,
    )  # fmt: skip
    strips = cut_strips(site(), pixels, valid, ~land & ~hull)
    again = BerthStrip.from_json(strips["quay"].to_json(), strips["quay"].data)
    assert (again.cells == strips["quay"].cells).all()
    found = occupancy(again, borrowed(again))
    assert found.runs[0].start_m == pytest.approx(0.0005 * 111320, abs=4)
    assert found.runs[0].length_m == pytest.approx(0.0009 * 111320, abs=5)
    assert cut_strips(site(), pixels, valid, np.zeros_like(land)) == {}
    covered = site(observable=False, reason="a roof")
    assert cut_strips(covered, pixels, valid, ~land & ~hull) == {}


@given(length=st.floats(10, 400), sigma=st.floats(1, 30))
def test_a_class_holds_the_length(length: float, sigma: float) -> None:
    """A class that does not hold its length would misname the ship."""
    named = size_class(length, sigma)
    middle = size_class(length, 0.0)
    assert middle in named or sigma > 0
    assert named


def test_shape_of_a_site_in_degrees() -> None:
    """The strip of the site above is a rectangle of the quay's length."""
    area = site().frame.to_metres(facility().area)
    assert isinstance(area, shapely.Polygon)
    assert area.area == pytest.approx(240 * 60, rel=0.02)
