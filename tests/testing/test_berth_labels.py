"""The labels that berth states are scored on, and the series they are scored on."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.sites.facility import Site
from quaywatch.testing.bench.berth_tally import low_bound
from quaywatch.testing.bench.imagery_berths import LABELS, SITES
from quaywatch.testing.berth_sim import DAYS, START, BerthSeries, sky_calendar
from quaywatch.testing.fleet import DAY_S
from quaywatch.testing.planted import seconds


def test_every_label_is_of_a_drawn_berth_and_the_split_is_by_port() -> None:
    """A port on both sides would flatter the figures; a label without a berth measures nothing."""
    kept = json.loads(LABELS.read_text(encoding="utf-8"))
    sites = {site.id: site for site in map(Site.read, sorted(SITES.glob("*.geojson")))}
    setting, scoring = set(kept["split"]["setting"]), set(kept["split"]["scoring"])
    assert not setting & scoring
    for label in kept["labels"]:
        assert label["site"] in (setting if label["split"] == "setting" else scoring)
        assert label["berth"] in {f.id for f in sites[label["site"]].facilities}, label
        assert label["state"] in {"occupied", "empty", "doubtful"}
        assert (label["length_m"] is None) or label["state"] == "occupied"
    scored = [lab for lab in kept["labels"] if lab["state"] != "doubtful"]
    assert len(scored) >= 60
    assert {lab["split"] for lab in scored} == {"setting", "scoring"}


def test_a_label_is_counted_once() -> None:
    """The same berth twice in one scene would count one glance as two."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["labels"]
    keys = [(lab["site"], lab["scene"], lab["berth"]) for lab in labels]
    assert len(keys) == len(set(keys))


@given(seed=st.integers(0, 200))
def test_two_years_under_a_recorded_sky(seed: int) -> None:
    """Looks in time order over the two years, with the cloud shares of the record and no other."""
    days = np.cumsum(np.random.default_rng(1).integers(5, 30, 40)).astype(float)
    cover = np.linspace(0, 1, 40)
    looks = sky_calendar(days, cover, np.random.default_rng(seed), denser=4.0)
    at = np.array([look.at_s for look in looks])
    assert (np.diff(at) > 0).all()
    assert at[-1] <= seconds(START) + (DAYS + 1) * DAY_S
    assert {look.weather.cloud for look in looks} <= set(cover.tolist())


@pytest.mark.parametrize("seed", [1, 102])
def test_no_hull_lies_on_another(seed: int) -> None:
    """Truth that contradicts itself would make a right answer count as wrong."""
    stays = BerthSeries(seed).stays
    for number, one in enumerate(stays):
        for other in stays[:number]:
            together = one.start_s < other.end_s and other.start_s < one.end_s
            along = abs(one.along_m - other.along_m)
            off = abs(one.off_m - other.off_m)
            half = (one.hull.length_m + other.hull.length_m) / 2
            beams = (one.hull.beam_m + other.hull.beam_m) / 2
            assert not together or along >= half or off >= beams, (one, other)


def test_the_lower_bound_is_below_the_share() -> None:
    """A bound above the share itself would promise more than was measured."""
    assert all(0 <= low_bound(k, 50) <= k / 50 for k in range(1, 51))
    assert isinstance(LABELS, Path)
