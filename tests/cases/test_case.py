"""The case file, and what a case rests on."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.asked import EXAMPLES
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


def test_the_examples_of_a_new_case_are_ones_that_it_can_read() -> None:
    """A person takes the hash signs away; what is left must be a case, and its comments stay."""
    head = case_toml(Case(id="a", title="A", question="Who?"))
    marked = head + EXAMPLES
    bare = re.sub(r"(?m)^# (?=\[\[|[a-z_]+ = )", "", EXAMPLES)

    assert case_toml(read_case(marked)) == marked
    asked = read_case(head + bare)
    assert [one.id for one in asked.hypothesis] == ["called"]
    assert asked.hypothesis[0].supports[0].ratio == 2.0
    assert asked.exemption
    assert asked.tension


@pytest.mark.parametrize(
    "wrong",
    [
        'kind = "called"\nabout = "imo:1"\nprior = 0.1',
        'kind = "same-hull"\nprior = 0.1',
        "prior = 1.0",
        "prior = 0.1\nprior_range = [0.5, 0.1]",
        'prior = 0.1\n[[hypothesis.supports]]\nclaim = "a"\nratio = 0.5\nbecause = "b"',
        'prior = 0.1\n[[hypothesis.against]]\nclaim = "a"\nratio = 9.0\nbecause = "b"',
        'prior = 0.1\nperiod = "yesterday"',
        (
            'prior = 0.6\ntogether = "w"\n[[hypothesis]]\nid = "g"\nstatement = "s"\nprior = 0.6\n'
            'together = "w"'
        ),
        'prior = 0.1\n[[hypothesis]]\nid = "h"\nstatement = "again"\nprior = 0.1',
        (
            'prior = 0.1\n[[exemption]]\nid = "e"\nstatement = "s"\nsource = "x"\neffect = "y"\n'
            'makes_innocent = ["nobody"]'
        ),
    ],
    ids=["place", "ship", "certain", "range", "for", "expert", "period", "priors", "twice", "whom"],
)
def test_a_hypothesis_that_cannot_be_argued_is_refused(wrong: str) -> None:
    """A slip in the file must stop the build, not weigh for or against anybody."""
    head = 'id="a"\ntitle="t"\nquestion="q"\n[[hypothesis]]\nid="h"\nstatement="s"\n'

    with pytest.raises(CaseFileError):
        read_case(head + wrong)
