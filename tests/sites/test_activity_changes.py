"""Changes of activity: intervals between looks, seldom false, and never a date."""

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy import special

from quaywatch.errors import ActivityInputError
from quaywatch.sites.activity_changes import activity_changes, chance_of_telling, series
from quaywatch.sites.activity_types import Period, days_of
from quaywatch.sites.exposure import dwell_grid, known_dwell
from quaywatch.sites.look_gaps import LookGaps, look_gaps
from quaywatch.sites.pattern import BerthRecord, Call
from quaywatch.sites.rate_segments import SHAPE, Segments

YEARS = Period(datetime(2016, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC))
AUGUST = datetime(2017, 8, 1, tzinfo=UTC)
START = days_of(YEARS.start)


def looks(seed: int, per_year: float, season: float = 0.5) -> np.ndarray:
    """Mornings that are clear, few in summer."""
    rng = np.random.default_rng([seed, 1])
    days = np.arange(START, START + YEARS.days) + 0.1
    clear = per_year / 365 * (1 + season * np.cos(2 * np.pi * (days - START) / 365.25))
    return days[rng.random(len(days)) < clear]


def gaps_of(seed: int, at: np.ndarray, rate: float, ratio: float = 1.0) -> LookGaps:
    """Ships of one berth whose rate changes on 1 August 2017."""
    rng = np.random.default_rng([seed, 2])
    arrivals = np.sort(rng.uniform(START - 20, START + YEARS.days, rng.poisson(rate * 751)))
    kept = (arrivals < days_of(AUGUST)) | (rng.random(len(arrivals)) < ratio)
    arrivals = arrivals[kept]
    stays = rng.exponential(2.0, len(arrivals))
    first, end = np.searchsorted(at, arrivals), np.searchsorted(at, arrivals + stays)
    edge = np.concatenate([[-np.inf], at, [np.inf]])
    calls = tuple(
        Call(edge[i], at[i], at[j - 1], edge[j + 1])
        for i, j in sorted(zip(first, end, strict=True))
        if j > i
    )
    return look_gaps([BerthRecord(at, calls)], dwell_grid(size=9))


def test_sums_over_segmentations_are_those_of_trying_each() -> None:
    """The recursion is exact or it is nothing: held against all places of two changes."""
    rng = np.random.default_rng(0)
    at = np.cumsum(rng.exponential(2.0, 9))
    calls, days = rng.poisson(1.0, (9, 1)).astype(float), rng.uniform(0.5, 2.0, (9, 1))
    made = Segments.of(at, calls, days, np.zeros(1), 2)
    level = SHAPE * days.sum() / max(calls.sum(), 0.5)

    def fit(i: int, j: int) -> float:
        n, w = float(calls[i:j].sum()), float(days[i:j].sum())
        one = special.gammaln(SHAPE + n) - special.gammaln(SHAPE) + SHAPE * np.log(level)
        return float(one - (SHAPE + n) * np.log(level + w))

    place = np.exp(made.log_place)
    single = [place[i] * np.exp(fit(0, i) + fit(i, 9)) for i in range(1, 9)]
    double = [
        place[i] * place[j] * np.exp(fit(0, i) + fit(i, j) + fit(j, 9))
        for i in range(1, 9)
        for j in range(i + 1, 9)
    ]
    # Prior 1/2, 1/4 and the rest; two places in order stand for two lists.
    odds = np.array([0.5 * np.exp(fit(0, 9)), 0.25 * sum(single), 0.25 * 2 * sum(double)])
    assert made.counts() == pytest.approx(odds / odds.sum(), rel=1e-9)
    assert made.place(1, 0)[:8] == pytest.approx(np.array(single) / sum(single), rel=1e-9)


@pytest.mark.parametrize(
    ("per_year", "rate"), [(40, 0.15), (120, 0.3)], ids=["few-looks", "many-looks"]
)
def test_no_change_is_hardly_ever_told(per_year: float, rate: float) -> None:
    """Clouds with a season and uneven looks must not make a change: one false story in twenty."""
    told = 0
    for seed in range(30):
        gaps = gaps_of(seed, looks(seed, per_year), rate)
        told += bool(activity_changes(gaps, YEARS).changes)
    assert told <= 3


def test_a_stop_is_found_and_bracketed() -> None:
    """August 2017: the interval holds the day nine times in ten, and ends at looks."""
    told, inside = 0, 0
    for seed in range(16):
        at = looks(seed, 100)
        found = activity_changes(gaps_of(seed, at, 0.2, ratio=0.0), YEARS)
        if len(found.changes) == 1:
            (change,) = found.changes
            told += 1
            inside += change.after <= AUGUST <= change.before
            assert change.after < change.before
            assert change.p_fewer > 0.9
            assert float(np.abs(at - days_of(change.after)).min()) < 1e-5
            assert change.likeliest_after < change.likeliest_before
    assert told >= 14
    assert inside >= 0.8 * told


def test_two_changes_are_two() -> None:
    """Busy, silent, busy again: one interval each, in time order."""
    at = START + np.arange(0.0, YEARS.days, 2.0)
    n = np.arange(1, len(at) - 1, 3)
    kept = n[(n < 120) | (n > 240)]
    calls = tuple(Call(at[i - 1], at[i], at[i], at[i + 1]) for i in kept)
    found = activity_changes(look_gaps([BerthRecord(at, calls)], known_dwell(2.0)), YEARS)
    assert [round(c.p_fewer) for c in found.changes] == [1, 0]
    assert found.changes[0].before < found.changes[1].after
    assert found.p_at_least[1] > 0.99


def test_a_known_season_is_no_change() -> None:
    """Ships that keep away every winter are a season, if other years say so."""
    at = START + np.arange(0.0, 366.0, 2.0)
    one = Period(YEARS.start, datetime(2017, 1, 1, tzinfo=UTC))
    calls = tuple(
        Call(at[i - 1], at[i], at[i], at[i + 1])
        for i in range(1, len(at) - 1)
        if i % 2 == 0 and (i < 90 or i % 20 == 0)
    )
    gaps = look_gaps([BerthRecord(at, calls)], known_dwell(2.0))
    season = [1.0] * 6 + [0.1] * 6
    blind, told = activity_changes(gaps, one), activity_changes(gaps, one, season=season)
    assert blind.changes
    assert blind.season_could_explain
    assert "season of the ships" in blind.statement
    assert not told.changes
    with pytest.raises(ActivityInputError):
        series(gaps, one, [1.0] * 11)


def test_the_chance_of_telling_grows_with_looks_and_with_the_change() -> None:
    """What looks could have told stands beside what they told; without a change it is small."""
    dwell = known_dwell(2.0)
    few, many = (look_gaps([BerthRecord(looks(1, n), ())], dwell) for n in (25, 110))

    def chance(gaps: LookGaps, ratio: float) -> float:
        return chance_of_telling(gaps, YEARS, 0.25, ratio=ratio, changed_at=AUGUST, draws=60)[0]

    assert chance(many, 1.0) <= 0.1
    assert chance(few, 0.0) < chance(many, 0.0)
    assert chance(many, 0.5) < chance(many, 0.0)
    assert chance(many, 0.0) > 0.9


def test_very_many_looks_are_taken_together_and_lose_nothing() -> None:
    """A camera on the quay must not fill the memory: what is summed is the same."""
    at = START + np.arange(0.0, YEARS.days, 0.2)
    calls = tuple(Call(at[n - 1], at[n], at[n], at[n + 1]) for n in range(5, len(at) // 2, 25))
    gaps = look_gaps([BerthRecord(at, calls)], known_dwell(2.0))
    when, seen, exposure, _ = series(gaps, YEARS)
    own = gaps.between(START, days_of(YEARS.end))
    assert len(when) <= 500
    assert when[-1] == at[-1]
    assert seen.sum() == len(calls)
    assert exposure.sum() == pytest.approx(own.exposure.sum())
    found = activity_changes(gaps, YEARS)
    assert found.looks == len(own)
    assert len(found.changes) == 1
    assert days_of(found.changes[0].after) < at[len(at) // 2] < days_of(found.changes[0].before)


def test_too_few_looks_and_no_calls_say_so() -> None:
    """No change told and no change to be told of are different sentences."""
    bare = look_gaps([BerthRecord(START + np.array([1.0, 9.0]), ())], known_dwell(2.0))
    assert "the least for a change" in activity_changes(bare, YEARS).statement
    silent = look_gaps([BerthRecord(looks(0, 60), ())], known_dwell(2.0))
    assert "No call was seen" in activity_changes(silent, YEARS).to_json()["statement"]
    assert chance_of_telling(bare, YEARS, 0.1, ratio=0.0, changed_at=AUGUST) == (0.0, 0)
