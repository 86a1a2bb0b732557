"""Stays and silences from states in looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery.visits import QUIET, VISITS, quiet_spells, visits

START = datetime(2024, 6, 1, 2, tzinfo=UTC)


def ship(start: float = 20.0, length: float = 150.0, beam: float = 24.0) -> dict[str, Any]:
    """One ship at a quay."""
    return {
        "start_m": start, "end_m": start + length, "length_m": length, "length_sigma_m": 5.0,
        "beam_m": beam, "rafted": False,
    }  # fmt: skip


def looks(*rows: tuple[float, str, list[dict[str, Any]]], berth: str = "a") -> list[dict[str, Any]]:
    """States at days after the start."""
    return [
        {
            "berth": berth, "look": f"look-{day}", "captured_at": START + timedelta(days=day),
            "state": state, "ships": ships,
        }
        for day, state, ships in rows
    ]  # fmt: skip


def day(value: datetime) -> float:
    """Days after the start."""
    return (value - START) / timedelta(days=1)


def test_a_stay_is_bracketed_by_looks_that_tell() -> None:
    """An arrival read off the first image alone would be days too exact."""
    table = visits(
        looks(
            (0, "empty", []), (1, "unknown", []), (3, "occupied", [ship()]),
            (4, "unknown", []), (5, "occupied", [ship(24.0, 147.0)]), (6, "unknown", []),
            (9, "empty", []),
        )
    )  # fmt: skip
    (row,) = table.iter_rows(named=True)
    bounds = [row[n] for n in ("arrival_after", "arrival_before")]
    bounds += [row[n] for n in ("departure_after", "departure_before")]
    assert [day(b) for b in bounds] == [0, 3, 5, 9]
    assert (row["looks_seen"], row["looks_unknown"]) == (2, 1)
    assert row["stay_least_h"] == 48
    assert row["stay_most_h"] == 216
    assert row["size_class"] == "90-150 m or 150-200 m"


def test_another_ship_without_an_empty_look_is_another_stay() -> None:
    """A coaster after a bulker is a new arrival, though the berth never looked empty."""
    table = visits(looks((0, "occupied", [ship(20, 180, 30)]), (2, "occupied", [ship(60, 95, 15)])))
    assert table.height == 2
    first, second = table.iter_rows(named=True)
    assert day(first["departure_before"]) == 2
    assert day(second["arrival_after"]) == 0
    assert "not excluded" in second["alternatives"][0]


def test_two_ships_on_one_quay_are_followed_by_their_place() -> None:
    """Two like ships in line: one leaves, and it is known which."""
    left, right = ship(5, 110, 17), ship(130, 112, 17)
    table = visits(
        looks(
            (0, "empty", []), (1, "occupied", [left]), (2, "occupied", [right, left]),
            (3, "occupied", [right]), (4, "empty", []),
        )
    )  # fmt: skip
    by_place = {row["start_m"]: row for row in table.iter_rows(named=True)}
    assert day(by_place[5]["departure_before"]) == 3
    assert day(by_place[130]["arrival_after"]) == 1
    assert day(by_place[130]["departure_before"]) == 4


def test_long_unseen_says_that_she_may_have_been_replaced() -> None:
    """Two looks a month apart do not make a stay of a month without a word."""
    (row,) = visits(looks((0, "occupied", [ship()]), (30, "occupied", [ship()]))).iter_rows(
        named=True
    )
    assert row["longest_unseen_h"] == 720
    assert "taken her place" in row["alternatives"][0]
    assert row["arrival_after"] is None
    assert row["departure_before"] is None


def test_a_silence_has_four_bounds() -> None:
    """'End of August until 13 October' is what looks support, not two dates."""
    table = quiet_spells(
        looks(
            (0, "occupied", [ship()]), (2, "unknown", []), (3, "empty", []), (9, "unknown", []),
            (10, "empty", []), (40, "empty", []), (41, "unknown", []), (46, "occupied", [ship()]),
        )
    )  # fmt: skip
    (row,) = table.iter_rows(named=True)
    bounds = [row[n] for n in ("from_after", "from_before", "until_after", "until_before")]
    assert [day(b) for b in bounds] == [0, 3, 40, 46]
    assert (row["days_least"], row["days_most"]) == (37, 46)
    assert (row["looks_empty"], row["looks_unknown"]) == (3, 1)
    assert row["longest_unseen_h"] == 720


def test_a_site_is_quiet_only_where_every_berth_is_empty() -> None:
    """One clouded berth may hide the one ship; a covered one is left out, never empty."""
    states = looks((0, "empty", []), (1, "empty", []), (2, "empty", []))
    states += looks((0, "empty", []), (1, "unknown", []), (2, "empty", []), berth="b")
    states += looks(
        (0, "not-applicable", []), (1, "not-applicable", []), (2, "not-applicable", []), berth="c"
    )
    (row,) = quiet_spells(states).iter_rows(named=True)
    assert row["berth"] == "all"
    assert (row["looks_empty"], row["looks_unknown"]) == (2, 1)
    assert quiet_spells(states[6:]).is_empty()


STATES = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from(["occupied", "empty", "unknown", "not-applicable"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=25,
)
KINDS = (ship(0, 150, 24), ship(10, 90, 15), ship(170, 100, 16))


@given(drawn=STATES)
def test_bounds_are_in_order_and_every_ship_seen_is_in_one_stay(
    drawn: list[tuple[int, str, int]],
) -> None:
    """A ship lost between tables would be a silent gap; one in two stays a false arrival."""
    at, rows = 0, []
    for gap, state, kind in drawn:
        at += gap
        rows.append((at, state, [KINDS[kind]] if state == "occupied" else []))
    states = looks(*rows)
    table = visits(states)
    assert dict(table.schema) == {k: pl.Datetime("us", "UTC") if "_after" in k or "_before" in k
                                  else v for k, v in VISITS.items()}  # fmt: skip
    assert table["looks_seen"].sum() == sum(s["state"] == "occupied" for s in states)
    for row in table.iter_rows(named=True):
        assert row["arrival_before"] <= row["departure_after"]
        assert row["arrival_after"] is None or row["arrival_after"] < row["arrival_before"]
        assert row["departure_before"] is None or row["departure_after"] < row["departure_before"]
    spells = quiet_spells(states)
    assert list(spells.columns) == list(QUIET)
    for row in spells.iter_rows(named=True):
        busy = [s["captured_at"] for s in states if s["state"] == "occupied"]
        assert not any(row["from_before"] <= b <= row["until_after"] for b in busy)


@given(drawn=STATES, where=st.integers(0, 24))
def test_an_unknown_look_never_narrows_anything(
    drawn: list[tuple[int, str, int]], where: int
) -> None:
    """Adding a clouded look cannot make an arrival more exact."""
    at, rows = 0, []
    for gap, state, kind in drawn:
        at += gap
        rows.append((at, state, [KINDS[kind]] if state == "occupied" else []))
    plain = visits(looks(*rows))
    more = sorted([*rows, (rows[where % len(rows)][0] + 0.5, "unknown", [])], key=lambda r: r[0])
    names = ["arrival_after", "arrival_before", "departure_after", "departure_before"]
    assert visits(looks(*more)).select(names).equals(plain.select(names))
