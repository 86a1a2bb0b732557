"""Cadence and quiet spells: intervals that hold what published cases say, and no more."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ArgumentError, ProbabilityError
from quaywatch.voyages.cadence import Event, cadence
from quaywatch.voyages.quiet_spells import chance_of_spell, quiet_between, quiet_spells
from quaywatch.voyages.voyage import When


def day(year: int, month: int, number: int = 1) -> datetime:
    """Midnight UTC."""
    return datetime(year, month, number, tzinfo=UTC)


def on(at: datetime) -> Event:
    """Something that happened at a known time."""
    return Event(When.at(at))


def test_six_vessels_at_about_three_a_month() -> None:
    """The published cadence comes out as an interval that holds it, and says how wide it is.

    Source: Open Source Centre, "Back in Black", 7 May 2025: six vessels, at least 18 voyages, one
    shipment in September 2024, "approximately three shipments per month" since October 2024. The
    dates of the 17 are not published; the last month is not either, so both readings are tried.
    """
    for last, most in ((day(2025, 4), 4.2), (day(2025, 5), 3.6)):
        shipments = [Event(When(day(2024, 10), last))] * 17

        found = cadence(shipments, first=day(2024, 10), last=last)

        assert found.holds(3.0) is True
        assert found.holds(1.0) is False
        assert found.high is not None
        assert found.high == pytest.approx(most, abs=0.1)
        assert found.dispersion is None
        assert sum(month.expected for month in found.months) == pytest.approx(17.0)
        assert all(month.least == 0 and month.most == 17 for month in found.months)


def test_the_single_shipment_of_september_is_lower_than_the_rest() -> None:
    """One in September 2024 against 17 in the half year after, by the same source."""
    september = cadence(
        [Event(When(day(2024, 9), day(2024, 10)))], first=day(2024, 9), last=day(2024, 10)
    )

    # One month alone cannot rule three a month out: that is the honest answer.
    assert september.holds(3.0) is True
    assert september.holds(1.0) is True
    assert september.holds(6.0) is False


def test_the_quiet_spell_of_2017_is_an_interval() -> None:
    """From the end of August or the beginning of September to 13 October.

    Source: NK News on Planet imagery, 2018: "seemed to stretch from the end of August or the
    beginning of September until October 13"; read here as a last vessel between 25 August and
    7 September, and one on 13 October.
    """
    spell = quiet_between(
        When(day(2017, 8, 25), day(2017, 9, 7)),
        When(day(2017, 10, 13), day(2017, 10, 14)),
        per_month=4.0,
    )

    assert spell.days == (36.0, 50.0)
    assert spell.chance is not None
    # At four calls a month a spell of 36 days is rare by chance, though not impossible.
    assert 0.0 < spell.chance < 0.05
    assert spell.compatible is None
    assert "absence is not shown" in spell.reason


def test_a_trip_across_a_month_end_is_shared_and_counted_once() -> None:
    """Counted in both months it would be two shipments."""
    trip = Event(When(day(2025, 1, 30), day(2025, 2, 3)))

    found = cadence([trip], first=day(2025, 1), last=day(2025, 3))

    assert [month.expected for month in found.months] == pytest.approx([0.5, 0.5])
    assert [(month.least, month.most) for month in found.months] == [(0, 1), (0, 1)]
    assert found.events == pytest.approx(1.0)


@given(
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 40), st.floats(0, 1)), max_size=30),
    st.floats(0.05, 1.0),
)
def test_nothing_is_lost_between_the_months(
    told: list[tuple[float, float, float]], seen: float
) -> None:
    """Expected events add up, bounds hold, and the interval is an interval."""
    first = day(2025, 1)
    last = first + timedelta(days=420)
    events = [
        Event(When(first + timedelta(days=a), first + timedelta(days=a + w)), p) for a, w, p in told
    ]

    found = cadence(events, first=first, last=last, seen=seen)

    assert found.events == pytest.approx(sum(p for *_, p in told))
    assert found.low is not None
    assert found.high is not None
    assert found.per_month is not None
    assert 0.0 <= found.low <= found.high
    for month in found.months:
        assert month.least - 1e-6 <= month.expected <= month.most + 1e-6


def test_months_of_which_nothing_was_seen_do_not_count_as_quiet() -> None:
    """Cloud is not calm."""
    events = [on(day(2025, 1, d)) for d in (3, 10, 20)]
    first, last = day(2025, 1), day(2025, 4)

    seen = cadence(events, first=first, last=last, seen=[1.0, 1.0, 1.0])
    blind = cadence(events, first=first, last=last, seen=[1.0, 0.0, 0.0])
    nothing = cadence([], first=first, last=last, seen=0.0)

    assert (blind.per_month or 0) > 2 * (seen.per_month or 0)
    assert nothing.per_month is None
    assert nothing.reason == "Nothing was looked at: no rate can be told."


def test_none_counted_is_an_upper_bound_and_not_nought() -> None:
    """Half a year without a shipment still allows some."""
    found = cadence([], first=day(2025, 1), last=day(2025, 7), level=0.9)

    assert found.low == pytest.approx(0.0, abs=0.01)
    assert found.high is not None
    assert 0.2 < found.high < 0.5
    assert found.reason is not None


def test_uneven_months_widen_the_interval() -> None:
    """Ten in one month and none in five is not a rate known to a sixth."""
    even = [on(day(2025, m, d)) for m in range(1, 7) for d in (5, 15)]
    bunched = [on(day(2025, 1, d)) for d in range(1, 13)]
    first, last = day(2025, 1), day(2025, 7)

    a, b = cadence(even, first=first, last=last), cadence(bunched, first=first, last=last)

    assert a.per_month == pytest.approx(b.per_month)
    assert b.dispersion is not None
    assert b.dispersion > 5
    assert (b.high or 0) - (b.low or 0) > 2 * ((a.high or 0) - (a.low or 0))


def test_intervals_cover_the_rate_that_made_the_counts() -> None:
    """Ninety per cent must mean ninety: 2,000 simulated half years at 3 a month.

    Measured: 90.3% at 3 a month; 90.6, 89.1 and 90.4% at a half, 1 and 8.
    """
    rng = np.random.default_rng(3)
    first, last = day(2025, 1), day(2025, 7)
    months = (last - first).days / (365.2425 / 12)
    inside = {}
    hits = 0
    for n in rng.poisson(3.0 * months, 2000).tolist():
        if n not in inside:
            # Vague dates tie no event to a month, so no dispersion is estimated.
            found = cadence([Event(When(first, last))] * n, first=first, last=last)
            inside[n] = found.holds(3.0)
        hits += bool(inside[n])

    assert 0.88 <= hits / 2000 <= 0.93


def test_quiet_spells_are_bracketed_and_open_ends_say_so() -> None:
    """A spell at the edge of the data has no known begin."""
    events = [
        on(day(2025, 3, 1)),
        Event(When(day(2025, 3, 8), day(2025, 3, 12))),
        Event(When.at(day(2025, 4, 1)), 0.2),
        on(day(2025, 6, 1)),
    ]

    spells = quiet_spells(
        events, first=day(2025, 1), last=day(2025, 6, 10), least_days=30, per_month=3, seen=0.5
    )

    assert [spell.days for spell in spells] == [(59.0, None), (81.0, 85.0)]
    assert "begins in it" in spells[0].reason
    assert spells[1].compatible == 4


def test_a_spell_that_long_is_common_at_a_low_rate() -> None:
    """Quiet means little where little happens; simulated beside the formula."""
    rng = np.random.default_rng(4)
    rate, period, long = 1.0 / 30.44, 365.0, 60.0
    hits = 0
    for _ in range(2000):
        at = np.sort(rng.uniform(0, period, rng.poisson(rate * period)))
        edges = np.concatenate(([0.0], at, [period]))
        hits += bool(np.diff(edges).max() >= long)

    assert chance_of_spell(long, period, 1.0) == pytest.approx(hits / 2000, abs=0.03)


def test_what_cannot_be_counted_is_refused() -> None:
    """An event without bounds, an empty period, a share above one."""
    first, last = day(2025, 1), day(2025, 2)

    with pytest.raises(ArgumentError):
        cadence([Event(When(None, day(2025, 1, 5)))], first=first, last=last)
    with pytest.raises(ArgumentError):
        cadence([], first=day(2025, 2), last=day(2025, 1))
    with pytest.raises(ArgumentError):
        cadence([], first=first, last=last, seen=[1.0, 1.0])
    with pytest.raises(ProbabilityError):
        cadence([], first=first, last=last, seen=1.2)
    with pytest.raises(ProbabilityError):
        cadence([Event(When.at(day(2025, 1, 5)), 2.0)], first=first, last=last)
