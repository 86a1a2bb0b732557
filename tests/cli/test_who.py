"""``who`` and ``network`` as a user runs them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ARTICLE = """\
HULL ONE is run by Kind Example Shipping, as was HULL TWO.
HULL TWO was put on a list on 10 April 2025.
Another HULL ONE is a ferry.
"""
CLAIMS = """\
simulated = true
[source]
path = "article.txt"
title = "A report"
published = "2025-05-07"
unknown = { licence = "none stated" }

[[claim]]
id = "run-by"
subject = "imo:9074729"
name = "HULL ONE"
predicate = "operator"
note = "Kind Example Shipping Co Ltd"
time = "2025-05-07"
lines = "1"

[[claim]]
id = "ran"
subject = "imo:9125786"
name = "HULL TWO"
predicate = "operator"
note = "KIND EXAMPLE SHIPPING"
lines = "1"

[[claim]]
id = "listed"
subject = "imo:9125786"
predicate = "listed"
note = "A state"
time = "2025-04-10"
lines = "2"

[[claim]]
id = "ferry"
subject = "imo:1059149"
name = "Hull One"
predicate = "name"
lines = "3"

[[claim]]
id = "denied"
subject = "imo:9074729"
predicate = "flag-denied"
note = "Guyana"
time = "2025-03-01"
lines = "1"
"""


@pytest.fixture
def stated(run: Run, tmp_path: Path) -> Path:
    """A workspace that holds what one report says."""
    (tmp_path / "article.txt").write_text(ARTICLE)
    (tmp_path / "claims.toml").write_text(CLAIMS)
    run("init", tmp_path / "ws")
    run("ingest", "claims", tmp_path / "claims.toml", "--workspace", tmp_path / "ws")
    return tmp_path / "ws"


def test_two_ships_of_one_name_stay_two(run: Run, stated: Path) -> None:
    """A name alone is never an identity: merged, one ship would answer for the other."""
    got = run("who", "M/V Hull I", "--imo", "9074729", "--workspace", stated, "--json").json
    subjects = [row["subject"] for row in got["candidates"]]
    assert subjects == ["imo:9074729", "imo:1059149"]
    assert [row["checks"][0]["stands"] for row in got["candidates"]] == ["agrees", "disagrees"]
    assert "A name does not say which is meant" in got["notes"][0]
    assert got["searched"] == [{"list": "“A report”", "day": "2025-05-07", "statements": 5}]


def test_a_match_says_which_list_of_which_day(run: Run, stated: Path) -> None:
    """Lists change: a listing without its snapshot cannot be looked up again."""
    got = run("who", "9125786", "--workspace", stated, "--json").json
    (row,) = got["candidates"]
    (listing,) = row["listings"]
    assert listing["authority"] == "A state"
    assert listing["listed_on"] == "2025-04-10"
    assert listing["said"] == "“A report” of 2025-05-07"
    assert row["ratio"] is None


def test_what_is_not_found_is_not_said_to_be_unlisted(run: Run, stated: Path) -> None:
    """Absence from what was searched is absence of data."""
    answer = run("who", "QUITE ANOTHER", "--workspace", stated)
    assert answer.status == 0
    flat = " ".join(answer.out.split())
    assert "Not found is not the same as not listed" in flat
    assert "“A report” (2025-05-07)" in flat


@pytest.mark.parametrize("asked", ["Kind Example Shipping", "KIND EXAMPLE"])
def test_who_only_runs_ships_is_found_too(run: Run, stated: Path, asked: str) -> None:
    """A report that names a company was said not to hold its name."""
    got = run("who", asked, "--workspace", stated, "--json").json
    (row,) = got["candidates"]
    assert row["schema"] == "Company"
    assert row["reasons"][0]["said"] == ["“A report” of 2025-05-07"]


def test_a_registrys_denial_is_told_with_its_day(run: Run, stated: Path) -> None:
    """Only the registry's own word makes a flag false."""
    got = run("who", "9074729", "--workspace", stated, "--json").json
    flags = got["candidates"][0]["flags"]
    assert flags["standing"] == "denied"
    assert "as of 2025-03-01" in flags["sentences"][0]


def test_what_the_tables_say_is_former_or_weak(run: Run, tmp_path: Path) -> None:
    """A former flag read as flown, or one name taken for one company, accuses the wrong ship."""
    run("init", tmp_path / "ws")
    (tmp_path / "ships.csv").write_text(
        "IMO,Name,Flag,Former flag,Owner\n9074729,HULL ONE,Panama,Iran,KIND EXAMPLE SHIPPING\n"
    )
    (tmp_path / "listed.csv").write_text(
        "Name,Type,Programme,IMO,Owner\nHULL TWO,Tanker,X,9125786,KIND EXAMPLE SHIPPING CO LTD\n"
    )
    for file in ("ships.csv", "listed.csv"):
        at = ("--list-date", "2025-05-01", "--workspace", tmp_path / "ws")
        assert run("ingest", "register", tmp_path / file, *at).status == 0
    got = run("who", "9074729", "--workspace", tmp_path / "ws").out
    assert "PA (stated)" in " ".join(got.replace("│", " ").split())
    assert "formerly IR" in " ".join(got.replace("│", " ").split())
    way = run("network", "9074729", "--workspace", tmp_path / "ws").out
    assert "one name in" in way
    assert "two sources" in way


def test_the_way_to_the_listed_and_its_files(run: Run, stated: Path, tmp_path: Path) -> None:
    """Operated by X, which operated Y, listed on D: in words, as entities and as a drawing."""
    files = [tmp_path / f"graph{end}" for end in (".ftm.json", ".graphml", ".svg", ".png")]
    out = [part for file in files for part in ("--out", file)]
    got = run("network", "9074729", *out, "--workspace", stated, "--json").json
    (path,) = got["paths"]
    assert path["sentence"] == (
        "HULL ONE (IMO 9074729) is operated by Kind Example Shipping Co Ltd (as of 2025-05-07), "
        "which operated HULL TWO (IMO 9125786) (no date stated), which was listed by A state on "
        "2025-04-10 (“A report” of 2025-05-07)."
    )
    assert path["overlap"] is None
    entities = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert {"Vessel", "Company", "UnknownLink", "Sanction"} == {e["schema"] for e in entities}
    assert files[1].read_text().startswith("<graphml") or "<graphml" in files[1].read_text()
    assert files[3].read_bytes()[1:4] == b"PNG"
    drawn = files[2].read_bytes()
    run("network", "9074729", *out, "--workspace", stated, "--json")
    assert files[2].read_bytes() == drawn
    plain = " ".join(run("network", "9074729", "--workspace", stated).out.split())
    assert "not known: a tie has no date" in plain


def test_a_way_recomputes_and_is_claimed_once(run: Run, stated: Path) -> None:
    """A number that anyone may quote is made again by the same function."""
    from quaywatch.geo.water import WaterRouter  # noqa: PLC0415  # only here
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415
    from quaywatch.workflows.case_recomputing import recomputing  # noqa: PLC0415

    first = run("network", "9074729", "--workspace", stated, "--json").json["paths"][0]["claim"]
    again = run("network", "9074729", "--workspace", stated, "--json").json["paths"][0]["claim"]
    assert first == again
    with Workspace.open(stated) as workspace:
        claim: Any = workspace.evidence.get(first)
        inputs = [workspace.evidence.get(key) for key in claim.inputs]
        make = recomputing(workspace, WaterRouter(workspace.cache_dir / "water"))[claim.method]
        assert make(claim, inputs).canonical() == claim.canonical()


def test_a_file_of_no_known_kind_is_refused_before_anything_is_written(
    run: Run, stated: Path, tmp_path: Path
) -> None:
    """A graph in a format nobody reads, or half of the files, helps nobody."""
    good, bad = tmp_path / "g.svg", tmp_path / "g.doc"
    answer = run("network", "9074729", "--out", good, "--out", bad, "--workspace", stated)
    assert answer.status == 2
    assert ".ftm.json" in answer.err
    assert not good.exists()


def test_the_article_on_yi_li_1_gives_its_way_by_reported_claims_alone(
    run: Run, tmp_path: Path
) -> None:
    """The founding case, Open Source Centre 2025: operated by X, which operated Y, listed on D."""
    root = Path(__file__).parents[2] / "examples" / "yi-li-1"
    run("init", tmp_path / "ws")
    run("ingest", "claims", root / "claims.toml", "--workspace", tmp_path / "ws")
    got = run("network", "YI LI 1", "--workspace", tmp_path / "ws", "--json").json
    (path,) = got["paths"]
    assert [step["to_name"] for step in path["steps"]] == [
        "Kind Glory Shipping Co Ltd", "SUNRISE 1 (IMO 8355504)",
    ]  # fmt: skip
    (listing,) = path["listings"]
    assert (listing["authority"], listing["listed_on"]) == ("South Korea", "2025-04-10")
    assert path["overlap"] is None
    assert path["bearings"][0]["ratio"] <= 5.0


@pytest.mark.slow
@pytest.mark.realdata
def test_two_real_lists_meet_in_one_ship_and_each_keeps_its_day(
    run: Run, tmp_path: Path, shared_data: Path
) -> None:
    """OFAC and the EU write her name differently and list her by one IMO number."""
    lists = shared_data / "registry"
    run("init", tmp_path / "ws")
    for file, day in (
        (lists / "ofac_sdn_2023" / "vessels.csv", "2023-01-27"),
        (lists / "eu_2026" / "vessels.csv", "2026-08-22"),
    ):
        run("ingest", "register", file, "--list-date", day, "--workspace", tmp_path / "ws")
    got = run("who", "청천강", "--imo", "7937317", "--workspace", tmp_path / "ws", "--json").json
    first = got["candidates"][0]
    assert first["subject"] == "imo:7937317"
    assert {one["said"].rpartition(" ")[2] for one in first["listings"]} == {
        "2023-01-27", "2026-08-22",
    }  # fmt: skip
    assert first["checks"][0]["stands"] == "agrees"


@pytest.mark.parametrize("text", ["", "  ", "?", "NOT NAMED"])
def test_what_names_nothing_is_refused(run: Run, stated: Path, text: str) -> None:
    """A table of nobody for a name that is none would read as a search that found nothing."""
    got = run("who", text, "--workspace", stated)
    assert got.status == 2
    assert "error[argument-invalid]" in got.err
    assert "Give a name" in got.err
