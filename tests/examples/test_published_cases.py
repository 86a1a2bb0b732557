"""The four published investigations build and verify from this repository alone."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quaywatch.cases.case import read_case
from quaywatch.evidence.record import Claim
from quaywatch.evidence.reported import parse_claims
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.begin import begin
from quaywatch.workflows.case import build_case
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.lint import lint_file
from quaywatch.workflows.reported import pairs
from quaywatch.workflows.two_places import compare_records

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CASES = {
    "bai-mei-8": ("bai-mei-8",),
    "yi-li-1": ("yi-li-1", "six-vessels"),
    "six-vessels": ("six-vessels",),
    "nampo-rason-2018": ("nampo-rason-2018",),
    "nampo-coal-2025": ("nampo-coal-2025",),
}
"""By case, the examples whose claims it rests on."""


def entered(folder: Path, case_id: str) -> Workspace:
    """A workspace with what a case rests on, and the case."""
    begin(folder, scale="small")
    for site in ("nampo", "rajin"):
        shutil.copy(EXAMPLES / "named-sites" / f"{site}.geojson", folder / "sites")
    home = folder / "cases" / case_id
    home.mkdir(parents=True)
    shutil.copy(EXAMPLES / case_id / "case.toml", home)
    workspace = Workspace.open(folder)
    for name in CASES[case_id]:
        ingest_claims(workspace, EXAMPLES / name / "claims.toml", known_at=NOW)
    return workspace


@pytest.mark.parametrize("case_id", sorted(CASES))
def test_a_published_case_builds_and_verifies_on_a_bare_clone(case_id: str, tmp_path: Path) -> None:
    """Whoever clones the repository can redo what it says of the four articles."""
    with entered(tmp_path / "w", case_id) as workspace:
        case, _ = build_case(workspace, case_id, now=NOW)
        report = check_case(workspace, case_id)
        assert report.ok, report.failures
        assert len(case.findings) >= len(case.hypothesis)


@pytest.mark.parametrize("case_id", sorted(CASES))
def test_every_claim_that_a_case_names_is_one_that_its_files_enter(case_id: str) -> None:
    """An argument that cites nothing would print as if it did."""
    case = read_case((EXAMPLES / case_id / "case.toml").read_text(encoding="utf-8"))
    known = {
        entry.id
        for name in CASES[case_id]
        for entry in parse_claims(
            (EXAMPLES / name / "claims.toml").read_bytes(), name="claims.toml"
        ).claim
    }
    cited = {c.claim for h in case.hypothesis for c in (*h.supports, *h.against)}
    cited |= {side for t in case.tension for side in (t.one, t.other)}
    assert cited <= known, cited - known


@pytest.mark.parametrize("case_id", sorted(CASES))
def test_notes_stand_where_the_claims_say(case_id: str) -> None:
    """A claim of an empty line would rest on nothing."""
    path = EXAMPLES / case_id / "claims.toml"
    parsed = parse_claims(path.read_bytes(), name="claims.toml")
    assert parsed.source.notes is not None
    lines = (path.parent / parsed.source.notes.path).read_text(encoding="utf-8").splitlines()
    for entry in parsed.claim:
        assert any(lines[n - 1].strip() for n in range(entry.first_line, entry.last_line + 1))


def straight(a: Position, b: Position) -> WaterDistance:
    """Over land and water alike: what is too far even so is too far by water."""
    nm = great_circle_nm(a, b)
    return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (a, b), "straight", "none")


def test_both_pairs_of_yi_li_1_are_impossible_even_in_a_straight_line(tmp_path: Path) -> None:
    """The finding of the article, from its own facts; and the day on which image and AIS agree."""
    verdicts = set()
    with entered(tmp_path / "w", "yi-li-1") as workspace:
        claims = [c for c in workspace.evidence.find("claim") if isinstance(c, Claim)]
        for said, seen in pairs(claims):
            made = compare_records(said, seen, straight)
            assert isinstance(made.value, dict)
            verdicts.add((seen.parameters["alias"], made.value["verdict"]))
    assert ("sighting-3-february", "impossible") in verdicts
    assert ("sighting-10-march", "impossible") in verdicts
    assert ("sighting-9-february", "impossible") not in verdicts


@pytest.mark.parametrize(
    ("case_id", "codes"),
    [
        ("yi-li-1", {"count-mismatch", "year-out-of-run", "aggregate-ambiguous"}),
        ("bai-mei-8", {"interval-mismatch", "name-differs"}),
        ("nampo-rason-2018", set()),
        ("nampo-coal-2025", set()),
    ],
)
def test_slips_are_told_in_the_notes_too(case_id: str, codes: set[str]) -> None:
    """Who has only the notes must see the slips that the article has."""
    found = {i.code for text in lint_file(EXAMPLES / case_id / "notes.txt") for i in text.issues}
    assert codes <= found
    assert codes or not found


def shared_seeds() -> Iterator[Path]:
    """The articles as received, where they are at hand."""
    return (ROOT.parent / "shared" / "seeds").glob("*.txt")


SLIPS = {
    "000": set[tuple[int, str]](),
    "001": set[tuple[int, str]](),
    "002": {(23, "name-differs"), (45, "interval-mismatch")},
    "004": {
        (80, "count-mismatch"),
        (88, "rate-mismatch"),
        (94, "aggregate-ambiguous"),
        (96, "unit-mixed"),
        (120, "year-out-of-run"),
        (160, "currency-doubled"),
    },
}


@pytest.mark.realdata
def test_every_slip_of_the_articles_is_found_and_nothing_else() -> None:
    """What docs/seeds.md says of them."""
    articles = list(shared_seeds())
    if not articles:
        pytest.skip("needs the articles as received in ../shared/seeds")
    for path in articles:
        (text,) = lint_file(path)
        assert {(i.line, i.code) for i in text.issues} == SLIPS[path.name[:3]], path.name


@pytest.mark.realdata
def test_no_sentence_of_the_articles_is_in_the_repository() -> None:
    """They are others' texts; notes are in our own words."""
    articles = list(shared_seeds())
    if not articles:
        pytest.skip("needs the articles as received in ../shared/seeds")
    theirs = {run for path in articles for run in _runs(path.read_text(encoding="utf-8"))}
    files = [*EXAMPLES.rglob("*.toml"), *EXAMPLES.rglob("*.txt"), *EXAMPLES.rglob("*.md")]
    titles = {
        parse_claims(path.read_bytes(), name=path.name).source.title
        for path in EXAMPLES.glob("*/claims.toml")
    }
    for path in [*files, ROOT / "docs" / "seeds.md", ROOT / "docs" / "lint.md"]:
        text = re.sub(r"https?://\S+", " ", path.read_text(encoding="utf-8"))
        for title in titles:
            text = text.replace(title, " ")
        assert not theirs & _runs(text), path


def _runs(text: str, length: int = 12) -> set[str]:
    """Runs of words."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}
