"""``site S activity`` and ``compare`` as a user runs them, over two simulated years at a quay."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from quaywatch.stores.workspace import Workspace
from quaywatch.testing.activity_world import looks_from, plant, ships_of
from quaywatch.testing.berth_sim import BerthSeries
from quaywatch.testing.sky import acquisition_calendar
from quaywatch.workflows.activity import estimated, months_of
from quaywatch.workflows.activity_inputs import watched
from quaywatch.workflows.activity_shown import _figures

Run = Callable[..., Any]
SITE = "quay-103"
KEYS = {
    "site", "name", "simulated", "berths", "berths_left_out", "period", "activity", "months",
    "by_berth", "changes", "silence", "overpass", "sampling", "ais", "sentences", "cautions",
    "claims", "files",
}  # fmt: skip
FIGURES = {
    "calls_seen", "calls", "calls_expected", "rate_per_day", "dwell_days", "occupancy", "all_full",
    "looks", "usable", "usable_all", "days_without_look", "looks_all_full", "unusable_reasons",
    "calls_not_excluded", "chance_call_seen", "dwell_prior", "model", "method", "period",
}  # fmt: skip


@pytest.fixture(scope="module")
def series() -> BerthSeries:
    """Two years at a quay."""
    return BerthSeries(103)


@pytest.fixture(scope="module")
def quay(series: BerthSeries, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its states."""
    root = tmp_path_factory.mktemp("quay") / "w"
    rng = np.random.default_rng(103)
    calendar = acquisition_calendar(
        "2023-07-01T00:00Z", "2025-07-01T00:00Z", rng, looks_per_year=130
    )
    now = datetime(2025, 8, 1, tzinfo=UTC)
    with Workspace.create(root, simulated=True) as workspace:
        site = series.site.to_geojson()
        plant(workspace, site, ships_of(series), looks_from(calendar), known_at=now)
    return root


def test_the_planted_truth_comes_out(run: Run, quay: Path, series: BerthSeries) -> None:
    """Counting what was seen says a third of it; the interval holds the truth."""
    got = run("site", SITE, "activity", "--workspace", quay, "--json").json
    assert set(got) == KEYS
    assert set(got["activity"]) >= FIGURES
    start, end = map(datetime.fromisoformat, got["period"])
    truth = sum(start <= ship.arrived_at < end for ship in ships_of(series))
    held = next(i for i in got["activity"]["calls"]["intervals"] if i["mass"] == 0.9)
    assert held["low"] <= truth <= held["high"]
    assert got["activity"]["calls_seen"] < 0.7 * truth
    assert got["simulated"]


def test_sentences_carry_their_cautions(run: Run, quay: Path) -> None:
    """A reader gets the count, the interval and what it does not exclude, or none of them."""
    said = run(
        "site", SITE, "activity", "--from", "2024-01", "--to", "2024-03", "--workspace", quay
    )
    assert said.status == 0
    # Time occupied is moved most by looks that were chosen because a ship lay there.
    for words in ("usable look", "90% interval", "To be printed with it", "local solar time",
                  "acquisition list", "no AIS here", "without regard to ships"):  # fmt: skip
        assert words in said.out


@pytest.mark.parametrize("ending", ["csv", "geojson", "parquet", "png", "svg"])
def test_out_is_written_by_its_ending(run: Run, quay: Path, tmp_path: Path, ending: str) -> None:
    """The same rows for a spreadsheet, a map and a data frame; a chart for a page."""
    path = tmp_path / f"busy.{ending}"
    span = ("--from", "2024-01", "--to", "2024-02")
    got = run("site", SITE, "activity", *span, "--out", path, "--workspace", quay, "--json")
    assert got.json["files"] == [str(path)]
    heads = {"png": b"\x89PNG", "svg": b"<?xml", "parquet": b"PAR1", "csv": b"scope,berths"}
    if ending in heads:
        assert path.read_bytes().startswith(heads[ending])
    if ending == "geojson":
        whole = json.loads(path.read_text(encoding="utf-8"))
        scopes = [f["properties"]["scope"] for f in whole["features"]]
        assert scopes == ["period", "month", "month"]
        assert whole["features"][0]["geometry"]["type"] == "Polygon"
        assert whole["quaywatch"]["simulated"]
        assert whole["quaywatch"]["cautions"]
    if ending == "parquet":
        assert pl.read_parquet(path)["calls_seen"].dtype == pl.Int64


@pytest.mark.parametrize(
    ("arguments", "code", "names"),
    [
        (("activity", "--berth", "pier"), "argument-invalid", "Known: quay"),
        (("activity", "--from", "2025", "--to", "2024"), "argument-invalid", "earlier day first"),
        (("activity", "--from", "yesterday"), "argument-invalid", "2017-H1"),
        (("activity", "--out", "busy.xlsx"), "argument-invalid", ".geojson"),
        (("compare", "2024"), "argument-invalid", "two periods"),
        (("compare", "2024", "2024-H1"), "argument-invalid", "overlap"),
        (("compare", "2024", "soon"), "argument-invalid", "soon"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(
    run: Run, quay: Path, arguments: tuple[str, ...], code: str, names: str
) -> None:
    """Fact and remedy by a stable code, before anything is computed or written."""
    got = run("site", SITE, *arguments, "--workspace", quay, "--json")
    assert got.status == 2
    assert got.json["error"]["code"] == code
    assert names in got.json["error"]["message"]


def test_a_site_never_looked_at_has_no_activity(run: Run, quay: Path) -> None:
    """Nought calls of a site without a look would be the silent gap itself."""
    drawn = json.loads((quay / "sites" / f"{SITE}.geojson").read_text(encoding="utf-8"))
    (quay / "sites" / "new.geojson").write_text(json.dumps({**drawn, "id": "new"}), "utf-8")
    try:
        got = run("site", "new", "activity", "--workspace", quay, "--json")
        missing = run("site", "quai", "activity", "--workspace", quay, "--json")
    finally:
        (quay / "sites" / "new.geojson").unlink()
    assert got.json["error"]["code"] == "looks-missing"
    assert missing.json["error"]["code"] == "site-missing"


def test_a_comparison_that_looks_cannot_carry_is_refused_with_what_would(
    run: Run, quay: Path
) -> None:
    """Seasons are compared month by month or not at all, and an answer names its claim."""
    got = run("site", SITE, "compare", "2024-H1", "2025-H1", "--workspace", quay, "--json").json
    (one,) = got["comparisons"]
    assert (one["ratio"] is None) == (one["refusal"] is not None)
    assert one["claim"].startswith("claim:")
    other = run("site", SITE, "compare", "2024-H1", "2024-H2", "--workspace", quay)
    assert other.status == 0
    assert "not compared (compare-no-common-month)" in other.out
    assert "What would carry it (compare-no-common-month): They share no month" in other.out
    assert "refused[" not in other.out, "an answer, not an error"
    assert "ratio 0" not in other.out
    assert "ratio 1" not in other.out


def test_what_is_invented_says_so_in_words_and_cells(run: Run, quay: Path, tmp_path: Path) -> None:
    """A table copied out of a practice world would else be quoted as a real port's."""
    for name, asked in {"a": ("activity", "--from", "2024-03", "--to", "2024-03"),
                        "c": ("compare", "2024-H1", "2025-H1")}.items():  # fmt: skip
        path = tmp_path / f"{name}.csv"
        said = run("site", SITE, *asked, "--out", path, "--workspace", quay).out
        assert said.startswith("SIMULATED")
        assert pl.read_csv(path)["simulated"].to_list() == [True] * pl.read_csv(path).height


def test_a_row_reads_in_its_own_order(run: Run, quay: Path) -> None:
    """*2025 against 2024* over "27, 17" was read the wrong way round."""
    asked = ("site", SITE, "compare", "2024-H1", "2025-H1", "--workspace", quay)
    (one,) = run(*asked, "--json").json["comparisons"]
    said = run(*asked).out
    assert f"{one['later']['looks']} against {one['earlier']['looks']}" in said
    seen = [f"{one[side]['calls_seen']:.0f}" for side in ("later", "earlier")]
    assert " against ".join(seen) in said


def test_a_month_says_the_same_in_table_chart_and_heading(run: Run, quay: Path) -> None:
    """Of a month without a stay the table gave one bound and the chart another."""
    asked = ("site", SITE, "activity", "--workspace", quay)
    said, got = run(*asked).out, run(*asked, "--json").json
    assert "calls made (90%; none seen: 95%)" in said
    with Workspace.open(quay) as workspace:
        seen = watched(workspace, SITE)
        drawn = [_figures(estimated(seen, month)) for month in months_of(seen.span)]
    empty = 0
    for month, figures in zip(got["months"], drawn, strict=True):
        if month["calls_seen"]:
            held = next(i for i in month["calls"]["intervals"] if i["mass"] == 0.9)
            assert (figures.low, figures.high) == (held["low"], held["high"])
        elif month["calls_not_excluded"] is not None:
            empty += 1
            assert figures.median is None
            assert f"up to {figures.high:.0f} not excluded" in said
    assert empty


@pytest.mark.parametrize("ending", ["geojson", "svg"])
def test_comparisons_are_written_too(run: Run, quay: Path, tmp_path: Path, ending: str) -> None:
    """A refused comparison is a row with its code, never a missing one."""
    path = tmp_path / f"pair.{ending}"
    pair = ("2024-H1", "2024-H2")
    run("site", SITE, "compare", *pair, "--out", path, "--workspace", quay, "--json")
    if ending == "svg":
        assert path.read_bytes().startswith(b"<?xml")
        return
    (feature,) = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert feature["properties"]["refused"] == "compare-no-common-month"
    assert feature["properties"]["ratio_median"] is None
