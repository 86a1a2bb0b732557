"""Standing on lists over snapshots: what may be said of an absence, and what may not."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from quaywatch.vessels.lists import (
    NOT_THE_SAME,
    Searched,
    Stated,
    coverage_message,
    not_found,
    not_found_messages,
    standings,
)

DAYS = ["2023-01-27", "2024-02", "2024-03-01", "2025", "2026-08-22"]


def held(day: str | None, source: str, *, vessels: int = 9, key: str = "eu/x") -> Searched:
    """A snapshot of a list."""
    return Searched(key, f"list {key}", day, vessels, 0, f"claim:{source}", source, "EU")


def stated(day: str | None, source: str, *, key: str = "eu/x") -> Stated:
    """An entry in a snapshot of a list."""
    return Stated(key, f"list {key}", "EU", day, "1", f"claim:{source}/1", source)


@given(st.lists(st.booleans(), min_size=len(DAYS), max_size=len(DAYS)).filter(any))
def test_a_ship_leaves_a_list_only_with_a_later_snapshot_of_it(named: list[bool]) -> None:
    """Taken off a list is a fact about its later self, and nothing else shows it."""
    every = [held(day, f"source:{n}") for n, day in enumerate(DAYS)]
    found = [stated(day, f"source:{n}") for n, day in enumerate(DAYS) if named[n]]
    (one,) = standings(found, every)
    last = max(n for n, is_in in enumerate(named) if is_in)
    later = DAYS[last + 1 :]
    assert one.status == ("no-longer-on-the-list" if later else "listed")
    assert one.gone_by == (later[0] if later else None)
    assert len(one.claims) == sum(named)


def test_an_overlapping_day_shows_no_leaving() -> None:
    """A list of "2024" may be older than one of March 2024: nothing follows from the two."""
    (one,) = standings([stated("2024-03-01", "a")], [held("2024-03-01", "a"), held("2024", "b")])
    assert one.gone_by is None


def test_another_list_or_an_empty_or_undated_one_shows_no_leaving() -> None:
    """Files of companies, extracts of other acts and files of no known day prove no absence."""
    others = [
        held("2026-01-01", "b", key="eu/y"), held("2026-01-01", "c", vessels=0), held(None, "d"),
    ]  # fmt: skip
    (one,) = standings([stated("2024-01-01", "a")], [held("2024-01-01", "a"), *others])
    assert one.status == "listed"


def test_an_undated_list_is_said_to_be_undated() -> None:
    """Whoever reads "on the list" must know of which day, or that nobody knows."""
    (one,) = standings([stated(None, "a")], [held(None, "a")])
    assert one.status == "listed-day-unknown"
    assert "nobody states" in one.message


def test_what_the_list_itself_says_of_an_end_is_told() -> None:
    """A list may keep those it took off."""
    told = replace(stated("2025-01-01", "a"), delisted_on="2024-12-01")
    (one,) = standings([told], [held("2025-01-01", "a")])
    assert one.status == "delisted"
    assert "2024-12-01" in one.message


def test_nothing_found_is_never_not_listed() -> None:
    """The sentence that a reader takes away must carry its own limits."""
    every = [held("2026-08-22", "a", vessels=752), held("2023-01", "b", key="ofac/sdn")]
    missing = not_found([], every)
    said = " ".join([coverage_message([], every), *not_found_messages(missing)])
    assert NOT_THE_SAME in said
    assert "752 ship entries" in said
    assert "2026-08-22" in said
    assert "not listed." not in said.replace(NOT_THE_SAME, "")
    assert coverage_message([], []) == "No list of designations is held here, so none was searched."


def test_a_register_is_no_list_of_designations() -> None:
    """That a ship is in no register of ships says nothing of sanctions."""
    plain = replace(held("2024-01-01", "r", key="register/x"), designates=False)
    assert not_found([], [plain]) == []
