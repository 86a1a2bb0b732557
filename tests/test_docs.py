"""The documents say what is: a lost decision or a dead link misleads a newcomer."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link that leads nowhere is the first thing a newcomer meets."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_decision_is_in_the_index_and_says_what_would_change_it() -> None:
    """A decision nobody finds is taken again; one without an exit is never taken back."""
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    for path in ROOT.glob("docs/adr/0*.md"):
        text = path.read_text(encoding="utf-8")
        assert f"[{text.splitlines()[0].removeprefix('# ')}]({path.name})" in index
        assert "hange our mind" in text, path.name


def test_the_drawing_of_the_house_names_every_package() -> None:
    """ARCHITECTURE.md is read before the code; a package it lacks is not found."""
    drawing = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1]
    packages = {p.parent.name for p in (ROOT / "src/quaywatch").glob("*/__init__.py")}
    for package in packages | {"errors"}:
        assert re.search(rf"\b{package}\b", drawing), package


def test_no_page_names_a_registry_host_or_a_path_of_someones_machine() -> None:
    """The project speaks of itself only, and installs from whatever registry its user has."""
    files = [
        *PAGES,
        *ROOT.glob("*.lock"),
        ROOT / "Makefile",
        *ROOT.glob("scripts/*.*"),
        *ROOT.glob("scripts/*/*.py"),
    ]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"pypi\.org|pythonhosted|/root/|/work/|/home/[a-z]", text), path.name
