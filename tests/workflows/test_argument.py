"""Cases argued in a workspace: gathered, made again, and refused where a name is no claim."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from quaywatch.cases.argument import argument_of
from quaywatch.cases.case import Case, case_toml, read_case
from quaywatch.errors import CaseFileError
from quaywatch.evidence.record import record_from_json
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.argument import ArgumentsAgain, argument_claims
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.looking import again as looking_again
from quaywatch.workflows.looking import looking_claims

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DOCUMENT = """\
The image shows HULL ONE at the pier.
The ambassador said that the pier is not in use.
Another official said that trade there has begun again.
"""
CLAIMS = """\
[source]
path = "document.txt"
title = "A document"
unknown = { licence = "none stated" }

[[claim]]
id = "seen"
subject = "imo:9074729"
predicate = "sighted-at"
time = "2025-02-03T00:16Z"
lon = 125.39
lat = 38.72
lines = "1"
likelihood_ratio = 4.0
basis = "hatches"

[[claim]]
id = "shut"
subject = "site:quay"
predicate = "pier-in-use"
lines = "2"

[[claim]]
id = "open"
subject = "site:quay"
predicate = "pier-in-use"
lines = "3"
"""
CASE = """\
# What we ask.
id = "one"
title = "One"
question = "Which hull was it?"  # of two

[[hypothesis]]
id = "same"
statement = "The hull at the pier is HULL ONE."
kind = "same-hull"
about = "imo:9074729"
period = "2025-02-03"
prior = 0.2
together = "which"

[[hypothesis]]
id = "other"
statement = "The hull at the pier is another."
kind = "other-hull-seen"
about = "imo:9074729"
period = "2025-02-03"
prior = 0.5
together = "which"

[[hypothesis]]
id = "used"
statement = "The pier was in use."
prior = 0.3

[[hypothesis.supports]]
claim = "open"
ratio = 2.0
because = "An official says so."

[[hypothesis.against]]
claim = "shut"
ratio = 0.5
because = "The ambassador says so."

[[exemption]]
id = "origin"
statement = "Coal of other origin may be shipped there."
source = "A resolution, paragraph 8"
makes_innocent = ["used"]
effect = "Use says nothing of origin."

[[tension]]
id = "officials"
statement = "The two officials cannot both be right."
one = "shut"
other = "open"
because = "One says not in use, the other begun again."
hypotheses = ["used"]
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with three reported claims and nothing else."""
    (tmp_path / "document.txt").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    with Workspace.create(tmp_path / "w") as opened:
        ingest_claims(opened, tmp_path / "claims.toml", known_at=NOW)
        yield opened


def test_an_argument_is_made_again_from_the_claims_that_it_names(workspace: Workspace) -> None:
    """What another machine cannot recompute is an opinion with decimals."""
    made = argument_claims(workspace, read_case(CASE))
    again = ArgumentsAgain(workspace)

    for claim in made:
        kept = record_from_json(claim.canonical())
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        assert again.again(kept, inputs).id == claim.id  # type: ignore[arg-type]  # it is a claim
    assert [argument_of(c).hypothesis for c in made] == ["same", "other", "used"]


def test_reports_count_and_both_officials_stand(workspace: Workspace) -> None:
    """The ambassador against the official: neither is dropped, and they cancel."""
    same, _, used = (argument_of(c) for c in argument_claims(workspace, read_case(CASE)))

    assert [i.counts for i in same.items] == ["counted"]
    assert same.items[0].ratio == 4.0
    assert same.held_alone == pytest.approx(0.2)
    assert [i.counts for i in used.items] == ["counted", "counted"]
    assert used.moved == pytest.approx(0.0, abs=1e-9)
    assert used.tensions[0].one_says.startswith("“The ambassador")
    assert used.exemptions[0].claim is None
    assert same.exemptions == ()


def test_a_name_that_is_no_claim_is_refused(workspace: Workspace) -> None:
    """A typing slip must not leave a claim out without a word."""
    with pytest.raises(CaseFileError, match="no claim is called 'opne'"):
        argument_claims(workspace, read_case(CASE.replace('claim = "open"', 'claim = "opne"')))


def test_a_case_without_hypotheses_argues_none(workspace: Workspace) -> None:
    """Older case files go on as they are."""
    assert argument_claims(workspace, Case(id="a", title="A", question="Who?")) == []


def test_what_predicts_no_image_says_so(workspace: Workspace) -> None:
    """A shopping list for a hypothesis that no image bears on would waste money and mislead."""
    case = read_case(CASE)
    arguments = argument_claims(workspace, case)

    claims = looking_claims(workspace, case, arguments, today=date(2025, 6, 1))

    refused = [str(c.value["refused"]) for c in claims]  # type: ignore[index,call-overload]  # objects
    assert refused[0].startswith("No site")
    assert refused[2].startswith("It predicts no image")
    for claim, argument in zip(claims, arguments, strict=True):
        assert looking_again(claim, [argument]).id == claim.id


def test_building_keeps_a_persons_comments() -> None:
    """Nobody writes reasons into a file that throws them away."""
    case = read_case(CASE)
    built = case.model_copy(update={"findings": ("finding:1",)})

    text = case_toml(built)

    assert case_toml(case) == CASE
    assert "# What we ask." in text
    assert "# of two" in text
    assert read_case(text) == built
