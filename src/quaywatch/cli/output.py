"""What a command prints: JSON for scripts, tables for people, progress on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

WIDTH_UNWATCHED = 160
"""Columns where output goes to a file or a pipe, which has no width of its own."""

_FITTED = None if sys.stdout.isatty() else WIDTH_UNWATCHED
OUT = Console(highlight=False, soft_wrap=True, width=_FITTED)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class Report(Protocol):
    """Told how far a long piece of work has come."""

    def __call__(self, what: str, share: float, /) -> None:
        """``share`` runs from 0 to 1."""
        ...


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output; NaN is refused, since it is no JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def print_line(text: str, *, dim: bool = False) -> None:
    """One line, as it is: brackets in it are text, never markup."""
    OUT.print(Text(text, style="dim" if dim else ""))


def print_warning(text: str) -> None:
    """One line on standard error, as it is."""
    ERR.print(Text(text))


def day_or_minute(start: str, end: str) -> str:
    """An interval of ISO times as a person reads it: no minute where only the day is known.

    Examples:
        >>> day_or_minute("2023-08-21T00:00:00+00:00", "2023-08-22T00:00:00+00:00")
        '2023-08-21, time unknown'
        >>> day_or_minute("2017-10-22T17:55:34+00:00", "2017-10-22T17:55:35+00:00")
        '2017-10-22 17:55 UTC'

    """
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if last - first >= timedelta(hours=12):
        return f"{first:%Y-%m-%d}, time unknown"
    return f"{first:%Y-%m-%d %H:%M} UTC"


def print_pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """A title, then names and values under each other."""
    OUT.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(Text(name, style="dim"), Text(value))
    OUT.print(table)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with a title; nothing but a sentence where it has no rows.

    Cells are printed as they are: a ship may call itself ``[/b]``.
    """
    if not rows:
        OUT.print(Text(f"{title}: none"))
        return
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    OUT.print(table)


def said(value: float | str | None, unit: str = "", *, digits: int = 1) -> str:
    """A value with its unit; None is said to be unknown, never shown as a number.

    Examples:
        >>> said(12.345, "nm"), said(None, "nm")
        ('12.3 nm', 'unknown')

    """
    if value is None:
        return "unknown"
    text = value if isinstance(value, str) else f"{value:,.{digits}f}"
    return f"{text} {unit}".strip()


def _lines() -> Report:
    """A line each time another tenth is done, for logs and pipes."""
    told = -1

    def report(what: str, share: float) -> None:
        nonlocal told
        tenth = int(10 * share)
        if tenth > told:
            told = tenth
            ERR.print(f"{10 * tenth:3d}%  {what}", markup=False)

    return report


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report]:
    """A bar on standard error, a line now and then where none can be drawn; none if ``quiet``."""
    if quiet:
        yield lambda _what, _share: None
        return
    if not ERR.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description:<44}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)
