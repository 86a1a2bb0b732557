"""Files, claims files and cases are linted, with what they rest on."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from quaywatch.errors import (
    ArgumentError,
    CaseMissingError,
    QuaywatchError,
    SourceEmptyError,
    SourceMissingError,
)
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.begin import begin
from quaywatch.workflows.case import new_case
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.lint import lint_case, lint_file

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ARTICLE = """\
It left on 22 January 2025 and broadcast on 28 January.
Then, on 3 February 2024, it broadcast off the coast.
On 6 February 2025 it was back.
"""
CLAIMS = """\
[source]
path = "article.txt"
title = "An article"
published = "2025-05-07"
unknown = {{ licence = "none stated" }}

[[claim]]
id = "broadcast"
subject = "imo:9074729"
name = "ONE"
predicate = "ais-broadcast-at"
time = "{time}"
lon = 124.0
lat = 36.5
lines = "2"
{more}
"""


@pytest.fixture
def claims(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a claims file beside its article."""
    (tmp_path / "article.txt").write_text(ARTICLE)

    def write(time: str, more: str) -> Path:
        path = tmp_path / "claims.toml"
        path.write_text(CLAIMS.format(time=time, more=more))
        return path

    return write


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", SourceEmptyError),
        (b" \n\t\n", SourceEmptyError),
        (b"--- * ---\n", SourceEmptyError),
        (b"%PDF-1.7\n1 0 obj", ArgumentError),
        (b"PK\x03\x04word", ArgumentError),
        (b"\x00\x01\x02\x03", ArgumentError),
    ],
    ids=["empty", "blank", "no-word", "pdf", "office", "bytes"],
)
def test_what_has_no_words_is_refused(
    tmp_path: Path, data: bytes, error: type[QuaywatchError]
) -> None:
    """Nothing found in nothing read would pass for a text without slips."""
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(error):
        lint_file(tmp_path / "a.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    """Read in another, its dashes part no dates and its words are none."""
    (tmp_path / "a.txt").write_text("Seven of the six ships – all – left.\n", encoding=encoding)
    (linted,) = lint_file(tmp_path / "a.txt")
    assert [issue.code for issue in linted.issues] == ["part-exceeds-whole"]


def test_a_claim_that_mends_its_source_in_silence_is_told(
    claims: Callable[[str, str], Path],
) -> None:
    """The printed year and the read one must both stay on record."""
    mended, document = lint_file(claims("2025-02-03", ""))
    assert "slip-unsaid" in {issue.code for issue in mended.issues}
    assert [issue.code for issue in document.issues] == ["year-out-of-run"]
    assert mended.failing
    assert document.failing


def test_a_claim_that_says_how_it_read_a_slip_is_left_alone(
    claims: Callable[[str, str], Path],
) -> None:
    """That is what `slip` is for."""
    slip = 'slip = { printed = "2024", read_as = "2025", because = "the voyage is of 2025" }'
    mended, _ = lint_file(claims("2025-02-03", slip))
    assert mended.issues == ()


def test_a_claim_of_another_day_than_its_lines_print_is_told(
    claims: Callable[[str, str], Path],
) -> None:
    """A line number that slipped by one is easily overlooked."""
    told, _ = lint_file(claims("2025-02-06", ""))
    assert "claim-not-in-lines" in {issue.code for issue in told.issues}


def test_the_day_of_publication_may_be_given(tmp_path: Path) -> None:
    """Many texts as received have lost their first lines."""
    path = tmp_path / "draft.md"
    path.write_text("It was seen at the quay on 9 May 2026.\n")
    (before,) = lint_file(path)
    (after,) = lint_file(path, published=date(2025, 5, 7))
    assert before.issues == ()
    assert [issue.code for issue in after.issues] == ["date-after-publication"]


def test_two_ports_of_the_gazetteer_are_two_names(tmp_path: Path) -> None:
    """Two ports that differ in a letter are no slip of one another."""
    path = tmp_path / "draft.md"
    path.write_text(
        "Ships lay off Yantai. Off Yantai they wait; Yantai is full. One left Yantar.\n"
    )
    (text,) = lint_file(path)
    assert [issue.code for issue in text.issues] == ["name-differs"]
    path.write_text("He saw Jinzhou. Then Jinzhou and Jinzhou again. Once he saw Jingzhou port.\n")
    (text,) = lint_file(path)
    assert not text.failing


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    """Silence would read as a clean text."""
    with pytest.raises(SourceMissingError):
        lint_file(tmp_path / "none.txt")


def test_a_case_is_linted_with_every_document_that_it_cites(
    claims: Callable[[str, str], Path], tmp_path: Path
) -> None:
    """A slip in a source is the case's, whoever made it; nothing is changed by looking."""
    begin(tmp_path / "w", scale="small")
    with Workspace.open(tmp_path / "w") as workspace:
        ingest_claims(workspace, claims("2025-02-03", ""), known_at=NOW)
        new_case(workspace, "one", title="One", question="Where was it?", subjects=["imo:9074729"])
        texts = {text.name: text for text in lint_case(workspace, "one")}
        digest = hashlib.sha256(ARTICLE.encode()).hexdigest()
        assert workspace.evidence.read_object(digest) == ARTICLE.encode()
        with pytest.raises(CaseMissingError):
            lint_case(workspace, "two")
    assert texts["case.toml"].issues == ()
    assert [issue.code for issue in texts["article.txt"].issues] == ["year-out-of-run"]
