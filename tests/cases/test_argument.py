"""An argument made: what counts, what does not, and what is said beside it."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.cases.argument import Argument, ExemptionShown, TensionShown
from quaywatch.cases.argument_chart import draw_argument
from quaywatch.cases.argument_finding import argument_finding
from quaywatch.cases.argument_graph import argument_graph
from quaywatch.cases.argument_joined import Bears, Brought, chosen
from quaywatch.cases.argument_made import argued
from quaywatch.cases.argument_odds_chart import draw_odds
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.cases.lint import lint_finding
from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.record import Basis, Claim

NOON = datetime(2025, 2, 3, 12, tzinfo=UTC)
SHIP = "imo:9074729"


def asked(name: str = "called", **fields: object) -> AskedHypothesis:
    """A hypothesis about the ship at a site."""
    told = {"kind": "called", "at": "site:quay", "prior": 0.1, **fields}
    return AskedHypothesis(id=name, statement=f"It {name} there.", about=SHIP, **told)  # type: ignore[arg-type]  # drawn from a table


def bears(
    name: str,
    ratio: float | None = 3.0,
    *,
    group: Group = Group.IMAGERY_PRESENCE,
    cause: str | None = None,
    rests_on: tuple[Bears, ...] = (),
    measured: bool = True,
    basis: Basis = Basis.INFERRED,
    **fields: object,
) -> Bears:
    """A claim with one bearing."""
    claim = Claim(
        subject=SHIP, predicate="test", value={"name": name}, basis=basis, method="test@1",
        time=TimeInterval.at(NOON + timedelta(hours=len(name))),
        inputs=tuple(one.claim.id for one in rests_on),
    )  # fmt: skip
    bearing = ratio and Bearing(
        hypothesis=Hypothesis.CALLED, about=SHIP, at="site:quay", ratio=ratio, group=group,
        measured=measured, cause=cause or name, because=f"It is {name}.",
    )  # fmt: skip
    under = frozenset(i for one in rests_on for i in (one.claim.id, *one.rests_on))
    return Bears(claim, bearing or None, f"It is {name}.", cause or name, under, **fields)  # type: ignore[arg-type]  # as above


def argument(*items: Bears, **fields: object) -> Argument:
    """Of a hypothesis with these items."""
    return argued(Brought(asked(**fields), items))  # type: ignore[arg-type]  # as above


def test_a_claim_does_not_count_again_through_another_that_rests_on_it() -> None:
    """A pair of places made of a sighting is that sighting told once more."""
    sighting = bears("sighting", 4.0)
    pair = bears("pair", 6.0, rests_on=(sighting,))

    made = argument(sighting, pair)

    standing = {item.because: item.counts for item in made.items}
    assert standing == {"It is sighting.": "through-another", "It is pair.": "counted"}
    assert made.moved == pytest.approx(math.log(6.0), abs=1e-5)


def test_two_images_are_two_things_seen_whoever_cites_whom() -> None:
    """A pair that cites an empty sea of another day must not swallow it."""
    empty = bears("empty", 30.0, cause="scene:a")
    pair = bears("pair", 4.0, cause="scene:b", rests_on=(empty,))
    again = bears("again", 4.0, cause="scene:a", rests_on=(empty,))

    assert [i.counts for i in argument(empty, pair).items].count("counted") == 2
    assert [i.counts for i in argument(empty, again).items].count("counted") == 1


def test_a_contradiction_weighs_its_pair_instead_of_the_check_before_it() -> None:
    """The same broadcast and the same image, weighed twice by two methods, are one pair."""
    said = bears("said")
    pair = bears("pair", 4.0, rests_on=(bears("broadcast"), said))
    pair = replace(pair, claim=pair.claim.model_copy(update={"predicate": "two-places"}))
    anew = bears("anew", 5.0, rests_on=(said,))
    anew = replace(anew, claim=anew.claim.model_copy(update={"predicate": "contradiction"}))

    standing, joined = chosen([pair, anew])

    assert [counts for counts, _ in standing] == ["through-another", "counted"]
    assert joined.total == pytest.approx(math.log(5.0))


def test_what_says_many_things_does_not_stand_in_for_what_it_rests_on() -> None:
    """A list of all voyages rests on everything; it must not swallow what speaks against it."""
    against = bears("against", 0.1)
    whole = bears("whole", 2.0, rests_on=(against,), stands_in=False)

    assert {item.counts for item in argument(against, whole).items} == {"counted"}


def test_without_the_top_of_a_chain_what_it_stood_in_for_counts() -> None:
    """Else leaving one claim out would leave out all that it was made from."""
    sighting = bears("sighting", 4.0)
    pair = bears("pair", 6.0, rests_on=(sighting,))

    top = next(i for i in argument(sighting, pair).items if i.counts == "counted")

    assert top.influence == pytest.approx(math.log(6.0) - math.log(4.0), abs=1e-5)


def test_another_time_does_not_bear_on_it() -> None:
    """A call in March is no evidence of one in February."""
    made = argument(bears("late", 50.0, late=True))

    assert made.items[0].counts == "other-time"
    assert made.probability == pytest.approx(0.1)


def test_the_claims_own_ratio_goes_before_the_one_that_a_person_gives() -> None:
    """Nobody talks a measured two to one up to five."""
    own = bears("own", 2.0)
    louder = Bears(own.claim, bears("own", 5.0).bearing, "Said louder.", "own", expert=True)

    made = argument(own, louder)

    assert made.moved == pytest.approx(math.log(2.0), abs=1e-5)
    assert {i.counts for i in made.items} == {"counted", "not-weighed"}


@given(st.lists(st.floats(0.05, 20.0), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_an_argument_does_not_hang_on_the_order_of_its_claims(
    ratios: list[float], rng: random.Random
) -> None:
    """A dossier verified on another machine reads claims in another order."""
    items = [bears(f"n{k}", ratio) for k, ratio in enumerate(ratios)]
    shuffled = list(items)
    rng.shuffle(shuffled)

    assert argument(*items) == argument(*shuffled)


def test_hypotheses_that_exclude_each_other_share_one_certainty() -> None:
    """Three names for one event cannot each be likely."""
    strong = bears("strong", 90.0)
    whole = [Brought(asked(n, prior=0.3, together="w"), (strong,)) for n in ("a", "b", "c")]

    made = argued(whole[0], whole[1:])

    assert sum(m.probability for m in made.together) == pytest.approx(1.0, abs=1e-5)
    assert [m.hypothesis for m in made.together] == ["a", "b", "c", None]
    assert made.probability < 0.4
    assert made.word is None


def test_the_innocent_explanation_stands_first_with_its_odds() -> None:
    """A reader must meet it before any other rival."""
    made = argument(bears("seen", 9.0), rivals=("Somebody else did.",))

    first = made.rivals[0]
    assert first.innocent
    assert first.odds == pytest.approx(made.probability / (1 - made.probability), abs=1e-3)
    assert made.rivals[1].statement == "Somebody else did."


def test_what_rests_on_reports_is_kept_apart() -> None:
    """A reader must see what would be left if the article were wrong."""
    held = bears("held", 3.0)
    said = bears("said", 4.0, reports=frozenset({"source:x"}), basis=Basis.REPORTED)

    made = argument(held, said)

    assert made.held_alone == pytest.approx(argument(held).probability)
    assert made.source_confidence.startswith("Moderate to low.")
    assert argument(said).source_confidence.startswith("Low.")


def test_with_no_claim_the_prior_stands_and_says_so() -> None:
    """Nothing found must not read like something found."""
    made = argument()

    assert made.probability == pytest.approx(0.1)
    assert any("what stands here is the prior" in text for text in made.messages)
    assert made.source_confidence.startswith("None.")


@given(st.floats(0.001, 0.999))
def test_a_prior_alone_is_never_put_into_a_word(prior: float) -> None:
    """“Almost no chance” of a call that nobody looked for would be a finding out of nothing."""
    assert argument(prior=prior).word is None
    assert argument(bears("shown", None), prior=prior).word is None


def test_exemptions_and_tensions_are_told_and_drop_nothing() -> None:
    """Coal of other origin may lie there, and the two officials both stand on the page."""
    one, other = bears("ambassador", 0.5), bears("official", 2.0)
    exempt = ExemptionShown(
        id="origin", statement="Coal of other origin is exempt.", scope="site:quay", source="s",
        effect="Its origin is not told.",
    )  # fmt: skip
    tension = TensionShown(
        id="t", statement="The two cannot both hold.", because="One says shut.",
        one=one.claim.id, one_says="“shut”", other=other.claim.id, other_says="“open”",
    )  # fmt: skip

    made = argued(Brought(asked(), (one, other), (exempt,), (tension,)))

    assert {item.counts for item in made.items} == {"counted"}
    assert any("Coal of other origin" in text for text in made.messages)
    assert any("neither is dropped" in text for text in made.messages)


@given(st.lists(st.floats(0.001, 1000.0), max_size=5), st.floats(0.001, 0.9))
def test_its_finding_says_no_more_than_its_number(ratios: list[float], prior: float) -> None:
    """The words are bound to the figure, whatever the figure comes to."""
    items = [bears(f"n{k}", ratio) for k, ratio in enumerate(ratios)]
    made = argued(Brought(asked(prior=prior), tuple(items)))
    claim = Claim(
        subject=SHIP, predicate="argument", value=made.model_dump(mode="json"),
        probability=made.probability, basis=Basis.INFERRED, method="argument@1",
    )  # fmt: skip

    finding = argument_finding(claim)

    assert lint_finding(finding, [claim]) == ()
    assert (finding.probability is None) == (made.word is None)
    assert 0.01 <= made.probability <= 0.99


def test_the_graph_has_each_node_once_and_no_loose_edge() -> None:
    """A claim that bears on two hypotheses is one box with two arrows."""
    shared = bears("shared", 5.0)
    whole = [Brought(asked(n, prior=0.2, together="w"), (shared,)) for n in ("a", "b")]
    made = [argued(whole[0], whole[1:]), argued(whole[1], whole[:1])]

    graph = argument_graph("Which?", made)

    ids = [node.id for node in graph.nodes]
    assert len(ids) == len(set(ids))
    assert {end for e in graph.edges for end in (e.source, e.target)} <= set(ids)
    assert sum(e.role == "supports" for e in graph.edges) == 2
    assert any(e.role == "excludes" for e in graph.edges)


def test_drawings_repeat_to_the_byte() -> None:
    """A picture that changed by itself would fail its own dossier."""
    items = [bears("a", 5.0), bears("bb", 0.3, group=Group.REPORTED), bears("ccc", None)]
    made = argument(*items)

    assert draw_argument(made) == draw_argument(made)
    assert draw_odds(made).startswith(b"<?xml")
    assert draw_argument(argument()).startswith(b"<?xml")


def test_the_chosen_name_what_stands_in_for_them() -> None:
    """Of a chain of three the reader is sent to its top."""
    low = bears("low")
    middle = bears("middle", rests_on=(low,))
    top = bears("top", rests_on=(middle,))

    standing, _ = chosen([low, middle, top])

    assert [counts for counts, _ in standing] == ["through-another", "through-another", "counted"]
    assert all(top.claim.id in str(why) for _, why in standing[:2])
