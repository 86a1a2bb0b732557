"""Activity of a workspace's berths: against who truly came, and computed again to the bit."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quaywatch.errors import ArgumentError, LooksMissingError, SiteMissingError
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.sites.activity_needed import Needed
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.activity_world import Ship, looks_from, plant, ships_of
from quaywatch.testing.berth_sim import BerthSeries
from quaywatch.testing.sky import acquisition_calendar
from quaywatch.workflows import activity, activity_compared
from quaywatch.workflows.activity_cautions import ais_line, cautions
from quaywatch.workflows.activity_compare_shown import remedy, site_compare
from quaywatch.workflows.activity_compared import compared, named_periods
from quaywatch.workflows.activity_inputs import period_of, reason_kind, watched
from quaywatch.workflows.activity_shown import site_activity
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.receive import Terms

NOW = datetime(2025, 8, 1, tzinfo=UTC)
FROM, TO = "2023-07-01T00:00Z", "2025-07-01T00:00Z"


def quay(*berths: str, site: str = "quay", apart_deg: float = 0.01) -> dict[str, Any]:
    """A site of some berths in a row."""
    return {
        "type": "FeatureCollection", "id": site, "name": "A quay", "features": [
            {
                "type": "Feature",
                "properties": {"id": berth, "kind": "berth", "side": "left"},
                "geometry": {"type": "LineString", "coordinates": [
                    [125.4 + apart_deg * n, 38.7], [125.402 + apart_deg * n, 38.7]]},
            }
            for n, berth in enumerate(berths)
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def series() -> BerthSeries:
    """Two years at a quay."""
    return BerthSeries(102)


@pytest.fixture(scope="module")
def filled(series: BerthSeries, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its states. Read only."""
    root = tmp_path_factory.mktemp("activity") / "w"
    calendar = acquisition_calendar(FROM, TO, np.random.default_rng(102), looks_per_year=120)
    with Workspace.create(root, simulated=True) as workspace:
        site = series.site.to_geojson()
        plant(workspace, site, ships_of(series), looks_from(calendar), known_at=NOW)
    return root


@pytest.fixture
def workspace(filled: Path) -> Iterator[Workspace]:
    """It, opened."""
    with Workspace.open(filled) as opened:
        yield opened


def came(series: BerthSeries, text: str) -> int:
    """How many truly came in a period."""
    period = period_of(text, flag="P")
    return sum(period.start <= ship.arrived_at < period.end for ship in ships_of(series))


@pytest.mark.parametrize("seed", [105, 108])
def test_two_years_hold_the_truth(seed: int, tmp_path: Path) -> None:
    """The interval is what an article quotes; the count that was seen is a third of the truth."""
    series = BerthSeries(seed)
    calendar = acquisition_calendar(FROM, TO, np.random.default_rng(seed), looks_per_year=140)
    with Workspace.create(tmp_path / "w", simulated=True) as workspace:
        site = series.site.to_geojson()
        plant(workspace, site, ships_of(series), looks_from(calendar), known_at=NOW)
        seen = watched(workspace, series.name)
        found = activity.estimated(seen, seen.span)
    held = found.calls.interval(0.95)
    truth = sum(found.period.start <= s.arrived_at < found.period.end for s in ships_of(series))
    assert held is not None
    assert held.low <= truth <= held.high
    assert found.calls_seen < truth


def test_a_claim_is_made_again_by_the_method_that_verify_uses(
    workspace: Workspace, series: BerthSeries, tmp_path: Path
) -> None:
    """A number that nobody can recompute is no evidence."""
    name = series.name
    site_activity(workspace, name, now=NOW, since="2024-10", until="2025-01", against="2024-H1")
    site_compare(workspace, name, ["2024-H1", "2025-H1"], now=NOW)
    again = recomputing(workspace, WaterRouter(tmp_path / "water"))
    found = [c for c in workspace.evidence.find("claim", subject=f"site:{name}") if mine(c)]
    kinds = {c.predicate for c in found if isinstance(c, Claim)}
    assert {*activity.PREDICATES, "activity-compare"} - {"evidence-of-none"} <= kinds
    for claim in found:
        assert isinstance(claim, Claim)
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        assert again[claim.method](claim, inputs).id == claim.id, claim.predicate


def mine(claim: object) -> bool:
    """Whether it is a claim about activity."""
    methods = {*activity.METHODS, activity_compared.METHOD}
    return isinstance(claim, Claim) and claim.method in methods


def test_a_claim_rests_on_the_states(workspace: Workspace, series: BerthSeries) -> None:
    """From the figure the way leads to every look, or it cannot be checked."""
    claims = activity.claims_of(
        workspace, activity.told(watched(workspace, series.name), activity.Asked(P2024))
    )
    main = next(c for c in claims if c.predicate == "activity")
    stays = [c for c in claims if c.id in main.inputs]
    states = {record_id for claim in stays for record_id in claim.inputs}
    assert states == {c.id for c in states_of(workspace, series.name)}
    assert main.time is not None
    assert main.time.start == P2024.start


P2024 = period_of("2024", flag="P")


def test_a_second_run_adds_nothing(workspace: Workspace, series: BerthSeries) -> None:
    """The ledger would else grow with every reader."""
    heads = []
    for _ in range(2):
        site_activity(workspace, series.name, now=NOW, since="2024-03", until="2024-04")
        site_compare(workspace, series.name, ["2024-01", "2025-01"], now=NOW)
        heads.append(workspace.evidence.head())
    assert heads[0] == heads[1]


def test_a_silence_is_no_evidence_without_the_looks(
    workspace: Workspace, series: BerthSeries
) -> None:
    """That nobody came would be false out of six looks; no sentence may read so."""
    found = site_activity(
        workspace, series.name, now=None, since="2025-01", until="2025-01", against="2023-H2"
    )
    assert found["activity"]["calls_seen"] == 0
    assert found["silence"]["verdict"] == "no-evidence"
    assert found["silence"]["rate"]["per_day"] > 0
    said = " ".join(found["sentences"])
    assert "No evidence (insufficient looks)" in said
    assert "0 calls were made" not in said
    assert not any("lasted more than" in sentence for sentence in found["sentences"])


def test_a_rate_of_the_same_time_is_not_fixed_beforehand(
    workspace: Workspace, series: BerthSeries
) -> None:
    """A rate read off the looks it is held against proves nothing."""
    found = site_activity(
        workspace,
        series.name,
        now=None,
        since="2024-11",
        until="2025-01",
        against="2024-10/2025-03",
    )
    if found["silence"] is not None and found["silence"]["rate"] is not None:
        assert found["silence"]["rate_refusal"] == "rate-from-same-looks"


def test_a_period_without_looks_says_nothing(workspace: Workspace, series: BerthSeries) -> None:
    """A nought for a year that nobody looked at is the silent gap."""
    found = site_activity(workspace, series.name, now=None, since="2031", until="2031")
    assert found["activity"]["calls"]["median"] is None
    assert found["activity"]["model"] == "none"
    assert found["silence"]["calls_not_excluded"] is None
    assert any("365 days unseen" in caution for caution in found["cautions"])


def test_a_comparison_says_how_many_looks_it_lacks(
    workspace: Workspace, series: BerthSeries
) -> None:
    """A refusal without a remedy leaves an analyst with nothing to order."""
    seen = watched(workspace, series.name)
    (one,) = compared(seen, named_periods(["2024-H1", "2025-H1"]))
    assert one.refusal is not None
    assert one.refusal.code == "compare-looks-too-few"
    for needed, said in (
        (Needed(60, 0.8), f"needs {60 - one.earlier.looks} more usable looks in 2024-H1"),
        (Needed(None, 0.5, "calls are too few"), "longer periods"),
        (Needed(1, 0.8), "spread"),
    ):
        refusal = replace(one.refusal, looks_that_carry=needed)
        assert said in (remedy(replace(one, refusal=refusal)) or "")


def test_halves_of_one_year_share_no_month(workspace: Workspace, series: BerthSeries) -> None:
    """Winter against summer is a season, not a change; the remedy is no order of scenes."""
    (one,) = site_compare(workspace, series.name, ["2024-H1", "2024-H2"], now=None)["comparisons"]
    assert one["refusal"]["code"] == "compare-no-common-month"
    assert "--wholes" in one["remedy"]


@pytest.mark.parametrize(
    ("text", "days"),
    [("2024", 366), ("2023-02", 28), ("2024-Q1", 91), ("2024q1", 91), ("2017/2018", 730),
     ("2024-02-03", 1), ("2024-02-03/2024-02-04", 2)],
)  # fmt: skip
def test_periods_are_named_as_people_do(text: str, days: int) -> None:
    """The last day named is part of the period; leap years have their day."""
    assert period_of(text, flag="P").days == days


@pytest.mark.parametrize("text", ["", "20 17", "2017-13", "2017-H3", "2018/2017", "0000", "then"])
def test_no_time_is_guessed(text: str) -> None:
    """A slip that became another period would be an answer to another question."""
    with pytest.raises(ArgumentError) as raised:
        period_of(text, flag="PERIOD")
    assert raised.value.flag == "PERIOD"


def two_berths(workspace: Workspace, *, sites: int = 1, apart_deg: float = 0.01) -> None:
    """Two berths side by side, each with a ship of its own, seen every second day."""
    start = datetime(2024, 5, 1, 2, tzinfo=UTC)
    looks = {start + timedelta(days=2 * n): True for n in range(40)}
    ships = [
        Ship(start + timedelta(days=5 * n), start + timedelta(days=5 * n + 2.5), berth, 0.0, 150.0)
        for n in range(12)
        for berth in ("a", "b")
    ]
    for number in range(sites):
        site = quay("a", "b", site=f"quay-{number}", apart_deg=apart_deg)
        plant(workspace, site, ships, looks, known_at=NOW)


def test_a_group_is_its_berths_together(tmp_path: Path) -> None:
    """A call at either berth is a call of the group; one berth alone has its own."""
    with Workspace.create(tmp_path / "w") as workspace:
        two_berths(workspace)
        both = site_activity(workspace, "quay-0", now=None)
        one = site_activity(workspace, "quay-0", now=None, berths=["a"])
    assert both["berths"] == ["a", "b"]
    assert [b["berth"] for b in both["by_berth"]] == ["a", "b"]
    assert both["activity"]["calls_seen"] == 2 * one["activity"]["calls_seen"]
    assert one["by_berth"] == []
    assert both["by_berth"][0]["calls"] == one["activity"]["calls"]


def test_sites_and_berths_that_overlap_are_said(tmp_path: Path) -> None:
    """One ship counted in two sites, and added by a reader, is a ship invented."""
    with Workspace.create(tmp_path / "w") as workspace:
        two_berths(workspace, sites=2, apart_deg=0.00205)
        seen = watched(workspace, "quay-0")
        said = cautions(workspace, activity.told(seen, activity.Asked(seen.span), months=False))
    assert any("Site quay-1 draws the same berths" in text for text in said)
    assert any("Berths that touch (a and b)" in text for text in said)


def test_two_frames_of_one_pass_are_one_look(tmp_path: Path) -> None:
    """Strips of one pass overlap: counted as two looks they would halve what is not excluded."""
    start = datetime(2024, 5, 1, 2, tzinfo=UTC)
    days = [start + timedelta(days=3 * n) for n in range(12)]
    ships = [Ship(start + timedelta(days=10), start + timedelta(days=14), "a", 0.0, 150.0)]
    once = dict.fromkeys(days, True)
    twice = once | {at + timedelta(seconds=9): True for at in days}
    found = []
    for number, looks in enumerate((once, twice)):
        with Workspace.create(tmp_path / f"w{number}") as workspace:
            plant(workspace, quay("a"), ships, looks, known_at=NOW)
            found.append(site_activity(workspace, "quay", now=None)["activity"])
    assert found[0]["looks"] == found[1]["looks"] == 12
    assert found[0]["calls"] == found[1]["calls"]


def test_a_berth_not_yet_looked_at_is_left_out_and_said(tmp_path: Path) -> None:
    """Counted in, it would be a berth at which nobody came."""
    with Workspace.create(tmp_path / "w") as workspace:
        two_berths(workspace)
        drawn = quay("a", "b", "c", site="quay-0")
        (workspace.sites_dir / "quay-0.geojson").write_text(json.dumps(drawn), encoding="utf-8")
        found = site_activity(workspace, "quay-0", now=None)
        assert found["berths"] == ["a", "b"]
        assert found["berths_left_out"][0]["berth"] == "c"
        assert any(text.startswith("c is not counted") for text in found["cautions"])
        with pytest.raises(LooksMissingError):
            watched(workspace, "quay-0", ["c"])


def test_what_is_not_there_is_refused(workspace: Workspace, series: BerthSeries) -> None:
    """A misspelt name must not read as a quiet berth."""
    with pytest.raises(SiteMissingError):
        watched(workspace, "quai")
    with pytest.raises(ArgumentError, match="Known: quay"):
        watched(workspace, series.name, ["pier"])


def test_reasons_are_few() -> None:
    """A hundred reasons of one look each say nothing of why a berth could not be told."""
    one, other = (f"{n}% of the berth is hidden (cloud, nodata or outside)" for n in (54, 55))
    assert reason_kind(one) == reason_kind(other)


def test_the_truth_lies_in_most_months(workspace: Workspace, series: BerthSeries) -> None:
    """Months are quoted one by one; their intervals must hold by themselves."""
    found = site_activity(workspace, series.name, now=None)
    held = 0
    for month in found["months"]:
        ends = next((i for i in month["calls"]["intervals"] if i["mass"] == 0.9), None)
        if ends is not None:
            held += ends["low"] <= came(series, month["month"]) <= ends["high"]
    assert held >= 0.8 * len(found["months"])


@pytest.mark.parametrize("tells", [True, False])
def test_a_berth_without_a_ship_is_no_mistake(tmp_path: Path, *, tells: bool) -> None:
    """Silence is what an investigator asks about most; and what clouds hid is not silence."""
    start = datetime(2024, 5, 1, 2, tzinfo=UTC)
    looks = {start + timedelta(days=3 * n): tells for n in range(10)}
    with Workspace.create(tmp_path / "w") as workspace:
        plant(workspace, quay("a", "b"), [], looks, known_at=NOW)
        found = site_activity(workspace, "quay", now=NOW)
        (one,) = site_compare(workspace, "quay", ["2024-05-01/2024-05-10", "2024-05-15/2024-05-24"],
                              now=NOW)["comparisons"]  # fmt: skip
    assert found["activity"]["calls_seen"] == 0
    assert found["silence"]["verdict"] == "no-evidence"
    assert (found["silence"]["calls_not_excluded"] is None) == (not tells)
    assert one["refusal"]["code"] == ("compare-no-calls" if tells else "compare-no-looks")
    assert one["remedy"]


def test_two_looks_of_which_one_berth_shows_nobody(tmp_path: Path) -> None:
    """The first thing a newcomer has: two scenes, one berth with a ship, one without."""
    start = datetime(2017, 10, 18, 18, tzinfo=UTC)
    looks = {start: True, start + timedelta(days=4): True}
    ships = [Ship(start - timedelta(days=1), start + timedelta(days=1), "a", 0.0, 300.0)]
    with Workspace.create(tmp_path / "w") as workspace:
        plant(workspace, quay("a", "b"), ships, looks, known_at=NOW)
        found = site_activity(workspace, "quay", now=NOW)
        pair = ["2017-10-18", "2017-10-22"]
        (one,) = site_compare(workspace, "quay", pair, now=NOW)["comparisons"]
        cautions_ = site_compare(workspace, "quay", pair, now=None)["cautions"]
    assert [b["calls_seen"] for b in found["by_berth"]] == [1, 0]
    assert one["refusal"] is not None
    said = " ".join([one["statement"], *found["sentences"], *cautions_, *found["cautions"]])
    assert "1 days" not in said
    assert "unbroken watch for 1 day would succeed with chance less than 0.01" in one["statement"]
    assert "All looks came at 02:22" in said, "one hour is no span of hours"


def hear(workspace: Workspace, folder: Path, start: datetime) -> None:
    """A ship that passes 8 km off on the first and the sixth day, gone through."""
    rows = [
        f"338148873,{start + timedelta(days=5 * day, minutes=10 * n):%Y-%m-%dT%H:%M:%S},38.63,"
        f"{125.3 + 0.03 * n:.4f},12.0,90.0,90,A,,\n"
        for day in range(2)
        for n in range(8)
    ]
    path = folder / "heard.csv"
    head = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length\n"
    path.write_text(head + "".join(rows), encoding="utf-8")
    terms = Terms("a receiver of ours", "CC0-1.0", "us")
    done = ingest_ais(workspace, [path], known_at=NOW, terms=terms, report=lambda _what, _n: None)
    assert not done["failures"]
    with workspace.events.session() as session:
        session.commit(inputs=[done["files"][0]["source"]], parameters={}, known_at=NOW)


def test_nobody_listened_is_not_nobody_came(tmp_path: Path) -> None:
    """Nought calls of a year before the first broadcast here would be absence out of nothing."""
    start = datetime(2024, 5, 1, tzinfo=UTC)
    with Workspace.create(tmp_path / "w") as workspace:
        two_berths(workspace)
        hear(workspace, tmp_path, start)
        before, heard, silent = (
            site_activity(workspace, "quay-0", now=None, since=first, until=last)["ais"]
            for first, last in (("2017", "2017"), ("2024-05-01", "2024-05-10"), ("2024-05-04",) * 2)
        )
    assert before["calls"] is None
    assert "No AIS" not in ais_line(heard)
    assert ais_line(before) == "AIS: no AIS here is of that time: that is no absence."
    assert (heard["calls"], heard["days_heard"], heard["days"]) == (0, 2, 10)
    assert "0 calls by 0 transponders at these berths; something was heard near" in ais_line(heard)
    assert silent["calls"] is None


def test_one_call_is_one_call() -> None:
    """Figures are quoted as printed."""
    one = {"calls": 1, "transponders": 1, "berth_not_told": 0, "days_heard": 1, "days": 1}
    assert "AIS shows 1 call by 1 transponder" in ais_line(one)
    assert "on 1 of 1 day." in ais_line(one)


def test_a_month_without_a_look_does_not_see(tmp_path: Path) -> None:
    """*1 ship in 0 usable looks* and *4 to 24 were made, of which 8 were seen* explain nothing."""
    start = datetime(2024, 5, 20, 2, tzinfo=UTC)
    dark = {start + timedelta(days=n): not 12 <= n < 42 for n in range(0, 60, 2)}
    ships = [Ship(start + timedelta(days=35), start + timedelta(days=45), "a", 0.0, 150.0)]
    with Workspace.create(tmp_path / "w") as workspace:
        plant(workspace, quay("a"), ships, dark, known_at=NOW)
        said = site_activity(workspace, "quay", now=None, since="2024-06", until="2024-06")
    text = " ".join(said["sentences"])
    assert "no usable look (30 days without one); 1 stay seen before or after" in text
    assert "1 of them" not in text
    assert "1 was seen by looks before or after it" in text or "Looks show 1 stay" in text


def test_months_left_out_are_said(tmp_path: Path) -> None:
    """*2024 against 2023* of looks from July 2023 on is two half years against each other."""
    start = datetime(2023, 7, 1, 2, tzinfo=UTC)
    looks = {start + timedelta(days=2 * n): True for n in range(270)}
    ships = [
        Ship(start + timedelta(days=6 * n), start + timedelta(days=6 * n + 3), "a", 0.0, 150.0)
        for n in range(90)
    ]
    with Workspace.create(tmp_path / "w") as workspace:
        plant(workspace, quay("a"), ships, looks, known_at=NOW)
        years = site_compare(workspace, "quay", ["2023", "2024"], now=None)["cautions"]
        halves = site_compare(workspace, "quay", ["2023-H2", "2024-H2"], now=None)["cautions"]
    assert any("Jan, Feb, Mar, Apr, May, Jun left out" in text for text in years)
    assert not any("left out" in text for text in halves)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_time_long_before_any_look_warns_of_nothing(
    workspace: Workspace, series: BerthSeries
) -> None:
    """Exposures a hair off nought made the bound overflow, on the screen of whoever asked."""
    found = site_activity(workspace, series.name, now=None, since="2017", until="2017")
    assert found["silence"]["calls_not_excluded"] is None
    assert "any number of calls" in found["silence"]["statement"]
