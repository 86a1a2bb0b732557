"""``contradictions`` as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_reported_pair_is_listed_with_what_explains_it(run: Run, base: Path) -> None:
    """The pair is impossible for one hull; which part is wrong nobody can tell from it alone."""
    (one,) = run("contradictions", "--workspace", base, "--json").json["contradictions"]
    assert one["kind"] == "two-places"
    assert one["verdict"] == "impossible"
    assert one["concluded"] is None
    assert set(one["posterior"]) == {"even", "the naming of hulls doubted", "broadcasts doubted"}
    answer = run("contradictions", "--workspace", base)
    assert "cannot be told" in " ".join(answer.out.split())
    assert "no verdict on a ship" in answer.out


def test_places_and_ways_go_into_a_file(run: Run, base: Path, tmp_path: Path) -> None:
    """A map made elsewhere needs them, each with the claim that it belongs to."""
    path = tmp_path / "odd.geojson"
    assert run("contradictions", "--workspace", base, "--geojson", path).status == 0
    drawn = json.loads(path.read_text(encoding="utf-8"))
    assert drawn["type"] == "FeatureCollection"
    assert all(f["properties"]["claim"].startswith("claim:") for f in drawn["features"])


def test_a_kind_that_is_none_is_refused(run: Run, base: Path) -> None:
    """A slip of the pen must not look like a clean list."""
    answer = run("contradictions", "--workspace", base, "--kind", "ghost")
    assert answer.status == 2
    assert "two-places" in answer.err


def test_another_ship_has_none(run: Run, base: Path) -> None:
    """A filter that matches nothing says so without an error."""
    got = run("contradictions", "--workspace", base, "--since", "2026-01-01", "--json").json
    assert got["contradictions"] == []
