"""Periods of a group of berths held against each other, as claims that are computed again."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from quaywatch.errors import ArgumentError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.sites import activity_compare
from quaywatch.sites.activity import Period
from quaywatch.sites.activity_compare import Comparison, compare
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.activity import grounds, records_of, tidy, watched_again
from quaywatch.workflows.activity_inputs import Watched, period_of

METHOD = activity_compare.METHOD


def named_periods(texts: Sequence[str]) -> list[tuple[str, Period]]:
    """Periods by the names they were given, earliest first.

    Raises:
        ArgumentError: fewer than two, or two overlap, or one names no time.

    """
    if len(texts) < 2:
        raise ArgumentError(
            flag="PERIOD", fact="a comparison needs two periods", remedy="Name two, as 2017 2018."
        )
    named = sorted(
        ((text, period_of(text, flag="PERIOD")) for text in texts), key=lambda p: p[1].start
    )
    for (one, first), (other, second) in pairwise(named):
        if second.start < first.end:
            raise ArgumentError(
                flag="PERIOD",
                fact=f"{one} and {other} overlap",
                remedy="Give periods of which none shares a day with another.",
            )
    return named


def compared(
    seen: Watched, named: Sequence[tuple[str, Period]], *, matched: bool = True
) -> tuple[Comparison, ...]:
    """Every two of some periods, month by month unless they are compared as wholes."""
    return compare(records_of(seen), list(named), matched=matched)


def comparison_claims(
    workspace: Workspace,
    seen: Watched,
    named: Sequence[tuple[str, Period]],
    found: Sequence[Comparison],
    *,
    matched: bool,
) -> list[Claim]:
    """The claims of comparisons, after those of the stays that they rest on.

    A comparison that the looks cannot carry is claimed too: that nothing can be said is a finding.
    """
    stays, inputs = grounds(workspace, seen)
    return [*stays, *(_claim(seen, named, one, inputs, matched=matched) for one in found)]


def _claim(
    seen: Watched,
    named: Sequence[tuple[str, Period]],
    one: Comparison,
    inputs: tuple[str, ...],
    *,
    matched: bool,
) -> Claim:
    ratio = one.ratio
    return Claim(
        subject=f"site:{seen.site.id}",
        predicate="activity-compare",
        value=tidy(one.to_json()),
        low=None if ratio is None else tidy(ratio.low),
        high=None if ratio is None else tidy(ratio.high),
        time=TimeInterval(start=one.earlier.period.start, end=one.later.period.end),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "berths": list(seen.ids),
            "periods": [[label, p.start.isoformat(), p.end.isoformat()] for label, p in named],
            "pair": [one.earlier.label, one.later.label],
            "matched": matched,
        },
        inputs=inputs,
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """A comparison anew, from the states under the stays that it rests on."""
    seen = watched_again(claim, inputs, workspace)
    kept: Any = claim.parameters["periods"]
    named = [(str(label), period_of(f"{start}/{end}", flag="PERIOD")) for label, start, end in kept]
    matched = bool(claim.parameters["matched"])
    found = compared(seen, named, matched=matched)
    pair: Any = claim.parameters["pair"]
    one = next(c for c in found if [c.earlier.label, c.later.label] == list(pair))
    ids = tuple(record.id for record in inputs)
    return _claim(seen, named, one, ids, matched=matched)
