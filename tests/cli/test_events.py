"""``events`` and ``reception`` as a user runs them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
KEYS = {
    "kind", "test", "mmsi", "segment", "start", "end", "verdict", "applicable", "reason",
    "statistic", "unit", "n", "p", "log_lr", "method", "detail", "source_id", "record",
    "event_id", "known_at", "pass_number",
}  # fmt: skip


def test_events_carry_their_working(run: Run, base: Path) -> None:
    """A script that reads them needs statistic, method and the reports at both ends."""
    got = run("events", "--workspace", base, "--json").json
    assert got["passes"] == 1
    assert got["reason"] is None
    for event in got["events"]:
        assert set(event) >= KEYS
        assert isinstance(event["detail"], dict)


def test_before_the_first_pass_nothing_was_known(run: Run, base: Path) -> None:
    """A list "as known then" must not leak what was learned since."""
    got = run("events", "--workspace", base, "--as-known", "2001-01-01", "--json").json
    assert got["events"] == []
    assert got["known_at"] is None
    assert "quaywatch watch" in got["reason"]


def test_history_and_a_moment_exclude_each_other(run: Run, base: Path) -> None:
    """One shows every moment; with the other it would silently show fewer."""
    answer = run("events", "--workspace", base, "--history", "--as-known", "2025-01-01")
    assert answer.status == 2
    assert "--as-known" in answer.err
    assert run("events", "--workspace", base, "--history").status == 0


def test_a_kind_that_is_none_is_refused_with_those_known(run: Run, base: Path) -> None:
    """A misspelt kind that listed nothing would read as "none found"."""
    answer = run("events", "--workspace", base, "--kind", "spoof")
    assert answer.status == 2
    assert "gap" in answer.err


def test_reception_says_where_silence_cannot_be_judged(
    run: Run, base: Path, tmp_path: Path
) -> None:
    """A feed of one ship has no peers: every cell must say so, in the table and on the map."""
    drawn = tmp_path / "heard.svg"
    got = run("reception", "--workspace", base, "--map", drawn, "--json").json
    assert all(cell["per_hour"] is None and "peer" in cell["reason"] for cell in got["cells"])
    assert drawn.exists() == (got["map"] is not None)


def test_reception_of_an_empty_workspace_says_what_to_do(run: Run, tmp_path: Path) -> None:
    """An empty map would read as a deaf sea."""
    run("init", tmp_path / "w")
    answer = run("reception", "--workspace", tmp_path / "w")
    assert answer.status == 2
    assert "error[ais-missing]" in answer.err
    assert run("reception", "--workspace", tmp_path / "w", "--json").json["error"]["code"] == (
        "ais-missing"
    )
