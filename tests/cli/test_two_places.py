"""The two-places command on the published cases and their honest twins."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
YELLOW_SEA, TSUSHIMA, NAMPO = "lon=124.0,lat=36.5", "lon=129.30,lat=34.60", "lon=125.39,lat=38.72"


@pytest.fixture
def check(run: Run, base: Path) -> Run:
    """Check a broadcast against a sighting."""

    def checked(said: str, seen: str, *more: object) -> Any:  # noqa: ANN401 - JSON is any value
        answer = run(
            "check", "two-places", "--broadcast", said, "--sighting", seen, *more,
            "--workspace", base, "--json",
        )  # fmt: skip
        return answer.json

    return checked


@pytest.mark.parametrize(
    ("said", "seen", "at_least_kn"),
    [
        (f"at=2025-02-03T00:09Z,{YELLOW_SEA}", f"at=2025-02-03T00:16Z,{NAMPO}", 1000),
        (f"at=2025-03-10T08:00Z,{TSUSHIMA}", f"at=2025-03-10T12:00Z,{NAMPO}", 100),
        (f"at=2025-03-10T12:00Z,{TSUSHIMA}", f"at=2025-03-10T08:00Z,{NAMPO}", 100),
    ],
)
def test_the_published_cases_are_impossible(
    check: Run, said: str, seen: str, at_least_kn: float
) -> None:
    """Seven minutes and four hours: a tool that misses these finds nothing; order is no matter."""
    got = check(said, seen)
    assert got["verdict"] == "impossible"
    assert got["required_speed_kn"] > at_least_kn
    assert got["clock_slack_h"] > 0
    assert got["p_feasible"] < 0.001


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (f"at=2025-02-02T11:16Z,{YELLOW_SEA}", f"at=2025-02-03T00:16Z,{NAMPO}"),
        (f"at=2025-03-08T22:00Z,{TSUSHIMA}", f"at=2025-03-10T12:00Z,{NAMPO}"),
        (f"at=2025-02-03T00:09Z,{NAMPO}", f"at=2025-02-03T00:16Z,{NAMPO}"),
    ],
)
def test_the_honest_twins_are_feasible(check: Run, said: str, seen: str) -> None:
    """The same places with time enough between: accusing these would accuse everyone."""
    got = check(said, seen)
    assert got["verdict"] == "feasible"
    assert got["clock_slack_h"] == 0


@pytest.mark.parametrize(("said_at", "seen_at"), [
    ("2025-02-03", "2025-02-03T00:16Z"), ("2025-02-03T00:09Z", "2025-02-03"),
])  # fmt: skip
def test_a_bare_day_cannot_be_compared(check: Run, said_at: str, seen_at: str) -> None:
    """A day is no instant: midnight would invent a speed."""
    got = check(f"at={said_at},{YELLOW_SEA}", f"at={seen_at},{NAMPO}")
    assert got["verdict"] == "cannot-compare"
    assert got["required_speed_kn"] is None
    assert got["clock_slack_h"] is None
    assert "day only" in got["messages"][0]


def test_a_slower_hull_needs_a_larger_error(check: Run) -> None:
    """The stated top speed must reach the answer, or stating it would be for show."""
    said, seen = f"at=2025-02-03T00:09Z,{YELLOW_SEA}", f"at=2025-02-03T00:16Z,{NAMPO}"
    assert (
        check(said, seen, "--max-speed-kn", 10)["clock_slack_h"]
        > check(said, seen)["clock_slack_h"]
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("124.0,36.5", "argument-invalid"),
        ("at=2025-02-03T00:09Z,lon=124.0", "argument-invalid"),
        (YELLOW_SEA, "argument-invalid"),
        (f"at=2025-02-03T00:09Z,{YELLOW_SEA},lat=3", "argument-invalid"),
        (f"at=2025-02-03T00:09Z,{YELLOW_SEA},height=3", "argument-invalid"),
        ("at=2025-02-03T00:09Z,lon=east,lat=36.5", "argument-invalid"),
        ("at=2025-02-03T00:09Z,lon=nan,lat=36.5", "position-invalid"),
        ("at=2025-02-03T00:09Z,lon=inf,lat=36.5", "position-invalid"),
        ("at=2025-02-03T00:09Z,lon=124.0,lat=96.5", "position-invalid"),
        (f"at=2025-02-03T00:09,{YELLOW_SEA}", "time-invalid"),
        (f"at=yesterday,{YELLOW_SEA}", "time-invalid"),
        (f"at=2025-02-30,{YELLOW_SEA}", "time-invalid"),
        ("", "argument-invalid"),
    ],
)
def test_malformed_arguments_are_refused(check: Run, said: str, code: str) -> None:
    """A swapped pair or a naive time would give a number, and the number would be believed."""
    assert check(said, f"at=2025-02-03T00:16Z,{NAMPO}")["error"]["code"] == code


@pytest.mark.parametrize("speed", [0, -3, "nan", "inf"])
def test_a_speed_that_no_ship_has_is_refused(check: Run, speed: object) -> None:
    """At infinite speed everything is feasible, at none nothing is."""
    said, seen = f"at=2025-02-03T00:09Z,{YELLOW_SEA}", f"at=2025-02-03T00:16Z,{NAMPO}"
    assert check(said, seen, "--max-speed-kn", speed)["error"]["code"] == "speed-invalid"
