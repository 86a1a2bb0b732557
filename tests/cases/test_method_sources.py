"""Every method has a sentence and a source: nobody is asked to trust a name with a number."""

import ast
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from quaywatch.cases.method_sources import SOURCES, told_of

METHOD = re.compile(r"[a-z][a-z-]*@[0-9]+")
NO_METHODS = {"verified@1"}
"""The key of a cache."""


@cache
def names() -> tuple[str, ...]:
    """Names of methods in the code, without formats of files."""
    root = Path(str(files("quaywatch")))
    found = set()
    for path in sorted(root.rglob("*.py")):
        if path.is_relative_to(root / "testing"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and METHOD.fullmatch(text):
                found.add(text)
    return tuple(sorted(n for n in found - NO_METHODS if not n.startswith("quaywatch-")))


@pytest.mark.parametrize("name", names())
def test_every_method_of_the_code_is_told(name: str) -> None:
    """A reader who is shown a figure is owed what made it, and where that comes from."""
    told = told_of(name)

    assert told is not None
    assert all(text.strip() for text in told)


def test_the_table_names_no_method_that_is_not_there() -> None:
    """A sentence about a method that was renamed is a sentence about nothing."""
    stems = {name.partition("@")[0] for name in names()}

    assert set(SOURCES) <= stems


def test_each_says_what_it_does_in_one_sentence() -> None:
    """The table stands in every dossier, so it must be short."""
    for does, source in SOURCES.values():
        assert does.endswith(".")
        assert len(does) <= 120
        assert source
