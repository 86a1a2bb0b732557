"""How much of what is planted the linter of sources finds, and how often it raises a false alarm.

``quaywatch bench lint``. Slips are planted one at a time in invented texts; what it says of others'
prose is counted over the descriptions of the packages installed beside us, one half of which, by
the hash of the name, was never looked at while the rules were made.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from scipy.stats import binomtest

from quaywatch.cases.lint_issue import Severity
from quaywatch.cases.lint_source import lint_source
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.lint_investigations import INVESTIGATIONS_ONE, INVESTIGATIONS_TWO
from quaywatch.testing.lint_texts import DEVELOPED_ON, KEPT_BACK, clean, planted

ROWS_APART: Final = 1
"""A slip may be told at either end of the sentence in which it stands."""
Row = dict[str, Any]


def run(data: Path, progress: Progress, *, size: int = 200) -> BenchReport:
    """Measure.

    Args:
        data: not read: nothing recorded is needed.
        progress: told what is being done.
        size: descriptions of packages, at most.

    """
    del data
    rows: list[Row] = []
    lots = (
        ("rules made on", DEVELOPED_ON), ("written afterwards", KEPT_BACK),
        ("investigations, first", INVESTIGATIONS_ONE),
        ("investigations, second", INVESTIGATIONS_TWO),
    )  # fmt: skip
    for name, texts in lots:
        progress(name, 0.1)
        rows += _planted_rows(name, texts)
    for held, name in ((False, "packages, looked at"), (True, "packages, kept back")):
        progress(name, 0.4 if held else 0.2)
        rows.append(_prose_row(name, list(_descriptions(size, held=held))))
    return BenchReport(
        name="lint",
        data="invented texts with planted slips; descriptions of installed packages as received",
        columns=("texts", "kind", "words", "planted", "found", "share_90", "slips", "checks"),
        rows=rows,
        notes=(
            "slips: issues of severity slip or ambiguous on texts as they should be",
            "share_90: Clopper-Pearson interval of the share found, in percent",
            "what is installed differs by machine; docs/lint.md has the figures of a larger set",
        ),
    )


def _planted_rows(name: str, texts: Sequence[str]) -> list[Row]:
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    slips = checks = words = 0
    for text in texts:
        right = clean(text)
        words += len(right.split())
        alarms = lint_source(right)
        slips += sum(issue.severity is not Severity.CHECK for issue in alarms)
        checks += sum(issue.severity is Severity.CHECK for issue in alarms)
        for spot in planted(text):
            asked[spot.kind] += 1
            told = set(lint_source(spot.text)) - set(alarms)
            found[spot.kind] += any(abs(i.line - spot.line) <= ROWS_APART for i in told)
    made = [
        {"texts": name, "kind": kind, "planted": n, "found": found[kind]}
        for kind, n in sorted(asked.items())
    ]
    total = binomtest(found.total(), asked.total()).proportion_ci(0.9, method="exact")
    return [
        *made,
        {
            "texts": name,
            "kind": "all",
            "words": words,
            "planted": asked.total(),
            "found": found.total(),
            "share_90": f"{100 * total.low:.0f} to {100 * total.high:.0f}",
            "slips": slips,
            "checks": checks,
        },
    ]


def _descriptions(most: int, *, held: bool) -> Iterator[str]:
    """Long descriptions of installed packages, one half of them."""
    told: set[str] = set()
    for one in sorted(distributions(), key=lambda d: str(d.metadata["Name"])):
        name = str(one.metadata["Name"]).lower()
        text = str(one.metadata.json.get("description", ""))
        half = hashlib.sha256(name.encode()).digest()[-1] % 2 == 1
        if name in told or half is not held or len(text) < 200:
            continue
        told.add(name)
        if len(told) > most:
            return
        yield text


def _prose_row(name: str, texts: Sequence[str]) -> Row:
    issues = [issue for text in texts for issue in lint_source(text)]
    return {
        "texts": f"{name}: {len(texts)}",
        "kind": "as received",
        "words": sum(len(text.split()) for text in texts),
        "slips": sum(issue.severity is not Severity.CHECK for issue in issues),
        "checks": sum(issue.severity is Severity.CHECK for issue in issues),
    }
