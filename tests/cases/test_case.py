"""The case file, and what a case rests on."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.case import Case, case_toml, read_case
from quaywatch.cases.closure import closure
from quaywatch.errors import CaseFileError, RecordMissingError

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@given(title=TEXT, question=TEXT, subjects=st.lists(TEXT, max_size=3), simulated=st.booleans())
def test_a_case_survives_its_file(
    title: str, question: str, subjects: list[str], *, simulated: bool
) -> None:
    """A title that came back changed would fail its own dossier for no reason anyone could see."""
    case = Case(
        id="a-1",
        title=title,
        question=question,
        subjects=tuple(subjects),
        findings=("finding:1",),
        simulated=simulated,
    )

    assert read_case(case_toml(case)) == case


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id = ",
        'id = "A B"\ntitle = "t"\nquestion = "q"',
        'id="a"\ntitle="t"\nquestion="q"\nx=1',
    ],
)
def test_a_bad_case_file_says_what_is_wrong(text: str) -> None:
    """People edit this file by hand; a traceback would not tell them which line to mend."""
    with pytest.raises(CaseFileError, match="case file cannot be used"):
        read_case(text)


def test_the_closure_reaches_every_source(world: SimpleNamespace) -> None:
    """A number whose source is not in the closure is a number that nobody can walk back."""
    whole = closure(world.case.findings, world.store)

    assert {source.name for source in whole.sources} == {"ais.nmea", "20250203.tif", "article.txt"}
    assert set(whole.records) == set(world.store.records)


def test_a_missing_input_is_an_error(world: SimpleNamespace) -> None:
    """A dossier built over a hole would look whole."""
    del world.store.records[world.seen["broadcast"].id]

    with pytest.raises(RecordMissingError):
        closure(world.case.findings, world.store)
