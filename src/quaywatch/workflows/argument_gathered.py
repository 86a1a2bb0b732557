"""What bears on a case's hypotheses, gathered from a workspace: claims, and what is under them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from quaywatch.cases.argument_joined import Bears, within
from quaywatch.cases.asked import CUSTOM, AskedHypothesis, Cited, Tension
from quaywatch.evidence.bearing import Bearing, Hypothesis, bearings_of
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.fusion.bearings_of_claims import ADAPTED, ITEMISED, bearings_for
from quaywatch.fusion.bearings_told import About, Told
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import event_claims
from quaywatch.workflows.argument_known import Known
from quaywatch.workflows.argument_under import Under

SAID_AT_LEAST: Final = ("match", "contradiction", "likeness", "network-path", "attribution")
"""Predicates that are looked through whatever their subject: they bear on others than it."""
_OF_ALL: Final = frozenset({"voyages", "berth-visits", "stock-changes", "match"})
"""Claims of which there is one a subject: the last says all that is known."""
_OF_INPUTS: Final[Mapping[str, int]] = {"two-places": 2, "reach": 2, "sighting-image": 1}
"""Checks, and how many of the records that they name say what was asked."""
_OF_DOCUMENT: Final = ("source:", "article:", "document:", "report:", "list:")


def about_of(asked: AskedHypothesis, known: Known) -> About:
    """Whom a hypothesis is about, where and when."""
    subject = asked.about or ""
    return About(
        subject=subject,
        same=frozenset(known.same.get(subject, (subject,))),
        at=asked.at,
        period=TimeInterval.parse(asked.period) if asked.period else None,
    )


def bears_on(
    asked: AskedHypothesis,
    claims: Sequence[Claim],
    known: Known,
    under: Under,
    tensions: Sequence[Tension] = (),
) -> tuple[Bears, ...]:
    """What claims say for or against a hypothesis, and what the case says of claims.

    Args:
        asked: the hypothesis.
        claims: any; those that say nothing about it are passed over.
        known: which subjects and places stand for which.
        under: what the claims rest on.
        tensions: reports that cannot both hold.

    """
    about = about_of(asked, known)
    sides = {known.named[side]: t.id for t in tensions for side in (t.one, t.other)}
    by_id = {claim.id: claim for claim in claims}
    found: list[Bears] = []
    if asked.kind != CUSTOM:
        for claim in claims:
            told = _told(claim, known, under)
            found += [
                _bears(told, one, asked, under, sides)
                for one in bearings_for(told, about)
                if one.hypothesis == asked.kind
            ]
    for cited in (*asked.supports, *asked.against):
        told = _told(by_id[known.named[cited.claim]], known, under)
        found.append(_cited(told, cited, asked, under, sides))
    return tuple(found)


def _told(claim: Claim, known: Known, under: Under) -> Told:
    if claim.id not in under.told:
        under.told[claim.id] = _newly_told(claim, known, under)
    return under.told[claim.id]


def _newly_told(claim: Claim, known: Known, under: Under) -> Told:
    below = under.below(claim.id)
    images = under.images(below)
    documents = under.documents({*below, claim.id})
    return Told(
        claim=claim,
        # An adapter reads the first few; some claims name thousands.
        inputs=tuple(under.store.get(i) for i in claim.inputs[:4])
        if claim.predicate in ADAPTED
        else (),
        site=known.sites.get(claim.id),
        scene=_cause("scene", images),
        document=_cause("source", documents),
    )


def _cause(kind: str, sources: frozenset[str]) -> str | None:
    """One source as a cause; None where there are several or none."""
    if len(sources) != 1:
        return None
    return f"{kind}:{next(iter(sources)).removeprefix('source:')[:12]}"


def _one_name(cause: str, told: Told, under: Under) -> str:
    """A cause as every maker of claims would call it, where what is under the claim tells."""
    if cause.startswith("scene:"):
        below = under.below(told.claim.id)
        return _cause("scene", under.image_called(cause, below)) or cause
    if cause.startswith("claim:") and cause in under.below(told.claim.id):
        # A look or a scene by its claim: its one image is the cause.
        return _cause("scene", under.images(under.below(cause))) or cause
    if cause.startswith(_OF_DOCUMENT) and told.document is not None:
        return told.document
    return cause


def _bears(
    told: Told,
    bearing: Bearing,
    asked: AskedHypothesis,
    under: Under,
    sides: Mapping[str, str],
) -> Bears:
    below = under.below(told.claim.id)
    return Bears(
        claim=told.claim,
        bearing=bearing,
        because=bearing.because,
        cause=_one_name(bearing.cause, told, under),
        rests_on=below,
        stands_in=told.claim.predicate not in ITEMISED,
        reports=under.documents({*below, told.claim.id}),
        tension=sides.get(told.claim.id),
        late=not within(told.claim, asked),
    )


def _cited(
    told: Told,
    cited: Cited,
    asked: AskedHypothesis,
    under: Under,
    sides: Mapping[str, str],
) -> Bears:
    """A claim that the case brings up, at the weight that the case gives it."""
    below = under.below(told.claim.id)
    cause = told.said_cause if told.claim.basis is Basis.REPORTED else told.seen_cause
    bearing = None
    if cited.ratio is not None:
        bearing = Bearing(
            # A custom hypothesis has no kind of its own; only ratio, group and cause are read.
            hypothesis=Hypothesis.CALLED if asked.kind == CUSTOM else Hypothesis(asked.kind),
            about=asked.about or told.claim.subject,
            at=asked.at,
            ratio=cited.ratio,
            group=cited.group,
            cause=cause,
            because=cited.because,
        )
    return Bears(
        claim=told.claim,
        bearing=bearing,
        because=cited.because,
        cause=cause,
        rests_on=below,
        reports=under.documents({*below, told.claim.id}),
        expert=True,
        tension=sides.get(told.claim.id),
        late=False,
    )


def candidates(workspace: Workspace, asked: Sequence[AskedHypothesis], known: Known) -> list[Claim]:
    """Claims that may bear on hypotheses, in force, in ledger order, each once.

    Of claims that answer the same question the last one stands; of events those that the last
    pass bears out.
    """
    store = workspace.evidence
    found: dict[str, Claim] = {}
    subjects = {s for one in asked if one.about for s in known.same.get(one.about, ())}
    subjects |= {place for one in asked for place in (one.at, one.site) if place}
    for subject in sorted(subjects):
        for claim in store.find("claim", subject=subject):
            if isinstance(claim, Claim):
                found[claim.id] = claim
    for predicate in (*SAID_AT_LEAST, "stock-changes"):
        for claim in store.find("claim", predicate=predicate):
            if isinstance(claim, Claim):
                found[claim.id] = claim
    events = {c.id for c in event_claims.event_claims(workspace, sorted(subjects))}
    in_force = [
        claim
        for claim in found.values()
        if (claim.predicate in ADAPTED or bearings_of(claim))
        and (claim.method != event_claims.METHOD or claim.id in events)
    ]
    return _last_words(in_force)


def _last_words(claims: Sequence[Claim]) -> list[Claim]:
    last: dict[tuple[Any, ...], Claim] = {}
    for claim in claims:
        last[_question(claim)] = claim
    return list(last.values())


def _question(claim: Claim) -> tuple[Any, ...]:
    """What a claim answers: a later one that answers the same supersedes it."""
    bare = claim.predicate, claim.subject
    if claim.predicate in _OF_ALL:
        return bare
    if claim.predicate in _OF_INPUTS:
        return (*bare, claim.inputs[: _OF_INPUTS[claim.predicate]])
    if claim.predicate == "attribution":
        looks: Any = claim.parameters["looks"]
        return (*bare, looks[0])
    time = (claim.time.start, claim.time.end) if claim.time else None
    if claim.predicate == "presence":
        return (*bare, time, claim.method.partition("@")[0])
    if claim.basis is Basis.REPORTED and claim.parameters.get("alias"):
        return (*bare, claim.parameters["alias"], claim.inputs[:1])
    own = bearings_of(claim)
    return (*bare, time, tuple(sorted({(b.hypothesis, b.cause) for b in own})) or claim.id)
