"""The page: whole in one file, honest in its marks, and built twice the same."""

import re
from types import SimpleNamespace

import pytest

from quaywatch.cases.dossier import Dossier, build_dossier
from quaywatch.errors import CaseEmptyError, CaseLintError, ClaimShapeError
from quaywatch.evidence.record import Claim, Finding, record_from_content


def build(world: SimpleNamespace) -> Dossier:
    """The world's dossier."""
    return build_dossier(
        world.case,
        world.store,
        land=world.land,
        built_at=world.store.chain[0].known_at,
        ledger_head=world.store.chain[-1].hash,
        version="0.1.0",
    )


def with_finding(world: SimpleNamespace, **changes: object) -> SimpleNamespace:
    """The world with one finding changed, under its new id."""
    content = {**world.findings[0].model_dump(), **changes}
    finding = Finding.model_validate(content)
    world.store.append([finding], known_at=world.store.chain[0].known_at)
    world.case = world.case.model_copy(update={"findings": (finding.id,)})
    return world


def test_two_builds_give_the_same_bytes(world: SimpleNamespace) -> None:
    """If they did not, nobody could tell a changed dossier from a rebuilt one."""
    assert build(world).files() == build(world).files()


def test_the_page_asks_for_nothing(world: SimpleNamespace) -> None:
    """It is handed to people who are watched, and read where there is no network."""
    html = build(world).html

    assert "<script" not in html
    assert not re.search(r'(?:src|srcset)="(?!data:)', html)
    assert not re.search(r"url\(|@import|<link|<iframe", html)


def test_a_simulated_world_is_marked_on_every_page(world: SimpleNamespace) -> None:
    """A demo's page torn out and passed on must not pass for evidence."""
    world.case = world.case.model_copy(update={"simulated": False})  # A source says otherwise.
    dossier = build(world)

    assert "<strong>Simulated.</strong>" in dossier.html
    assert "SIMULATED" in dossier.html.split("@top-right")[-1]
    assert 'class="watermark"' in dossier.html
    assert "simulated = true" in dossier.case_toml


def test_every_part_of_the_argument_is_there(world: SimpleNamespace) -> None:
    """A dossier without its rivals or its refutation is advocacy."""
    html = build(world).html
    finding = world.findings[0]

    for text in (finding.argument, finding.would_refute[0], *(r.because for r in finding.rivals)):
        assert text.replace("'", "&#x27;") in html
    assert "almost certain (at least 99%)" in html
    assert "No probability is stated" in html
    assert html.index("sister ship") < html.index("was falsified")
    for text in ("3 February 2024", "the page states no terms", "quaywatch case verify"):
        assert text in html


def test_it_can_be_read_without_eyes(world: SimpleNamespace) -> None:
    """Every picture, table and part has words of its own."""
    html = build(world).html

    assert '<html lang="en">' in html
    assert html.count("<img") == len(re.findall(r'<img[^>]* alt="[^"]{10,}"', html))
    assert html.count("<table") == html.count("<caption")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert set(re.findall(r'aria-labelledby="([^"]+)"', html)) <= set(ids)


def test_what_a_record_says_is_never_markup(world: SimpleNamespace) -> None:
    """Titles and ship names come from outside."""
    evil = '<script>alert(1)</script>{{ 7 * 7 }} "><img src=x onerror=y>'
    world.case = world.case.model_copy(update={"title": evil})

    html = build(world).html

    assert "<script" not in html
    assert "onerror=y>" not in html
    assert "{{ 7 * 7 }}" in html


def test_nothing_to_report_is_not_built(world: SimpleNamespace) -> None:
    """An empty dossier would look like an acquittal."""
    world.case = world.case.model_copy(update={"findings": ()})

    with pytest.raises(CaseEmptyError):
        build(world)


def test_a_legal_conclusion_stops_the_build(world: SimpleNamespace) -> None:
    """A legal conclusion is not ours to draw, and must not slip into print."""
    with pytest.raises(CaseLintError, match="legal-conclusion"):
        build(with_finding(world, argument="This is a violation."))


@pytest.mark.parametrize(
    "value",
    [
        {"working": [{"formula": "no label"}]},
        {"plates": [{"sha256": "short", "caption": "", "credit": "", "licence": ""}]},
        {"geometry": {"features": [{"geometry": {}, "properties": {"role": "ufo"}}]}},
    ],
)
def test_a_claim_that_cannot_be_laid_out_says_why(
    world: SimpleNamespace, value: dict[str, object]
) -> None:
    """A check's author needs the key, not a blank space in the page."""
    old = world.claims["two-places"]
    claim = record_from_content({**old.content(), "value": value})  # type: ignore[dict-item]  # on purpose
    assert isinstance(claim, Claim)
    world.store.append([claim], known_at=world.store.chain[0].known_at)

    with pytest.raises(ClaimShapeError):
        build(with_finding(world, statement="It was elsewhere.", claims=(claim.id,)))


def test_a_long_series_is_cut_and_says_so(world: SimpleNamespace) -> None:
    """Ten thousand positions are not evidence to read, but none may go missing unsaid."""
    one = world.seen["far"]
    many = [world.changed(one, locator=f"record {n}") for n in range(40)]
    claim = world.changed(world.claims["gap"], inputs=tuple(o.id for o in many))
    world.store.append([*many, claim], known_at=world.store.chain[0].known_at)

    dossier = build(with_finding(world, statement="A gap.", claims=(claim.id,)))

    assert "further records of the same series" in dossier.html
    records = dossier.manifest["records"]
    assert isinstance(records, dict)
    assert all(o.id in records for o in many)


def test_the_plates_are_on_paper_too(world: SimpleNamespace) -> None:
    """A printed caption without its picture asks to be believed."""
    dossier = build(world)

    assert 'class="plate"' in dossier.html
    assert re.search(rb"/Subtype\s*/Image", dossier.pdf)
