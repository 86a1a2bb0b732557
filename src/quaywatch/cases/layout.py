"""What stands where on the page: the first sheet, what need not be said twice, tables by series.

Nothing is left out of a case here: what is not laid out in full keeps its row, its id and its
figures in the tables at the end.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from quaywatch.cases.contents import CheckValue, MapFeature
from quaywatch.cases.contradiction_chart import NAMES
from quaywatch.evidence.record import Claim, Finding, Observation, Record, Source

LEADS: Final = 8
"""Findings that the first sheet tells in full, at most; the others it lists."""
FEWEST_LEADS: Final = 4
FEW_FINDINGS: Final = 12
"""Up to so many findings the first sheet has room for two more in full."""
FINER: Final = 0.3
"""A map of its own is drawn where it shows less than this share of the side of an earlier one."""
MOST_HULLS: Final = 12
"""Hulls of a matched image that the page lists; the record holds all."""
SENTENCE: Final = 48
"""Characters from which a figure in words is a sentence."""
_ID = re.compile(r"(?:source|observation|claim|finding):[0-9a-f]{64}\Z")


def is_id(value: object) -> bool:
    """Whether a value names a record.

    Examples:
        >>> is_id("claim:" + 64 * "0"), is_id("claim")
        (True, False)

    """
    return isinstance(value, str) and _ID.match(value) is not None


def is_sentence(value: object) -> bool:
    """Whether a value is words to be read, not a figure.

    Examples:
        >>> is_sentence("occupied"), is_sentence("A tie has no date.")
        (False, True)

    """
    if not isinstance(value, str) or is_id(value):
        return False
    return " " in value and (len(value) >= SENTENCE or value.endswith("."))


@dataclass(frozen=True, slots=True)
class Lead:
    """A finding told on the first sheet."""

    finding: Finding
    confident: tuple[str, ...]
    """Ids of the leads in a row whose shared confidence is printed after this one; empty: it is
    printed later."""


def leads(findings: Sequence[Finding], records: Mapping[str, Record]) -> tuple[Lead, ...]:
    """The findings that answer the question: weighed hypotheses, and what has a probability.

    Where there is room, the first of the others too, which come strongest first.
    """

    def answers(finding: Finding) -> bool:
        first = records[finding.claims[0]]
        weighed = isinstance(first, Claim) and first.predicate == "argument"
        return weighed or finding.probability is not None

    ranked = sorted(findings, key=lambda f: not answers(f))
    enough = max(sum(map(answers, findings)), FEWEST_LEADS)
    if len(findings) <= FEW_FINDINGS:
        enough += 2
    chosen = {f.id for f in ranked[: min(enough, LEADS)]}
    told = [f for f in findings if f.id in chosen]
    made: list[Lead] = []
    start = 0
    for k, finding in enumerate(told):
        if told[start].source_confidence != finding.source_confidence:
            start = k
        last = k + 1 == len(told) or told[k + 1].source_confidence != finding.source_confidence
        shared = tuple(one.id for one in told[start : k + 1]) if last else ()
        made.append(Lead(finding, shared))
    return tuple(made)


def further(findings: Sequence[Finding], told: Sequence[Lead]) -> list[list[list[Finding]]]:
    """The other findings: by confidence in their sources, and in these by why none is surer."""
    had = {lead.finding.id for lead in told}
    groups: dict[str, dict[str | None, list[Finding]]] = {}
    for finding in findings:
        if finding.id not in had:
            alike = groups.setdefault(finding.source_confidence, {})
            alike.setdefault(finding.reason, []).append(finding)
    return [list(alike.values()) for alike in groups.values()]


def told_within(views: Sequence[Any]) -> dict[str, str]:
    """Claims whose whole working stands in that of another of the same finding.

    A contradiction repeats the working of the check of two places that it weighs.

    Args:
        views: ``page.ClaimView`` of the finding's checks.

    Returns:
        Id of the claim → id of the one that tells it.

    """
    found: dict[str, str] = {}
    for one in views:
        steps = {(row.label, str(row.value)) for row in one.check.working}
        for other in views:
            if (one.claim.predicate, other.claim.predicate) != ("two-places", "contradiction"):
                continue
            beside = {(row.label, str(row.value)) for row in other.check.working}
            if steps and steps <= beside and not one.check.plates:
                found[one.claim.id] = other.claim.id
                break
    return found


def owners(findings: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Which finding lays out which check: the one that is about it, else the first to name it.

    Args:
        findings: id, and the claims that each names, what it is about first.

    Examples:
        >>> owners([("f1", ["a", "b"]), ("f2", ["b"])])
        {'b': 'f2', 'a': 'f1'}

    """
    owner: dict[str, str] = {}
    for finding, claims in reversed(findings):
        owner[claims[0]] = finding
    for finding, claims in findings:
        for claim in claims:
            owner.setdefault(claim, finding)
    return owner


def is_brief(claim: Claim, check: CheckValue, *, quotes: int, drawn: int) -> bool:
    """Whether there is so little to lay out that a line will do."""
    if claim.predicate == "next-looks" and isinstance(claim.value, dict):
        return not claim.value.get("looks")
    laid = (check.verdict, check.messages, check.working, check.assumptions, check.plates)
    figures = isinstance(claim.value, dict) and any(
        value is not None and not isinstance(value, dict | list) for value in claim.value.values()
    )
    return not (any(laid) or quotes or drawn or figures) and isinstance(claim.value, dict)


def weighed_rows(posterior: object, working: Sequence[Any]) -> frozenset[int]:
    """Indexes of working rows that the table of explanations by prior tells."""
    if not isinstance(posterior, list):
        return frozenset()
    labels = {
        f"P({why}) if {row['name']}"
        for row in posterior
        if isinstance(row, dict)
        for why in row.get("posterior", {})
    }
    return frozenset(k for k, row in enumerate(working) if row.label in labels)


EXPLANATIONS: Final = NAMES
"""Explanation of a contradiction → words for it."""


def item_groups(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[int]]]:
    """Items of an argument of which the same is said, those that count first.

    Returns:
        Their basis, and their indexes.

    """
    groups: dict[tuple[object, ...], list[int]] = {}
    order = sorted(range(len(items)), key=lambda k: items[k]["counts"] != "counted")
    for k in order:
        item = items[k]
        key = (
            item["basis"], item["because"], item["ratio"], item["counts"], item["measured"],
            item["without"], item["rests_on_reports"],
        )  # fmt: skip
        groups.setdefault(key, []).append(k)
    return [(str(key[0]), found) for key, found in groups.items()]


def claim_series(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims by what they say and of whom, in the order of the first of each.

    Each image is a subject of its own: those of which the same is said are one series.
    """
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        about = "scene:" if claim.subject.startswith("scene:") else claim.subject
        groups.setdefault((claim.predicate, about), []).append(claim)
    return list(groups.values())


def observation_series(observations: Sequence[Observation]) -> list[list[list[Observation]]]:
    """Records by source, kind and subject; within these, those that quote the same words."""
    groups: dict[tuple[str, str, str], dict[tuple[str, str], list[Observation]]] = {}
    for one in observations:
        series = groups.setdefault((one.source_id, one.what, one.subject), {})
        words = (one.locator, one.raw) if one.raw else (one.locator, one.id)
        series.setdefault(words, []).append(one)
    return [list(series.values()) for series in groups.values()]


def source_groups(sources: Sequence[Source]) -> list[list[Source]]:
    """Sources of one kind under the same terms."""
    groups: dict[tuple[str, ...], list[Source]] = {}
    for one in sources:
        unknown = sorted(one.unknown.items())
        terms = (
            one.media, one.simulated, one.provider, one.licence, one.credit, one.redistributable,
            unknown,
        )  # fmt: skip
        groups.setdefault(tuple(map(repr, terms)), []).append(one)
    return list(groups.values())


def _box(features: Sequence[MapFeature]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all corners, degrees; None where there are none."""
    lons: list[float] = []
    lats: list[float] = []

    def walk(part: object) -> None:
        if isinstance(part, list) and len(part) >= 2 and isinstance(part[0], int | float):
            lons.append(float(part[0]))
            lats.append(float(part[1]))
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    for feature in features:
        walk(feature.geometry.get("coordinates"))
    return (min(lons), min(lats), max(lons), max(lats)) if lons else None


def shown_on(
    features: Sequence[MapFeature], maps: Sequence[tuple[str, Sequence[MapFeature]]]
) -> str | None:
    """The id of an earlier map that shows all this about as large; None where there is none.

    Args:
        features: what would be drawn.
        maps: id and features of the maps drawn before.

    """
    own = {feature.model_dump_json() for feature in features}
    box = _box(features)
    for name, drawn in maps:
        wide = _box(drawn)
        if not own <= {feature.model_dump_json() for feature in drawn} or box is None:
            continue
        if wide is None:
            continue
        side = max(box[2] - box[0], box[3] - box[1])
        if side >= FINER * max(wide[2] - wide[0], wide[3] - wide[1]):
            return name
    return None
