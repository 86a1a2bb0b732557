"""What a command prints: JSON for scripts, tables for people, progress on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False)


class Report(Protocol):
    """Told how far a long piece of work has come."""

    def __call__(self, what: str, share: float, /) -> None:
        """``share`` runs from 0 to 1."""
        ...


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output; NaN is refused, since it is no JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def print_pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """A title, then names and values under each other."""
    OUT.print(f"[bold]{title}[/bold]")
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(f"[dim]{name}[/dim]", value)
    OUT.print(table)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with a title; nothing but a sentence where it has no rows."""
    if not rows:
        OUT.print(f"[bold]{title}[/bold]: none")
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
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


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report]:
    """A bar on standard error; silent where ``quiet`` or where no person watches."""
    if quiet or not ERR.is_terminal:
        yield lambda _what, _share: None
        return
    columns = (TextColumn("{task.description:<44}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)
