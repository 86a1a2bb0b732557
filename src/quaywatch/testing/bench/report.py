"""How a benchmark says what it measured: on what, with which command, beside whom, how spread."""

import importlib.util
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the whole is behind us (0 to 1)."""


def machine() -> str:
    """Processor count, system and Python, nothing that names the machine."""
    return (
        f"{os.cpu_count()} × {_processor()}, {platform.system()}, "
        f"CPython {platform.python_version()}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:  # noqa: PTH123  # a kernel interface
            for line in info:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What a benchmark found."""

    name: str
    """As in ``quaywatch bench NAME``."""
    data: str
    """Which data, how much of it, and whether it is recorded or simulated."""
    columns: tuple[str, ...]
    """Keys of every row, in the order to print them, units in the names."""
    rows: Sequence[dict[str, Any]]
    notes: Sequence[str] = ()
    """What a reader must know to not misread the figures; peers that were missing."""
    machine: str = field(default_factory=machine)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    def to_markdown(self) -> str:
        """As a Markdown table under what it was measured on.

        Examples:
            >>> print(BenchReport("x", "3 lines", ("who", "rate"), [{"who": "we", "rate": 2}],
            ...                   machine="here").to_markdown())
            Data: 3 lines. Machine: here.
            <BLANKLINE>
            | who | rate |
            |---|---|
            | we | 2 |

        """
        lines = [
            f"Data: {self.data}. Machine: {self.machine}.",
            "",
            "| " + " | ".join(self.columns) + " |",
            "|" + "---|" * len(self.columns),
            *(
                "| " + " | ".join(shown(row.get(name)) for name in self.columns) + " |"
                for row in self.rows
            ),
            *([""] if self.notes else []),
            *(f"- {note}" for note in self.notes),
        ]
        return "\n".join(lines)


def shown(value: object) -> str:
    """A figure as a reader wants it; what is unknown is a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def peer(package: str) -> str | None:
    """Version of a peer that is installed here, else None (``make peers`` installs them all)."""
    try:
        return version(package) if importlib.util.find_spec(package) else None
    except PackageNotFoundError:
        return None


def timed(work: Callable[[], object], *, repeats: int = 3) -> tuple[float, float, float]:
    """Processor seconds of ``work``: median, least and most of so many runs.

    Processor time rather than wall time, so that what else runs here does not count. Code that
    starts threads is charged for all of them.
    """
    spent = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return median(spent), min(spent), max(spent)
