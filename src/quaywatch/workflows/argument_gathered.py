"""What bears on a case's hypotheses, gathered from a workspace: claims, and what is under them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from quaywatch.cases.argument_joined import Bears, within
from quaywatch.cases.asked import CUSTOM, AskedHypothesis, Cited, Tension
from quaywatch.cases.closure import rests_on
from quaywatch.errors import CaseFileError
from quaywatch.evidence.bearing import Bearing, Hypothesis, bearings_of
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.ledger import EvidenceStore
from quaywatch.evidence.record import Basis, Claim, Observation, Record, Source
from quaywatch.fusion.bearings_of_claims import ADAPTED, ITEMISED, bearings_for
from quaywatch.fusion.bearings_told import About, Told
from quaywatch.sites.facility import Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import event_claims
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.names import mmsis_of

SAID_AT_LEAST: Final = ("match", "contradiction", "likeness", "network-path", "attribution")
"""Predicates that are looked through whatever their subject: they bear on others than it."""
SITE_WITHIN_M: Final = 3000.0
"""A report's place is a site's if it lies so near what is drawn of it."""
_OF_ALL: Final = frozenset({"voyages", "berth-visits", "stock-changes", "match"})
"""Claims of which there is one a subject: the last says all that is known."""
_OF_INPUTS: Final[Mapping[str, int]] = {"two-places": 2, "reach": 2, "sighting-image": 1}
"""Checks, and how many of the records that they name say what was asked."""
_A_NAME: Final = re.compile(r"^(?:claim:[0-9a-f]+|[a-z0-9][a-z0-9-]*)$")
_OF_DOCUMENT: Final = ("source:", "article:", "document:", "report:", "list:")


@dataclass(frozen=True)
class _Node:
    """A record, as far as its dependence goes."""

    kind: str
    under: tuple[str, ...]
    imagery: bool
    reported: bool
    name: str
    """Of a source its file's, of a claim of a scene its subject; else empty."""


@dataclass
class Under:
    """What lies under records, each read once."""

    store: EvidenceStore
    nodes: dict[str, _Node] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    """What adapters were told, by claim: the same for every hypothesis of a case."""

    def below(self, record_id: str) -> frozenset[str]:
        """Ids of all records under one, itself not included.

        Raises:
            RecordMissingError: one of them is not here.

        """
        seen: set[str] = set()
        queue = list(self._node(record_id).under)
        while queue:
            one = queue.pop()
            if one not in seen:
                seen.add(one)
                queue.extend(self._node(one).under)
        return frozenset(seen)

    def images(self, ids: Iterable[str]) -> frozenset[str]:
        """Those that are sources of imagery."""
        return frozenset(one for one in ids if self._node(one).imagery)

    def documents(self, ids: Iterable[str]) -> frozenset[str]:
        """Sources whose authors, not we, say what claims among these repeat."""
        found: set[str] = set()
        for one in ids:
            node = self._node(one)
            if node.reported:
                found |= {
                    self._node(i).under[0]
                    for i in node.under
                    if self._node(i).kind == Observation.kind
                }
        return frozenset(found)

    def image_called(self, name: str, ids: Iterable[str]) -> frozenset[str]:
        """Sources of imagery among these that a cause ``scene:…`` may mean."""
        bare = name.removeprefix("scene:")
        found: set[str] = set()
        for one in ids:
            node = self._node(one)
            if node.imagery and bare in {node.name, node.name.rpartition(".")[0], one[7:19]}:
                found.add(one)
            elif node.name == f"scene:{bare}":
                found |= {i for i in node.under if self._node(i).imagery}
        return frozenset(found)

    def _node(self, record_id: str) -> _Node:
        known = self.nodes.get(record_id)
        if known is None:
            record = self.store.get(record_id)
            known = _Node(
                kind=record.kind,
                under=rests_on(record),
                imagery=isinstance(record, Source) and record.media == "imagery",
                reported=isinstance(record, Claim) and record.basis is Basis.REPORTED,
                name=_name_of(record),
            )
            self.nodes[record_id] = known
        return known


def _name_of(record: Record) -> str:
    if isinstance(record, Source):
        return record.name
    return record.subject if isinstance(record, Claim) and record.predicate == "scene" else ""


@dataclass(frozen=True)
class Known:
    """What an argument is told besides claims; kept with it, so that it can be made again."""

    same: Mapping[str, tuple[str, ...]]
    """Subject of a hypothesis → every subject that stands for it."""
    sites: Mapping[str, str]
    """Claim id → the site at which its place lies."""
    named: Mapping[str, str]
    """What the case file calls a claim → its id."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in a claim's parameters."""
        return {
            "same": {k: list(v) for k, v in sorted(self.same.items())},
            "sites": dict(sorted(self.sites.items())),
            "named": dict(sorted(self.named.items())),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Known":
        """As it stood there."""
        same = {k: tuple(v) for k, v in told["same"].items()}
        return cls(same=same, sites=dict(told["sites"]), named=dict(told["named"]))


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
    time = (claim.time.start, claim.time.end) if claim.time else None
    if claim.predicate == "presence":
        return (*bare, time, claim.method.partition("@")[0])
    if claim.basis is Basis.REPORTED and claim.parameters.get("alias"):
        return (*bare, claim.parameters["alias"], claim.inputs[:1])
    own = bearings_of(claim)
    return (*bare, time, tuple(sorted({(b.hypothesis, b.cause) for b in own})) or claim.id)


def known_of(
    workspace: Workspace,
    asked: Sequence[AskedHypothesis],
    names: Iterable[str],
    *,
    optional: Iterable[str] = (),
) -> Known:
    """Subjects, places and names of claims that a case's hypotheses need.

    Args:
        workspace: with its lake, sites and claims.
        asked: the case's hypotheses.
        names: what the case file calls claims.
        optional: names that may be citations instead of claims.

    Raises:
        CaseFileError: a name is of no claim, or of several.

    """
    same = {one.about: _same(workspace, one.about) for one in asked if one.about}
    named = _claims_named(workspace, set(names), {o for o in optional if _A_NAME.match(o)})
    places = {one.site for one in asked if one.site}
    return Known(same=same, sites=_sites(workspace, places, same), named=named)


def _same(workspace: Workspace, subject: str) -> tuple[str, ...]:
    return tuple(sorted({subject, *(f"mmsi:{m:09d}" for m in mmsis_of(workspace, subject))}))


def _claims_named(workspace: Workspace, names: set[str], optional: set[str]) -> dict[str, str]:
    """The ids of the claims that a case file names by id, beginning of an id, or alias.

    Of one alias the last reading of each statement counts; several statements are ambiguous.
    """
    if not names | optional:
        return {}
    found: dict[str, dict[object, str]] = {name: {} for name in names | optional}
    for record in workspace.evidence.find("claim"):
        alias = record.parameters.get("alias") if isinstance(record, Claim) else None
        if isinstance(record, Claim) and isinstance(alias, str) and alias in found:
            found[alias][record.inputs[:1], record.subject] = record.id
        for name, ids in found.items():
            if name.startswith("claim:") and record.id.startswith(name):
                ids[record.id] = record.id
    for name in sorted(names):
        if len(found[name]) != 1:
            raise CaseFileError(
                fact=f"no claim is called {name!r}"
                if not found[name]
                else f"{name!r} is the name of {len(found[name])} claims; give the id of one"
            )
    return {name: next(iter(ids.values())) for name, ids in found.items() if len(ids) == 1}


def _sites(
    workspace: Workspace, asked: set[str], same: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """For the claims about these ships: at which of the sites asked about their place lies."""
    drawn = {f"site:{name}": site for name, (site, _) in sites_of(workspace).items()}
    found: dict[str, str] = {}
    for subject in sorted({s for every in same.values() for s in every}):
        for claim in workspace.evidence.find("claim", subject=subject):
            if not isinstance(claim, Claim) or not isinstance(claim.value, dict):
                continue
            place: Any = claim.value
            if claim.predicate == "sighting-image":
                report = workspace.evidence.get(claim.inputs[0])
                place = report.value if isinstance(report, Claim) else {}
            for name in sorted(asked & set(drawn)):
                site = drawn[name]
                by_name = claim.predicate == "reach" and place.get("site") in {site.name, site.id}
                if by_name or _is_near(site, place):
                    found[claim.id] = name
    return found


def _is_near(site: Site, place: Mapping[str, Any]) -> bool:
    lon, lat = place.get("lon"), place.get("lat")
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return False
    frame = site.frame
    outline = frame.to_metres(site.outline)
    return bool(outline.distance(frame.to_metres(shapely.Point(lon, lat))) <= SITE_WITHIN_M)
