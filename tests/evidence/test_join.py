"""Evidence joined for a case: what it may add up to, and what it may never."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import (
    AIS_CAP,
    AIS_GROUPS,
    GROUP_CAP,
    PRIORS,
    Evidence,
    Group,
    chance,
    exclusive,
    join,
    log_odds_of,
    priors_of_word,
    wording,
)
from quaywatch.evidence.wording import bounded, term

RATIOS = st.floats(1e-6, 1e6)
ITEM = st.builds(
    Evidence,
    name=st.text("abc", min_size=1, max_size=3),
    group=st.sampled_from(Group),
    ratio=RATIOS,
    measured=st.booleans(),
    cause=st.sampled_from([None, "scene:a", "scene:b", "source:c"]),
)
ITEMS = st.lists(ITEM, max_size=7)


def of_one_kind(item: Evidence) -> Evidence:
    """The same with a cause that only its own kind has."""
    return item if item.cause is None else replace(item, cause=f"{item.group}:{item.cause}")


ONE_KIND = ITEM.map(of_one_kind)


@given(ITEMS, st.randoms(use_true_random=False))
def test_joining_does_not_depend_on_order(items: list[Evidence], rng: random.Random) -> None:
    """Two investigators who read the same claims in another order must reach the same number."""
    shuffled = list(items)
    rng.shuffle(shuffled)

    assert join(shuffled).total == pytest.approx(join(items).total, abs=1e-12)


@given(ITEMS)
def test_no_kind_and_no_feed_exceeds_its_cap(items: list[Evidence]) -> None:
    """A hundred gaps and a hundred odd tracks are still one feed that anyone can write into."""
    joined = join(items)

    assert all(abs(one.applied) <= GROUP_CAP[one.group] + 1e-9 for one in joined.groups)
    ais = sum(one.applied for one in joined.groups if one.group in AIS_GROUPS)
    assert abs(ais) <= AIS_CAP + 1e-9


@given(st.lists(ONE_KIND, max_size=7), ONE_KIND)
def test_what_speaks_for_never_lowers_and_what_speaks_against_never_raises(
    items: list[Evidence], one: Evidence
) -> None:
    """If a trifle for it could water down what speaks for innocence, trifles would be piled up."""
    before, after = join(items).total, join([*items, one]).total

    if one.ratio >= 1:
        assert after >= before - 1e-9
    else:
        assert after <= before + 1e-9


@given(ITEMS, st.integers(2, 6))
def test_one_cause_counts_once_however_often_it_is_told(items: list[Evidence], times: int) -> None:
    """Six claims read out of one article are one article."""
    told = Evidence("article", Group.REPORTED, 3.0, measured=False, cause="source:one")
    once, often = join([*items, told]), join([*items, *[told] * times])

    assert often.total == pytest.approx(once.total, abs=1e-12)


def test_of_one_cause_the_strongest_for_and_against_both_stand() -> None:
    """One image may show a hull that fits and a hatch too many: neither may hide the other."""
    items = [
        Evidence("fits", Group.IDENTITY, 20.0, cause="scene:a"),
        Evidence("fits less", Group.IDENTITY, 4.0, cause="scene:a"),
        Evidence("hatch", Group.IDENTITY, 0.25, cause="scene:a"),
    ]

    joined = join(items)

    assert joined.stands_for == (None, 0, None)
    assert joined.total == pytest.approx(math.log(20) - math.log(4))


def test_set_ratios_are_held_to_five() -> None:
    """A hundred to one that somebody felt is five to one."""
    assert join([Evidence("felt", Group.IDENTITY, 100.0, measured=False)]).total == pytest.approx(
        math.log(5)
    )


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan, math.inf])
def test_a_ratio_that_is_none_is_refused(ratio: float) -> None:
    """Infinite odds would make a certainty that nothing could ever refute."""
    with pytest.raises(ProbabilityError):
        join([Evidence("bad", Group.GAP, ratio)])


@given(ITEMS)
def test_at_the_even_prior_the_conclusion_is_even(items: list[Evidence]) -> None:
    """The prior at which a reader would change sides must be that one."""
    joined = join(items)

    assert joined.probability(joined.even_prior) == pytest.approx(0.5, abs=1e-6)


@given(st.floats(-12, 12), st.floats(0.001, 0.9))
def test_a_word_is_quoted_only_where_priors_agree(total: float, prior: float) -> None:
    """A word that hangs on the prior is the analyst's opinion, not a finding."""
    told = wording(total, prior)
    words = [term(bounded(chance(log_odds_of(p) + total))) for p in PRIORS]

    if told.word is None:
        own = term(bounded(chance(log_odds_of(prior) + total)))
        assert words.count(own) < 2
    else:
        assert words.count(told.word) >= 2
        assert told.word == term(bounded(chance(log_odds_of(prior) + total)))


@given(st.floats(-8, 8), st.floats(0.002, 0.9))
def test_the_range_of_a_word_holds_the_prior_and_no_other_word(total: float, prior: float) -> None:
    """The range printed beside a word must be where the word is true."""
    low, high = priors_of_word(total, prior)
    word = term(bounded(chance(log_odds_of(prior) + total)))

    assert low <= prior * (1 + 1e-9)
    assert prior <= high * (1 + 1e-9)
    middle = chance((log_odds_of(low) + log_odds_of(high)) / 2)
    assert term(bounded(chance(log_odds_of(middle) + total))) == word


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_what_excludes_each_other_adds_up_to_one_and_raises_none(given_p: list[float]) -> None:
    """Three explanations at 60% each would be three accusations of one event."""
    *each, none = exclusive(given_p)

    assert math.fsum([*each, none]) == pytest.approx(1.0)
    assert none >= 0
    assert all(after <= before + 1e-12 for after, before in zip(each, given_p, strict=True))
