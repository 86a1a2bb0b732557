"""Fixtures for every test: where the recorded data is, and a landing place for workspaces."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, never whether the code is right. CI
# tries the same examples each time; anyone else tries new ones.
settings.register_profile(
    "quaywatch",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("quaywatch")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded data beside the checkout; a newcomer's clone has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded data of ../shared/data is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def land_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiles of land, built once in a run however many processes test; files appear whole."""
    parent = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        parent = parent.parent
    folder = parent / "land"
    folder.mkdir(exist_ok=True)
    return folder
