"""Likelihood ratios: what they may add up to, and what they may never."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import (
    EXPERT_LIMIT,
    GROUP_CAP,
    PRIORS,
    Evidence,
    Group,
    posterior,
    stable_term,
)
from quaywatch.evidence.wording import term

RATIOS = st.floats(1e-6, 1e6)
ITEMS = st.lists(
    st.builds(
        Evidence,
        name=st.just("e"),
        group=st.sampled_from(Group),
        ratio=RATIOS,
        measured=st.booleans(),
    ),
    max_size=8,
)
INNER_PRIORS = st.floats(0.001, 0.999)


def logit(p: float) -> float:
    """Log-odds."""
    return math.log(p / (1 - p))


@given(INNER_PRIORS)
def test_no_evidence_leaves_the_prior(prior: float) -> None:
    """Nothing seen must move nothing, beyond the bound on what may be stated."""
    assert posterior(prior, []) == pytest.approx(min(max(prior, 0.01), 0.99))


@given(INNER_PRIORS, ITEMS, st.randoms(use_true_random=False))
def test_order_does_not_matter(prior: float, items: list[Evidence], rng: random.Random) -> None:
    """Two investigators who read the same evidence must reach the same number."""
    shuffled = list(items)
    rng.shuffle(shuffled)
    assert posterior(prior, shuffled) == pytest.approx(posterior(prior, items), rel=1e-9)


@given(INNER_PRIORS, st.sampled_from(Group), st.lists(RATIOS, min_size=1, max_size=8))
def test_no_group_exceeds_its_cap(prior: float, group: Group, ratios: list[float]) -> None:
    """A hundred gaps share one cause; together they are still one kind of evidence."""
    result = posterior(prior, [Evidence("e", group, ratio) for ratio in ratios])
    assert abs(logit(result) - logit(posterior(prior, []))) <= GROUP_CAP[group] + 1e-9


@given(INNER_PRIORS, ITEMS, st.data())
def test_a_stronger_item_never_weakens_the_case(
    prior: float, items: list[Evidence], data: st.DataObject
) -> None:
    """Monotone: otherwise better evidence would be worth hiding."""
    if not items:
        return
    at = data.draw(st.integers(0, len(items) - 1))
    old = items[at]
    better = Evidence(old.name, old.group, old.ratio * data.draw(st.floats(1, 100)), old.measured)
    stronger = [*items[:at], better, *items[at + 1 :]]
    assert posterior(prior, stronger) >= posterior(prior, items) - 1e-12


@given(st.floats(0.02, 0.98), st.sampled_from(Group), RATIOS)
def test_what_an_expert_set_moves_odds_five_times_at_most(
    prior: float, group: Group, ratio: float
) -> None:
    """A number from judgement must not weigh like a measurement."""
    result = posterior(prior, [Evidence("e", group, ratio, measured=False)])
    assert abs(logit(result) - logit(prior)) <= math.log(EXPERT_LIMIT) + 1e-9


@given(INNER_PRIORS, ITEMS)
def test_no_posterior_leaves_1_to_99_percent(prior: float, items: list[Evidence]) -> None:
    """However much agrees, a common error may lie beneath it."""
    assert 0.01 - 1e-12 <= posterior(prior, items) <= 0.99


@given(ITEMS)
def test_a_word_is_said_only_if_two_priors_agree(items: list[Evidence]) -> None:
    """A word that hangs on the prior is an opinion."""
    words = [term(posterior(prior, items)) for prior in PRIORS]
    word = stable_term(iter(items))
    if len(set(words)) == len(PRIORS):
        assert word is None
    else:
        assert words.count(str(word)) >= 2


@pytest.mark.parametrize("prior", [0.0, 1.0, -1.0, float("nan")])
def test_a_certain_prior_is_refused(prior: float) -> None:
    """No evidence could move it."""
    with pytest.raises(ProbabilityError):
        posterior(prior, [])


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_ratio_is_refused(ratio: float) -> None:
    """A ratio of zero would make one item overrule all others."""
    with pytest.raises(ProbabilityError):
        posterior(0.5, [Evidence("e", Group.GAP, ratio)])
