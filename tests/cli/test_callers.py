"""`site S callers` as a user runs it: who lay there, or that nobody can be weighed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from quaywatch.stores.workspace import Workspace

Run = Callable[..., Any]


def test_a_site_without_ships_to_weigh_says_so(run: Run, workspace: Path) -> None:
    """Silence must never read as "nobody lay there"."""
    ran = run("site", "quay", "callers", "--workspace", workspace)
    assert ran.status == 0
    assert "No stay is known" in ran.out


def test_json_carries_what_scripts_rely_on(run: Run, workspace: Path) -> None:
    """Keys that a script was written against must stay."""
    said = run("site", "quay", "callers", "--workspace", workspace, "--json").json
    assert {"site", "simulated", "stays", "notes"} <= set(said)


def test_a_second_run_adds_nothing(run: Run, workspace: Path) -> None:
    """Asking twice must not write twice."""
    run("site", "quay", "callers", "--workspace", workspace)
    with Workspace.open(workspace) as opened:
        before = opened.evidence.head()
    run("site", "quay", "callers", "--workspace", workspace)
    with Workspace.open(workspace) as opened:
        assert opened.evidence.head() == before


def test_unknown_sites_and_times_are_refused_by_name(run: Run, workspace: Path) -> None:
    """A slip in a name must not be answered with an empty table."""
    missing = run("site", "nowhere", "callers", "--workspace", workspace, "--json")
    assert missing.status == 2
    assert missing.json["error"]["code"] == "site-missing"
    odd = run("site", "quay", "callers", "--from", "soon", "--workspace", workspace)
    assert odd.status == 2
