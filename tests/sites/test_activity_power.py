"""Evidence of none: only with power, only at a rate fixed beforehand."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ActivityInputError
from quaywatch.sites.activity_power import (
    FixedRate,
    calls_not_excluded,
    power_at,
    rate_refusal,
    silence,
)
from quaywatch.sites.activity_types import Period, days_of
from quaywatch.sites.exposure import dwell_grid, known_dwell
from quaywatch.sites.pattern import BerthRecord, Call

ONE = np.ones(1)


def year(of: int) -> Period:
    """A calendar year."""
    return Period(datetime(of, 1, 1, tzinfo=UTC), datetime(of + 1, 1, 1, tzinfo=UTC))


def looks(period: Period, count: int) -> BerthRecord:
    """So many evenly spaced looks, the last at the period's end."""
    return BerthRecord(days_of(period.start) + period.days * np.arange(1, count + 1) / count, ())


@pytest.mark.parametrize(
    ("covered", "days", "calls", "chance"),
    [(13.5, 30, 3, 0.74), (6.0, 30, 3, 0.45), (37.1, 90, 9, 0.98)],
    ids=["seven-looks", "three-looks", "twenty-looks"],
)
def test_chances_of_methods_section_7(
    covered: float, days: float, calls: int, chance: float
) -> None:
    """METHODS section 7 [C]: 0.74 of seven looks, 0.45 of three, 0.98 of twenty in 90 days."""
    assert power_at(calls / days, np.array([covered]), ONE) == pytest.approx(chance, abs=0.006)


def test_calls_of_methods_section_7() -> None:
    """METHODS section 7 [C]: W = 13.5 days leave 6.7 calls in a month; four looks leave 11."""
    assert calls_not_excluded(np.array([13.5]), ONE, 30.0) == pytest.approx(6.7, abs=0.05)
    month = Period(datetime(2017, 6, 1, tzinfo=UTC), datetime(2017, 7, 1, tzinfo=UTC))
    found = silence([looks(month, 4)], month, dwell=known_dwell(2.0))
    assert int(found.calls_not_excluded or 0) == 11


@given(covered=st.lists(st.floats(0.01, 300), min_size=1, max_size=6), days=st.floats(5, 400))
def test_what_is_not_excluded_has_a_chance_of_one_in_twenty_to_stay_unseen(
    covered: list[float], days: float
) -> None:
    """The bound must answer to the whole posterior of the dwell, not to its mean."""
    weight = np.full(len(covered), 1 / len(covered))
    most = calls_not_excluded(np.array(covered), weight, days)
    assert most is not None
    assert power_at(most / days, np.array(covered), weight) == pytest.approx(0.95, abs=1e-6)
    assert most >= -np.log(0.05) / np.mean(covered) * days - 1e-6


def test_an_unsure_dwell_lowers_power() -> None:
    """One dwell taken for certain would turn few looks into proof."""
    period = year(2018)
    rate = FixedRate(0.02, "claim 2017", year(2017))
    record = looks(period, 60)
    sure = silence([record], period, rate=rate, dwell=known_dwell(2.6))
    unsure = silence([record], period, rate=rate, dwell=dwell_grid(2.05, 0.9))
    assert sure.power is not None
    assert unsure.power is not None
    assert unsure.power < sure.power


def test_evidence_of_none_needs_power_and_words_follow() -> None:
    """Sixty looks at a busy berth are evidence; four are not, and say how many calls remain."""
    period, rate = year(2018), FixedRate(0.1, "claim 2017", year(2017))
    many = silence([looks(period, 60)], period, rate=rate)
    few = silence([looks(period, 4)], period, rate=rate)
    assert many.verdict == "evidence-of-none"
    assert "fixed beforehand: claim 2017" in many.statement
    assert few.verdict == "no-evidence"
    assert few.statement.startswith("No evidence (insufficient looks)")
    assert "cannot be excluded" in few.statement


@pytest.mark.parametrize(
    ("rate", "code"),
    [
        (FixedRate(0.1, "claim", year(2018)), "rate-from-same-looks"),
        (FixedRate(0.1, "claim", year(2017), looks=("a", "b")), "rate-from-same-looks"),
        (FixedRate(0.1, "claim", year(2019)), "rate-not-fixed-beforehand"),
        (FixedRate(0.1, "a report"), "rate-not-fixed-beforehand"),
        (FixedRate(0.1, " ", year(2017)), "rate-unnamed"),
    ],
    ids=["same-period", "shared-look", "later", "undated", "unnamed"],
)
def test_a_rate_that_was_not_fixed_beforehand_proves_nothing(rate: FixedRate, code: str) -> None:
    """A rate chosen once the looks are known makes silence mean whatever one likes."""
    found = silence([looks(year(2018), 300)], year(2018), rate=rate, look_ids=["b", "c"])
    assert found.rate_refusal == code
    assert found.verdict == "no-evidence"
    assert found.power is None


def test_a_dated_statement_may_fix_a_rate() -> None:
    """A published expectation is as good as an earlier year, if it came before."""
    said = FixedRate(0.1, "a report", fixed_at=datetime(2016, 5, 1, tzinfo=UTC))
    assert rate_refusal(said, year(2018)) is None


def test_the_least_watched_berth_decides() -> None:
    """Ships may have gone where nobody looked."""
    period = year(2018)
    both = silence([looks(period, 200), looks(period, 3)], period)
    alone = silence([looks(period, 3)], period)
    assert both.covered_days == alone.covered_days


def test_a_call_or_no_look_is_no_silence() -> None:
    """One ship seen ends the question; no look leaves any number possible."""
    period, start = year(2018), days_of(year(2018).start)
    call = Call(start + 1, start + 3, start + 3, start + 5)
    seen = silence([BerthRecord(start + np.array([1.0, 3.0, 5.0]), (call,))], period)
    assert seen.verdict == "calls-seen"
    assert seen.calls_not_excluded is None
    none = silence([BerthRecord(np.zeros(0), ())], period)
    assert none.calls_not_excluded is None
    assert "any number of calls" in none.to_json()["statement"]


def test_a_ship_that_never_leaves_is_no_silence() -> None:
    """Nobody came because somebody lay there: looks that show a ship are no evidence of none."""
    period, start = year(2018), days_of(year(2018).start)
    at = start - 10 + np.arange(0.0, 380.0, 2.0)
    stays = BerthRecord(at, (Call(-np.inf, at[0], at[-1], np.inf),))
    found = silence([stays], period, rate=FixedRate(0.1, "claim 2017", year(2017)))
    assert found.verdict == "calls-seen"


def test_a_rate_of_nothing_is_refused() -> None:
    """Of a rate of 0 every silence would be evidence."""
    with pytest.raises(ActivityInputError):
        silence([], year(2018), rate=FixedRate(0.0, "claim", year(2017)))
