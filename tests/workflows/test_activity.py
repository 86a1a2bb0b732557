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
from quaywatch.workflows.activity_cautions import cautions
from quaywatch.workflows.activity_compare_shown import remedy, site_compare
from quaywatch.workflows.activity_compared import compared, named_periods
from quaywatch.workflows.activity_inputs import period_of, reason_kind, watched
from quaywatch.workflows.activity_shown import site_activity
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.case import recomputing

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
