"""Fixtures for every test: where the recorded data is, and a landing place for workspaces."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded data beside the checkout; a newcomer's clone has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded data of ../shared/data is not here")
    return SHARED_DATA
