"""What a dossier may not say in its own voice."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.closure import closure
from quaywatch.cases.lint import lint_case, lint_finding, lint_text
from quaywatch.evidence.record import Rival
from quaywatch.evidence.wording import phrase


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("This is a violation of Resolution 2371.", "legal-conclusion"),
        ("It violates the resolution.", "legal-conclusion"),
        ("an illegal export", "legal-conclusion"),
        ("The owner is guilty.", "legal-conclusion"),
        ("a case of sanctions evasion", "legal-conclusion"),
        ("used to evade the UN sanctions", "legal-conclusion"),
        ("smuggled coal", "legal-conclusion"),
        ("This proves that it was there.", "overstated"),
        ("It was certainly there.", "overstated"),
        ("It switched its AIS transponder off.", "motive-of-a-gap"),
        ("The ship went dark.", "motive-of-a-gap"),
        ("It probably loaded coal.", "unbound-chance"),
        ("It is very likely the same ship.", "unbound-chance"),
        ("likely (95%)", "chance-mismatch"),
        ("We are 99.9% sure.", "above-99"),
    ],
)
def test_a_wording_that_goes_too_far_is_found(text: str, code: str) -> None:
    """Each of these has cost somebody a correction or a lawsuit."""
    assert code in [issue.code for issue in lint_text(text, where="here")]


@pytest.mark.parametrize(
    "text",
    [
        "OSC calls it “a violation of UNSC resolutions”.",
        'The headline says "Detecting Illegal Coal Exports".',
        "A gap of 23 hours.",
        "Interference is more likely than deceit.",
        "The berth is usable over 100% of its area.",
        "Not feasible for any merchant ship.",
        "Likelihood 12 to 1.",
    ],
)
def test_honest_wording_passes(text: str) -> None:
    """A lint that cries at quotations would be switched off by the second week."""
    assert lint_text(text, where="here") == ()


@given(st.floats(min_value=0, max_value=1))
def test_the_wording_we_compute_passes_our_own_lint(probability: float) -> None:
    """What the wording table prints must be what the lint accepts, at every probability."""
    assert lint_text(phrase(probability), where="here") == ()


def test_a_finding_needs_an_innocent_rival(world: SimpleNamespace) -> None:
    """“Another kind of deceit” is no innocent explanation."""
    twice = world.findings[0].model_copy(
        update={
            "rivals": (Rival(statement="The image was faked.", stands="unlikely", because="No."),)
        }
    )

    assert [i.code for i in lint_finding(twice, [world.claims["two-places"]])] == [
        "no-innocent-rival"
    ]


def test_impossible_needs_a_check_that_says_so(world: SimpleNamespace) -> None:
    """Exclusion is said only against the shortest path, the highest speed, the worst clocks."""
    claim = world.claims["two-places"]
    weaker = claim.model_copy(update={"value": {"verdict": "implausible"}})

    assert lint_finding(world.findings[0], [claim]) == ()
    assert [i.code for i in lint_finding(world.findings[0], [weaker])] == ["unbacked-impossible"]


def test_what_others_reported_is_theirs_to_word(world: SimpleNamespace) -> None:
    """A source's own word must neither be lost nor be laid in our mouth."""
    assert lint_case(world.case, closure(world.case.findings, world.store)) == ()
