"""``fleet F`` where others publish a total of it: both readings, as a user runs it."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quaywatch.cases.lint import lint_text
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_recomputing import recomputing

Run = Callable[..., Any]
EXAMPLE = Path(__file__).parents[2] / "examples" / "six-vessels"
SEED = "2201f98f98b76b05921b3d61602b46e63215494fa04d9ec95e51d34677e6292e"
"""SHA-256 of the article that the example enters, as it was received."""
DOCUMENT = """\
Three ships, ONE, TWO and THREE, made at least 12 voyages.
Their combined deadweight is approximately 90,000 tonnes.
At $80 a tonne their cargoes fetched over $7.2 million.
"""
MEMBERS = {"imo:9074729": "ONE", "imo:9125786": "TWO", "imo:1059149": "THREE"}
FIGURES = (
    ("voyages", "at least 12 voyages", "1"),
    ("combined-deadweight", "about 90000 t", "2"),
    ("price-applied", "80 USD/t coal", "3"),
    ("value", "over 7200000 USD", "3"),
)
HEAD = """\
simulated = true
[source]
path = "document.txt"
title = "A document"
unknown = { licence = "none stated" }
"""


def _claims(figures: tuple[tuple[str, str, str], ...]) -> str:
    made = [("name:the three", *figure, "") for figure in figures]
    made += [
        (subject, "fleet-member", "the three", "1", f'name = "{name}"')
        for subject, name in MEMBERS.items()
    ]
    return HEAD + "".join(
        f'[[claim]]\nid = "c{n}"\nsubject = "{subject}"\npredicate = "{predicate}"\n'
        f'time = "2025-01-01/2025-03-31"\nnote = "{note}"\nlines = "{lines}"\n{name}\n'
        for n, (subject, predicate, note, lines, name) in enumerate(made)
    )


def _entered(
    run: Run, folder: Path, figures: tuple[tuple[str, str, str], ...] = FIGURES
) -> tuple[Path, Path]:
    """A workspace with the document's figures, and the list of the three ships."""
    (folder / "document.txt").write_text(DOCUMENT)
    (folder / "claims.toml").write_text(_claims(figures))
    ships = folder / "ships.csv"
    rows = [f"{name},{subject.removeprefix('imo:')}" for subject, name in MEMBERS.items()]
    ships.write_text("\n".join(["name,imo", *rows]) + "\n")
    here = folder / "w"
    assert run("init", here).status == 0
    assert run("ingest", "claims", folder / "claims.toml", "--workspace", here).status == 0
    return here, ships


def test_both_readings_are_printed_and_none_is_chosen(run: Run, tmp_path: Path) -> None:
    """What the editor asks of "a combined deadweight": three shiploads, or twelve?"""
    here, ships = _entered(run, tmp_path)
    got = run("fleet", ships, "--workspace", here, "--json")
    assert got.status == 0, got.err
    (total,) = got.json["published_totals"]
    one, other = total["readings"]
    assert (one["deadweight_over_voyages_t"], one["face_value_usd"]) == (90_000, 7_200_000)
    assert (other["deadweight_over_voyages_t"], other["face_value_usd"]) == (360_000, 28_800_000)
    assert total["product"]["follows"]
    assert total["not_printed"] == []
    assert any("not stated" in said for said in total["left_open"])
    assert lint_text(total["message"], where="message") == ()
    said = run("fleet", ships, "--workspace", here).out
    for words in ("read both ways", "90,000", "$7,200,000", "360,000", "$28,800,000",
                  "only the source can say"):  # fmt: skip
        assert words in said


def test_the_readings_are_claims_that_are_made_again_once(run: Run, tmp_path: Path) -> None:
    """A second look must not fill the ledger, and the figures must come out of it anew."""
    here, ships = _entered(run, tmp_path)
    (total,) = run("fleet", ships, "--workspace", here, "--json").json["published_totals"]
    with Workspace.open(here) as workspace:
        before = workspace.evidence.head()
        claim = workspace.evidence.get(total["claim"])
        assert isinstance(claim, Claim)
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        make = recomputing(workspace, WaterRouter(workspace.cache_dir / "water"))[claim.method]
        assert make(claim, inputs).id == claim.id
    run("fleet", ships, "--workspace", here)
    with Workspace.open(here) as workspace:
        assert workspace.evidence.head() == before


def test_a_figure_that_lacks_and_one_not_printed_are_said(run: Run, tmp_path: Path) -> None:
    """Without its price a total is not computed with; one that no line prints is not theirs."""
    (tmp_path / "a").mkdir()
    here, ships = _entered(run, tmp_path / "a", FIGURES[:2])
    (total,) = run("fleet", ships, "--workspace", here, "--json").json["published_totals"]
    assert (total["message"], total["readings"]) == (None, [])
    assert "a price" in total["reason"]
    assert "not read" in run("fleet", ships, "--workspace", here).out
    (tmp_path / "b").mkdir()
    wrong = (*FIGURES[:1], ("combined-deadweight", "about 95000 t", "2"), *FIGURES[2:])
    here, ships = _entered(run, tmp_path / "b", wrong)
    (total,) = run("fleet", ships, "--workspace", here, "--json").json["published_totals"]
    assert "do not print 95,000" in total["not_printed"][0]
    assert "do not print 95,000" in run("fleet", ships, "--workspace", here).out


def test_a_list_of_other_ships_has_no_total(run: Run, tmp_path: Path) -> None:
    """Two of three ships are another fleet: its total is none of theirs."""
    here, ships = _entered(run, tmp_path)
    ships.write_text("name,imo\nONE,9074729\nTWO,9125786\n")
    assert run("fleet", ships, "--workspace", here, "--json").json["published_totals"] == []


@pytest.mark.realdata
def test_the_six_vessels_come_out_as_the_page_says(
    run: Run, shared_data: Path, tmp_path: Path
) -> None:
    """330,000 t and $33 million under one reading; 990,000 t and $99 million under the other."""
    seeds = sorted((shared_data.parent / "seeds").glob("*.txt"))
    article = next((p for p in seeds if hashlib.sha256(p.read_bytes()).hexdigest() == SEED), None)
    if article is None:
        pytest.skip("the article is not here")
    here = tmp_path / "w"
    run("init", here)
    shutil.copy(article, tmp_path / "back-in-black.txt")
    document = ("--document", tmp_path / "back-in-black.txt")
    entered = run("ingest", "claims", EXAMPLE / "claims.toml", *document, "--workspace", here)
    assert entered.status == 0, entered.err
    got = run("fleet", EXAMPLE / "fleet.csv", "--workspace", here, "--json").json
    (total,) = got["published_totals"]
    figures = [
        (r["deadweight_over_voyages_t"], r["deadweight_over_ships_t"], r["face_value_usd"])
        for r in total["readings"]
    ]
    assert figures == [(330_000, 110_000, 33_000_000), (990_000, 330_000, 99_000_000)]
    assert (total["voyages"], len(total["ships"])) == (18, 6)
    assert total["not_printed"] == []
