"""The tutorial runs: every block, in order, printing what the page says that it prints.

After a change of what it prints: ``QUAYWATCH_REWRITE=1 pytest tests/test_tutorial.py``, and read
the difference before it is kept.
"""

import contextlib
import io
import os
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_RUN = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<told>.*?)```", re.DOTALL)


def test_every_block_prints_what_stands_under_it() -> None:
    """A tutorial that no longer runs teaches that nothing here can be trusted."""
    page = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "tutorial"}
    shown: list[str] = []
    for number, block in enumerate(_RUN.finditer(page)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            # The page is ours, and running it is what it is for.
            exec(compile(block["code"], f"tutorial block {number + 1}", "exec"), names)  # noqa: S102
        shown.append(out.getvalue())
    if os.environ.get("QUAYWATCH_REWRITE"):
        fresh = iter(shown)
        page = _RUN.sub(lambda m: f"```python\n{m['code']}```\n\n```text\n{next(fresh)}```", page)
        PAGE.write_text(page, encoding="utf-8")
    for block, printed in zip(_RUN.finditer(page), shown, strict=True):
        assert printed == block["told"], f"printed:\n{printed}"


def test_no_block_of_code_is_left_out() -> None:
    """Code without its output under it is never run, and rots."""
    kinds = [kind for kind, _ in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    assert kinds.count("python") == kinds.count("text")
    assert set(kinds) <= {"python", "text", "sh"}


@pytest.mark.parametrize("name", ["activity", "voyages", "fleet"])
def test_the_commands_named_exist(name: str) -> None:
    """The page ends with what to type; it must be what there is."""
    assert name in PAGE.read_text(encoding="utf-8")
