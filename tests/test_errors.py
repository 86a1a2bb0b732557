"""The error tree: codes that scripts can rely on, messages that people can act on."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from quaywatch import errors
from quaywatch.errors import QuaywatchError

DOCS = Path(__file__).parents[1] / "docs" / "errors.md"
SOURCES = Path(__file__).parents[1] / "src" / "quaywatch"
CLASSES: list[type[QuaywatchError]] = [
    found
    for found in vars(errors).values()
    if inspect.isclass(found) and issubclass(found, QuaywatchError)
]
BRANCHES = [found for found in CLASSES if QuaywatchError in found.__bases__]
LEAVES = [found for found in CLASSES if "__init__" in vars(found)]


def children(of: type[QuaywatchError]) -> list[type[QuaywatchError]]:
    """In the order in which they are defined."""
    return [found for found in CLASSES if of in found.__bases__]


def drawing() -> list[str]:
    """The tree as the module's docstring should draw it."""
    lines = ["QuaywatchError"]
    for number, branch in enumerate(BRANCHES):
        last = number == len(BRANCHES) - 1
        said = (branch.__doc__ or "").splitlines()[0].rstrip(".")
        corner = "└── " if last else "├── "
        lines.append(f"{corner}{branch.__name__}".ljust(20) + said[0].lower() + said[1:])
        under = children(branch)
        for leaf in under:
            corner = "└── " if leaf is under[-1] else "├── "
            lines.append(f"{'    ' if last else '│   '}{corner}{leaf.__name__}")
    return [f"    {line}" for line in lines]


def made(leaf: type[QuaywatchError]) -> QuaywatchError:
    """One of them, with something for each argument."""
    given: dict[str, Any] = {}
    for name, wanted in inspect.signature(leaf).parameters.items():
        kinds = {int: 7, float: 1.5, str: f"the {name}"}
        given[name] = kinds.get(wanted.annotation, f"the {name}")
        if "tuple" in str(wanted.annotation):
            given[name] = ("one", "two")
    if leaf is errors.NotYetError:
        given["instead"] = "Use what there is."
    if leaf is errors.ArgumentError:
        given["remedy"] = "Give another."
    if leaf is errors.DialectError:
        given = {"fact": "Column x is not there.", "remedy": "Name one that is."}
    return leaf(**given)


def test_the_drawing_is_the_tree() -> None:
    """People read the drawing to know what to catch; it may neither lack one nor repeat one."""
    drawn = [line for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    assert drawn == drawing()


def test_the_package_gives_every_error() -> None:
    """Callers import from the package; an error that it does not give cannot be caught by name."""
    written = [
        name
        for path in (SOURCES / "errors").glob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(written) == sorted(errors.__all__) == sorted(kind.__name__ for kind in CLASSES)


def test_codes_are_unique_and_plain() -> None:
    """Scripts branch on the code: two errors of one code could not be told apart."""
    codes = [found.code for found in CLASSES]
    assert sorted(codes) == sorted(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_every_error_has_a_branch_and_its_status() -> None:
    """The exit status tells a script whether to mend its words, its files or its workspace."""
    assert sorted(branch.exit_code for branch in BRANCHES) == [2, 3, 4, 5]
    for leaf in set(CLASSES) - {QuaywatchError, *BRANCHES}:
        assert leaf.__bases__[0] in BRANCHES
        assert leaf.exit_code == leaf.__bases__[0].exit_code


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: str(leaf.code))
def test_a_message_is_a_fact_and_a_remedy(leaf: type[QuaywatchError]) -> None:
    """An error without a way out is only bad news."""
    said = str(made(leaf))
    assert len(re.split(r"[.:?!]\s+(?=[A-Z`-])", said)) >= 2, said
    assert said.endswith(".")
    assert ".." not in said
    assert (leaf.__doc__ or "").splitlines()[0].endswith(".")


def rows() -> dict[str, list[str]]:
    """The table of ``docs/errors.md``, by code."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in DOCS.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row for row in cells}


def test_the_page_lists_every_code_and_no_other() -> None:
    """A code in a log is looked up there."""
    listed = rows()
    wanted = {leaf.code: leaf for leaf in LEAVES}
    assert set(listed) == set(wanted)
    for code, leaf in wanted.items():
        _, status, when, remedy = listed[code]
        assert status == str(leaf.exit_code)
        assert when == (leaf.__doc__ or "").splitlines()[0].replace("``", "`")
        assert len(remedy.split()) >= 3


def test_every_error_is_raised_somewhere() -> None:
    """A code that nothing raises is a promise that nobody keeps."""
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in SOURCES.rglob("*.py")
        if path.parent.name != "errors"
    )
    unused = [
        leaf.__name__ for leaf in LEAVES if not re.search(rf"\b{leaf.__name__}(\(| from )", text)
    ]
    assert unused == []
