"""Ships at a site's berths from looks and from AIS: each once, and none taken for another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quaywatch.sites.activity import Period, Stay
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.activity_world import looks_from, plant, ships_of
from quaywatch.testing.berth_sim import BerthSeries
from quaywatch.testing.sky import acquisition_calendar
from quaywatch.voyages.cargo import Carriage
from quaywatch.workflows.activity_inputs import watched
from quaywatch.workflows.stock_ships import NO_AIS, Alongside, _is_she, ships_alongside

DAY = datetime(2025, 2, 3, tzinfo=UTC)
HEARD = Alongside(
    Carriage("call", "imo:9074729", None, 1.0), "quay", DAY, DAY + timedelta(days=2),
    in_looks=False, in_ais=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A quarter at a quay, judged without a mistake; no AIS."""
    series = BerthSeries(103)
    rng = np.random.default_rng(103)
    calendar = acquisition_calendar(
        "2024-01-01T00:00Z", "2024-04-01T00:00Z", rng, looks_per_year=130
    )
    with Workspace.create(tmp_path_factory.mktemp("quay") / "w", simulated=True) as made:
        site = series.site.to_geojson()
        plant(made, site, ships_of(series), looks_from(calendar), known_at=DAY)
        yield made


def test_every_stay_seen_is_a_ship_without_tonnes(quay: Workspace) -> None:
    """A hull in a picture has a length and no deadweight: none is made up from it."""
    seen = watched(quay, "quay-103")
    period = seen.span
    ships, notes = ships_alongside(quay, "quay-103", seen, period, None)
    assert len(ships) == len(seen.stays) > 3
    assert {s.carriage.deadweight for s in ships} == {None}
    assert len({s.carriage.name for s in ships}) == len(ships)
    assert notes == [NO_AIS]
    first = ships[0].first
    assert first is not None
    before = Period(first - timedelta(days=9), first - timedelta(seconds=1))
    assert ships_alongside(quay, "quay-103", seen, before, None)[0] == []
    assert ships_alongside(quay, "quay-103", None, period, None)[0] == []


@pytest.mark.parametrize(
    ("berth", "days", "one"),
    [("quay", (0.5, 1.0), True), ("pier", (0.5, 1.0), False), ("quay", (3.0, 4.0), False),
     ("quay", (-2.0, -1.0), False)],
    ids=["while-she-lay-there", "another-berth", "after-her", "before-her"],
)  # fmt: skip
def test_a_look_shows_the_ship_that_ais_has_there(
    berth: str, days: tuple[float, float], *, one: bool
) -> None:
    """Counted twice, she would load twice what left; taken for another, another is missed."""
    at = [DAY + timedelta(days=d) for d in days]
    stay = Stay(berth, None, at[0], at[1], None)
    assert _is_she(HEARD, stay) is one
    taken = Alongside(HEARD.carriage, "quay", HEARD.first, HEARD.last, in_looks=True, in_ais=True)
    assert not _is_she(taken, stay)
