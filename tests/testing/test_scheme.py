"""A hidden scheme, taken through the commands of an analyst: nobody honest may come out accused."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quaywatch.testing.bench.scheme import rows_of
from quaywatch.testing.scheme import TRUTH, build_scheme
from quaywatch.testing.scheme_run import Run, run_scheme

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, land_cache: Path) -> Run:
    """One world, from bytes to a verified case."""
    root = tmp_path_factory.mktemp("scheme") / "w"
    return run_scheme(root, seed=3, now=NOW, cache=land_cache, verify=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nobody_is_named_for_another(told: Run) -> None:
    """The worst bug is to print an honest ship's name under somebody else's hull."""
    for role, named in told.named.items():
        assert named in {None, getattr(told.scheme, role)}
    assert told.look_alike < 0.9


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_right_ships_have_the_higher_odds(told: Run) -> None:
    """A tool that never says anything would pass the test above."""
    assert (told.odds["dark_caller"] or 0.0) > 0.5
    assert (told.odds["schemer"] or 0.0) > told.look_alike


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_case_verifies(told: Run) -> None:
    """Odds that do not recompute are nobody's evidence."""
    assert told.verified


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_benchmark_counts_what_cases_said(told: Run) -> None:
    """A row that counts wrongly would praise or damn the method."""
    rows = {row["what"]: row["share"] for row in rows_of([told])}
    assert rows["look-alike named for a hull that it was not"] == 0.0
    assert rows["dark caller: hull seen"] == 1.0


def test_a_seed_is_a_world_and_its_archive_sells_one_image(tmp_path: Path) -> None:
    """A figure over seeds can be checked only if a seed gives the same bytes each time."""
    at = datetime(2025, 2, 9, 2, tzinfo=UTC)
    one, two = (build_scheme(tmp_path / name, seed=5) for name in ("a", "b"))
    assert one.scheme == two.scheme
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert all(
        (tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files
    )
    told = json.loads((tmp_path / "a" / TRUTH).read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(asdict(one.scheme)))
    sold = [
        [built.archive.order(124.0, 35.0, at + timedelta(days=k)) for k in range(6)]
        for built in (one, two)
    ]
    seen = [[None if path is None else path.read_bytes() for path in each] for each in sold]
    assert seen[0] == seen[1]
    assert 0 < sum(image is None for image in seen[0]) < 6
