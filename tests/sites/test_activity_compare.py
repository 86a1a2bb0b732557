"""Comparisons of periods: by posterior, month by month, or refused with what would carry them."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quaywatch.errors import ActivityInputError
from quaywatch.sites.activity_compare import Comparison, Rules, compare
from quaywatch.sites.activity_needed import chance_carried, looks_to_carry, looks_to_see_change
from quaywatch.sites.activity_ratio import Strata, ratio_posterior
from quaywatch.sites.activity_types import Period, days_of
from quaywatch.sites.exposure import dwell_grid, known_dwell
from quaywatch.sites.look_gaps import dispersion, look_gaps
from quaywatch.sites.pattern import BerthRecord, Call, pattern_posterior

GRID = dwell_grid(size=13)


def year(of: int) -> tuple[str, Period]:
    """A calendar year under its name."""
    return str(of), Period(datetime(of, 1, 1, tzinfo=UTC), datetime(of + 1, 1, 1, tzinfo=UTC))


START = days_of(year(2017)[1].start)


def record(looks: np.ndarray, arrivals: np.ndarray, stays: np.ndarray) -> BerthRecord:
    """What looks show of ships told apart."""
    edge = np.concatenate([[-np.inf], looks, [np.inf]])
    first = np.searchsorted(looks, arrivals)
    end = np.searchsorted(looks, arrivals + stays)
    calls = [
        Call(edge[i], looks[i], looks[j - 1], edge[j + 1])
        for i, j in sorted(zip(first, end, strict=True))
        if j > i
    ]
    return BerthRecord(looks, tuple(calls))


def world(
    seed: int, *, rate: float, ratio: float, clear: tuple[float, float], season: float = 0.0
) -> BerthRecord:
    """Two years of ships, 2017 and 2018; looks by clear mornings, few in summer or winter."""
    rng = np.random.default_rng(seed)
    days = np.arange(START, START + 730.0) + 0.1
    wave = np.cos(2 * np.pi * (days - START) / 365.25)
    # The two years' clouds have opposite seasons: only a comparison by month is fair.
    tilt = np.where(days < START + 365, 1.0, -1.0) * season
    looks = days[rng.random(730) < np.where(days < START + 365, *clear) * (1 + tilt * wave)]
    tried = np.sort(rng.uniform(START - 30, START + 730, rng.poisson(2 * rate * 760)))
    level = np.where(tried < START + 365, 1.0, ratio)
    level = level * (1 + season * np.cos(2 * np.pi * (tried - START) / 365.25))
    arrivals = tried[rng.random(len(tried)) < level / 2]
    return record(looks, arrivals, 2.0 * np.exp(0.5 * rng.standard_normal(len(arrivals))))


def years(held: BerthRecord, *, matched: bool = True, rules: Rules | None = None) -> Comparison:
    """2018 against 2017."""
    (found,) = compare(
        [held], [year(2017), year(2018)], dwell=GRID, matched=matched, rules=rules or Rules()
    )
    return found


@settings(max_examples=30)
@given(n1=st.integers(0, 40), n2=st.integers(1, 40), w1=st.floats(5, 300), w2=st.floats(5, 300))
def test_one_month_gives_the_law_of_methods(n1: int, n2: int, w1: float, w2: float) -> None:
    """METHODS section 7: the ratio follows (N2+½)/W2 ÷ (N1+½)/W1 × F(2 N2 + 1, 2 N1 + 1)."""
    one, two = (
        Strata(np.full((1, 1), float(n)), np.full((1, 1), w), np.zeros(1), np.zeros(1))
        for n, w in ((n1, w1), (n2, w2))
    )
    found = ratio_posterior(one, two, shared=True)
    assert found is not None
    scale = (n2 + 0.5) / w2 / ((n1 + 0.5) / w1)
    law = stats.f(2 * n2 + 1, 2 * n1 + 1)
    for p in (0.05, 0.5, 0.95):
        exact = scale * law.ppf(p)
        # Beyond a factor of 600 the law of no call at all in one period outruns the grid's end.
        if 1 / 600 < exact < 600:
            assert np.log(found.quantile(p)) == pytest.approx(np.log(exact), abs=0.1)


@settings(max_examples=30)
@given(season=st.lists(st.floats(0.05, 20), min_size=4, max_size=4))
def test_a_season_cancels(season: list[float]) -> None:
    """Months with twenty times the traffic and exposures all their own must not make a change."""
    levels, w1 = np.array(season)[:, None], np.array([[9.0], [30.0], [80.0], [20.0]])
    w2 = w1[::-1].copy()
    one = Strata(levels * w1, w1, np.zeros(1), np.zeros(1))
    two = Strata(levels * w2, w2, np.zeros(1), np.zeros(1))
    found = ratio_posterior(one, two, shared=True)
    assert found is not None
    assert found.quantile(0.5) == pytest.approx(1.0, abs=0.2)
    assert found.scatter == pytest.approx(0.0, abs=0.2)


def test_intervals_cover_and_raw_counts_do_not() -> None:
    """A busier sky and a season against it: nine intervals in ten still hold the true ratio."""
    free = Rules(widest=np.inf)
    inside, raw, false = [], [], 0
    for seed in range(40):
        held = world(seed, rate=0.2, ratio=1.0, clear=(0.5, 0.25), season=0.6)
        found = years(held, rules=free)
        assert found.ratio is not None
        inside.append(found.ratio.low <= 1.0 <= found.ratio.high)
        raw.append(found.later.calls_seen / found.earlier.calls_seen)
        false += found.verdict != "no-change-told"
    assert 0.82 <= np.mean(inside) <= 0.98
    assert np.median(raw) < 0.75
    assert false <= 5


def test_unmatched_periods_take_a_season_for_a_change() -> None:
    """Why months are matched: winter held against summer looks like a change, and is none."""
    held = world(4, rate=0.5, ratio=1.0, clear=(0.6, 0.6), season=0.9)
    halves = [
        ("winter", Period(datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 4, 1, tzinfo=UTC))),
        ("summer", Period(datetime(2017, 5, 1, tzinfo=UTC), datetime(2017, 8, 1, tzinfo=UTC))),
    ]
    (whole,) = compare([held], halves, dwell=GRID, matched=False)
    (fair,) = compare([held], halves, dwell=GRID)
    assert whole.verdict == "fewer"
    assert fair.refusal is not None
    assert fair.refusal.code == "compare-no-common-month"
    assert fair.months_left_out == (1, 2, 3, 5, 6, 7)


def test_a_stop_is_told_with_its_size() -> None:
    """A yard that fell silent is the finding; its size must be an interval that leaves out one."""
    found = years(world(2, rate=0.2, ratio=0.1, clear=(0.5, 0.5)))
    assert found.verdict == "fewer"
    assert found.ratio is not None
    assert found.ratio.p_fewer > 0.999
    assert found.ratio.high < 0.5
    assert "chance of it at least 0.99" in found.statement


def test_few_looks_are_refused_with_the_number_that_would_do() -> None:
    """The second worst bug is a guess from four looks; the refusal must say what to buy."""
    looks = START + np.array([10.0, 60, 130, 200, 380, 440, 520, 600])
    held = BerthRecord(looks, (Call(looks[0], looks[1], looks[1], looks[2]),))
    found = years(held)
    assert found.ratio is None
    assert found.verdict is None
    assert found.refusal is not None
    assert found.refusal.code == "compare-looks-too-few"
    needed = found.refusal.looks_that_carry
    assert needed is not None
    assert needed.looks is not None
    assert str(needed.looks) in found.statement
    assert needed.looks > 8


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_the_number_of_looks_carries(rate: float) -> None:
    """Whoever buys that many looks must get an answer four times in five."""
    dwell = known_dwell(2.0)
    needed = looks_to_carry(365.0, rate, lambda g: float(dwell.integral(g)[0]))
    assert needed.looks is not None
    carried = 0
    for seed in range(20):
        rng = np.random.default_rng([seed, 9])
        looks = np.concatenate(
            [START + k * 365 + (np.arange(needed.looks) + 0.5) * 365 / needed.looks for k in (0, 1)]
        )
        arrivals = np.sort(rng.uniform(START - 20, START + 730, rng.poisson(rate * 750)))
        held = record(looks, arrivals, rng.exponential(2.0, len(arrivals)))
        (found,) = compare([held], [year(2017), year(2018)], dwell=dwell, matched=False)
        carried += found.refusal is None
    assert carried >= 12


def test_too_few_calls_cannot_be_mended_by_looks() -> None:
    """Six calls a year cannot show a halving even to an eye that never shuts: do not sell looks."""
    needed = looks_to_see_change(365.0, 6 / 365, lambda g: min(g, 2.0))
    assert needed.looks is None
    assert "calls are too few, not looks" in (needed.reason or "")


def test_looks_never_hurt() -> None:
    """More exposure, more chance of an answer; otherwise the search for a number would be void."""
    chances = [chance_carried(0.1 * w, 0.1 * w, w, w) for w in (20.0, 60.0, 120.0, 240.0)]
    assert all(a < b for a, b in pairwise(chances))


def test_no_looks_and_no_calls_are_told_apart() -> None:
    """Nobody looked, and nobody was seen, are different sentences."""
    looks = START + np.arange(0.0, 730.0, 3.0)
    silent = years(BerthRecord(looks, ()))
    assert silent.refusal is not None
    assert silent.refusal.code == "compare-no-calls"
    assert silent.refusal.looks_that_carry is not None
    assert silent.refusal.looks_that_carry.looks is None  # so busy they would have been seen
    blind = years(BerthRecord(looks[looks < START + 365], ()))
    assert blind.refusal is not None
    assert blind.refusal.code == "compare-no-looks"
    assert "2018" in blind.statement


def test_four_years_are_compared_two_by_two_and_more_strictly() -> None:
    """Six pairs have six chances of a false decline: each must be surer."""
    rng = np.random.default_rng(3)
    first = days_of(year(2016)[1].start)
    looks = np.sort(rng.uniform(first, first + 1461, 500))
    arrivals = np.sort(rng.uniform(first, first + 1461, 250))
    held = record(looks, arrivals, np.full(250, 2.0))
    found = compare([held], [year(y) for y in range(2016, 2020)], dwell=GRID)
    assert [(c.earlier.label, c.later.label) for c in found][:3] == [
        ("2016", "2017"), ("2016", "2018"), ("2016", "2019"),
    ]  # fmt: skip
    assert len(found) == 6
    assert found[0].rules.told == pytest.approx(1 - 0.025 / 6)
    assert len(compare([held], [year(y) for y in range(2016, 2020)], dwell=GRID, pairs="next")) == 3


def test_longer_stays_are_not_more_ships() -> None:
    """Ships that lie four days instead of 1.5 are seen twice as often: no rise in calls."""
    told, median = {None: 0, True: 0}, []
    for seed in range(16):
        rng = np.random.default_rng([seed, 4])
        looks = np.sort(rng.uniform(START, START + 730, 200))
        arrivals = np.sort(rng.uniform(START - 30, START + 730, rng.poisson(0.15 * 760)))
        stays = np.where(arrivals < START + 365, 1.5, 4.0)
        held = record(looks, arrivals, stays * np.exp(0.5 * rng.standard_normal(len(arrivals))))
        for shared in told:
            (found,) = compare([held], [year(2017), year(2018)], dwell=GRID, shared_dwell=shared)
            told[shared] += found.verdict == "more"
            if shared is None and found.ratio is not None:
                median.append(found.ratio.median)
    assert told[None] <= 3 < told[True]
    assert np.median(median) == pytest.approx(1.0, abs=0.3)


def test_a_separate_dwell_is_no_surer_than_a_shared_one() -> None:
    """Letting each year have its own dwell gives up knowledge, and must widen the interval."""
    held = world(7, rate=0.2, ratio=0.7, clear=(0.4, 0.3))
    wide = []
    for shared in (True, False):
        (found,) = compare(
            [held], [year(2017), year(2018)], dwell=GRID, shared_dwell=shared,
            rules=Rules(widest=np.inf),
        )  # fmt: skip
        assert found.ratio is not None
        assert found.to_json()["dwell"] == ("shared" if shared else "separate")
        wide.append(np.log(found.ratio.high / found.ratio.low))
    assert wide[1] > 0.97 * wide[0]


def test_two_berths_with_the_same_looks_are_one_with_all_their_ships() -> None:
    """How calls fall to berths is not what is compared."""
    held = world(5, rate=0.3, ratio=0.6, clear=(0.4, 0.4))
    half = (BerthRecord(held.looks, held.calls[::2]), BerthRecord(held.looks, held.calls[1::2]))
    one = years(held)
    (two,) = compare(half, [year(2017), year(2018)], dwell=GRID)
    assert one.ratio is not None
    assert two.ratio is not None
    assert two.ratio.median == pytest.approx(one.ratio.median, rel=1e-6)


def test_gaps_keep_every_call_and_all_exposure() -> None:
    """Evidence by look must add up to what the estimator makes of the whole."""
    held = world(6, rate=0.2, ratio=1.0, clear=(0.4, 0.4))
    dwell = known_dwell(2.4)
    gaps = look_gaps([held], dwell)
    start, end = float(held.looks[0]), float(held.looks[-1])
    own = gaps.between(start, end)
    calls = float(own.calls.sum())
    assert calls == sum(c.first > start for c in held.calls)
    rate = (calls + 0.5) / float(own.exposure.sum())
    posterior = pattern_posterior([held], start, end, dwell)
    assert posterior is not None
    assert rate == pytest.approx(posterior.rate_mean, rel=0.03)


def test_convoys_scatter_and_a_change_hardly_does() -> None:
    """Convoys would pass for changes; a true change must not be talked down as convoys."""
    rng = np.random.default_rng(1)
    alone = rng.poisson(0.3, 400).astype(np.float64)
    threes = 3.0 * rng.poisson(0.1, 400).astype(np.float64)
    stopped = np.concatenate([rng.poisson(0.6, 200), np.zeros(200)]).astype(np.float64)
    told = [dispersion(calls, np.ones(400)) for calls in (alone, threes, stopped)]
    assert told[0] < 1.3
    assert told[1] > 1.8
    assert told[2] < 1.4


def test_two_sightings_that_may_be_one_ship_count_in_part() -> None:
    """A link that nobody is sure of must not count as two ships, nor as one."""
    looks = np.arange(0.0, 40.0, 1.0)
    calls = (Call(9.0, 10.0, 10.0, 11.0), Call(11.0, 12.0, 12.0, 13.0))
    counts = [
        look_gaps([BerthRecord(looks, calls, (p,) if p else ())], known_dwell(3.0)).counted()
        for p in (0.0, 0.5, 0.9)
    ]
    assert counts[0] == 2.0
    assert 1.0 < counts[2] < counts[1] < 2.0


def test_what_cannot_be_compared_is_refused() -> None:
    """Overlapping years would compare looks with themselves."""
    with pytest.raises(ActivityInputError):
        compare([], [year(2018), year(2017)])
    with pytest.raises(ActivityInputError):
        compare([], [year(2018)])
    with pytest.raises(ActivityInputError):
        look_gaps([BerthRecord(np.array([1.0]), (Call(1.0, 2.0, 2.0, 3.0),))], GRID)
