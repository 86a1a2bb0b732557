"""The page on drawing sites is what a stranger copies from."""

import json
import re
from pathlib import Path

from quaywatch.sites.facility import FacilityKind, Site, Storage

PAGE = (Path(__file__).parents[2] / "docs" / "sites.md").read_text(encoding="utf-8")


def test_the_example_is_a_site() -> None:
    """An example that is refused costs a beginner the first hour."""
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found
    site = Site.from_geojson(json.loads(found[1]))
    assert len(site.facilities) == 4
    hidden = [part for part in site.facilities if not part.observable]
    assert [part.reason for part in hidden] == ["a roof covers the berth"]


def test_every_kind_and_every_storage_is_explained() -> None:
    """A word that the program knows and its page does not is a feature nobody has."""
    table = [line for line in PAGE.splitlines() if line.startswith("|")]
    kinds = {word for line in table for word in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert set(FacilityKind) <= kinds
    assert all(f"`{storage}`" in PAGE for storage in Storage)
