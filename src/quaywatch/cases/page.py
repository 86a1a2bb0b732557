"""What the dossier's page is made from: the case's records, and the few facts about the build.

``contents`` is all that a page may print from. ``verify`` rebuilds it from the store alone, so a
page that prints anything else is caught.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from quaywatch.cases.bind import UNITS, pointer
from quaywatch.cases.case import Case
from quaywatch.cases.closure import Closure
from quaywatch.cases.contents import CheckValue, Plate, figure_keys, read_check
from quaywatch.cases.layout import is_id, is_sentence, weighed_rows
from quaywatch.cases.method_sources import told_of
from quaywatch.evidence.record import Basis, Claim, Observation, canonical_json
from quaywatch.evidence.wording import term

LISTED = 12
"""Records of one source, kind and subject that the page lists; the manifest names all."""
CHECKS = 24
"""Checks of one finding that the page lays out; the manifest names all."""
EXAMPLES = 8
"""Sets of parameters of one method that the page lists."""
PARAMETER_CHARS = 160
ARGUED, LOOKED = "argument@1", "looking@1"
"""Methods whose claims the page lays out in tables of their own."""
LINEUP_ANSWER = "lineup-answer"
"""Predicate of an answer to a line-up, which stands beside the sheet of it."""
BASES = (Basis.OBSERVED, Basis.INFERRED, Basis.REPORTED)
REGISTERS = {
    Basis.OBSERVED: "Observed",
    Basis.INFERRED: "Inferred",
    Basis.REPORTED: "Reported by others",
}
_CHANCES = {"probability", "p", "chance"}
_NAMES_RECORDS = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Build:
    """The facts of one build."""

    built_at: datetime
    ledger_head: str
    version: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a claim: where it stands in the record, and how it is printed."""

    path: str
    fmt: str
    unit: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as the page lays it out."""

    claim: Claim
    check: CheckValue
    figures: tuple[Figure, ...]
    """Those that are known; sentences stand in ``said``."""
    said: tuple[str, ...]
    """Pointers to the sentences of the value that no message repeats."""
    unknown: tuple[str, ...]
    """Pointers to the figures that are not known."""
    row_formats: tuple[str, ...]
    """Of the working's values, in order."""
    quotes: tuple[Observation, ...]
    """Verbatim words that a reported claim rests on."""
    sheets: tuple[tuple[Claim, tuple[Plate, ...]], ...]
    """Pictures of the claims that it answers: the sheet of a line-up."""
    told_by_prior: frozenset[int]
    """Indexes of working rows that stand in the table of explanations by prior."""


def wording_rows() -> list[JsonValue]:
    """The ICD-203 terms with the percentages between which each is used, from 1 to 99.

    Examples:
        >>> wording_rows()[4]
        {'term': 'likely', 'range': '55% to 80%'}

    """
    edges: list[tuple[int, str]] = [(1, term(0.015))]
    for percent in range(2, 99):
        word = term((percent + 0.5) / 100)
        if word != edges[-1][1]:
            edges.append((percent, word))
    ends = [*(low for low, _ in edges[1:]), 99]
    return [
        {"term": word, "range": f"{low}% to {high}%"}
        for (low, word), high in zip(edges, ends, strict=True)
    ]


def listed_observations(closure: Closure) -> tuple[Observation, ...]:
    """The observations that the page lists, by time; of a long series only the first few."""
    seen: Counter[tuple[str, str, str]] = Counter()
    shown = []
    for observation in closure.observations:
        series = (observation.source_id, observation.what, observation.subject)
        seen[series] += 1
        if seen[series] <= LISTED:
            shown.append(observation)
    # Records without a time come last, in the order in which the argument reaches them.
    return tuple(
        sorted(shown, key=lambda o: (o.time is None, o.time.start.isoformat() if o.time else ""))
    )


def listed_claims(closure: Closure) -> tuple[Claim, ...]:
    """The claims that the page lists: each that a finding names, and of a long series a few."""
    named = {i for finding in closure.findings for i in finding.claims[:CHECKS]}
    seen: Counter[tuple[str, str, str]] = Counter()
    shown = []
    for claim in closure.claims:
        series = (claim.predicate, claim.method, claim.subject)
        seen[series] += 1
        if claim.id in named or seen[series] <= LISTED:
            shown.append(claim)
    return tuple(shown)


def shown_parameters(claim: Claim) -> tuple[str, ...]:
    """The parameters that the page prints; long tables of them stand in the record alone.

    So do empty ones, names of records, and the words by which a file calls its own lines.
    """
    return tuple(
        key
        for key, value in claim.parameters.items()
        if value not in (None, "", [], {}) and key != "alias" and not is_id(value)
        if not isinstance(value, dict | list) or _is_short(value)
    )


def _is_short(value: JsonValue) -> bool:
    text = canonical_json(value)
    return len(text) <= PARAMETER_CHARS and not _NAMES_RECORDS.search(text)


class _Contents(dict[str, JsonValue]):
    """Contents of records, each made when it is first asked for: a page prints few of many."""

    def __init__(self, closure: Closure) -> None:
        super().__init__()
        self._records = closure.records

    def __missing__(self, record_id: str) -> JsonValue:
        content: JsonValue = {**self._records[record_id].content(), "id": record_id}
        self[record_id] = content
        return content


def page_contents(
    case: Case, closure: Closure, build: Build, *, withheld: Mapping[str, str] | None = None
) -> dict[str, JsonValue]:
    """Everything that the page may print, by record id, and under five names of its own.

    ``case`` is the case file; ``build`` the facts of the build; ``wording`` the glossary;
    ``methods`` a sentence and the source of each;
    ``withheld`` why bytes are not in this copy, by SHA-256.
    """
    contents: dict[str, JsonValue] = _Contents(closure)
    left_out = len(closure.observations) - len(listed_observations(closure))
    claims_left = len(closure.claims) - len(listed_claims(closure))
    contents["case"] = {
        **case.model_dump(mode="json"),
        "numbers": {record_id: n for n, record_id in enumerate(case.findings, start=1)},
        "further_checks": {f.id: max(0, len(f.claims) - CHECKS) for f in closure.findings},
    }
    contents["build"] = {
        "built_at": build.built_at.isoformat(),
        "ledger_head": build.ledger_head,
        "version": build.version,
        "records": len(closure.records),
        "sources": len(closure.sources),
        "observations_left_out": left_out,
        "claims_left_out": claims_left,
    }
    contents["wording"] = wording_rows()
    contents["withheld"] = dict(withheld or {})
    names = sorted({claim.method for claim in closure.claims})
    contents["methods"] = {
        name: {"does": told[0], "source": told[1]} for name in names if (told := told_of(name))
    }
    return contents


def unit_of(key: str) -> str:
    """The unit that a key ends in, as printed; empty where it names none."""
    return UNITS.get(key.rpartition("_")[2], "")


def _figure(key: str, value: JsonValue) -> Figure:
    if key.startswith("p_") or "probability" in key:
        return Figure(pointer("value", key), "chance", "")
    if isinstance(value, dict) and is_id(value.get(key)):
        return Figure(pointer("value", key), "short", "")
    return Figure(pointer("value", key), "number", unit_of(key))


def _quotes(claim: Claim, closure: Closure) -> tuple[Observation, ...]:
    inputs = (closure.records[record_id] for record_id in claim.inputs)
    return tuple(o for o in inputs if isinstance(o, Observation) and o.raw)


def _sheets(claim: Claim, closure: Closure) -> tuple[tuple[Claim, tuple[Plate, ...]], ...]:
    """What an answer to a line-up was read off."""
    if claim.predicate != LINEUP_ANSWER:
        return ()
    below = (closure.records[record_id] for record_id in claim.inputs)
    asked = [one for one in below if isinstance(one, Claim)]
    return tuple((one, plates) for one in asked if (plates := read_check(one).plates))


def claim_view(claim: Claim, closure: Closure) -> ClaimView:
    """Lay out one claim.

    Raises:
        ClaimShapeError: a laid-out key holds something else than it should.

    """
    check = read_check(claim)
    value = claim.value if isinstance(claim.value, dict) else {}
    keys = figure_keys(claim)
    words = [key for key in keys if is_sentence(value[key])]
    said = " ".join(check.messages)
    return ClaimView(
        claim=claim,
        check=check,
        figures=tuple(
            _figure(key, value) for key in keys if value[key] is not None and key not in words
        ),
        said=tuple(pointer("value", key) for key in words if str(value[key]) not in said),
        unknown=tuple(pointer("value", key) for key in keys if value[key] is None),
        sheets=_sheets(claim, closure),
        told_by_prior=weighed_rows(value.get("posterior"), check.working),
        row_formats=tuple(
            "chance" if (row.unit or "").lower() in _CHANCES else "number" for row in check.working
        ),
        quotes=_quotes(claim, closure) if claim.basis is Basis.REPORTED else (),
    )


def slip_paths(closure: Closure) -> list[tuple[str, str]]:
    """Record id and pointer of every slip that a claim or an observation records."""
    found = [
        (claim.id, pointer("value", "slips", index))
        for claim in closure.claims
        for index in range(len(read_check(claim).slips))
    ]
    for observation in closure.observations:
        slips = observation.values.get("slips")
        count = len(slips) if isinstance(slips, list) else 0
        found.extend((observation.id, pointer("values", "slips", k)) for k in range(count))
    return found


def methods(closure: Closure) -> list[tuple[str, list[Claim]]]:
    """Each method with the claims whose parameters differ, by name."""
    by_method: dict[str, dict[str, Claim]] = {}
    for claim in closure.claims:
        told = repr({key: claim.parameters[key] for key in shown_parameters(claim)})
        by_method.setdefault(claim.method, {}).setdefault(told, claim)
    return [(name, list(found.values())[:EXAMPLES]) for name, found in sorted(by_method.items())]


def counts(contents: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The build's counts, for the manifest."""
    build = contents["build"]
    if not isinstance(build, dict):
        return {}
    return {key: build[key] for key in ("records", "sources", "observations_left_out")}
