"""Statements about ships and companies in a workspace, each with which list or document says it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from quaywatch.errors import ClaimsFileError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Observation, Source
from quaywatch.evidence.reported import METHOD as CLAIMS_METHOD
from quaywatch.evidence.reported import DocumentEntry, parse_claims
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.flag import DENIED
from quaywatch.vessels.network import ADDRESS, ROLE_OF
from quaywatch.vessels.register_claims import METHOD as REGISTER_METHOD
from quaywatch.vessels.said import Said, Stated
from quaywatch.workflows.vessel_register import snapshots_in_force

METHODS = (REGISTER_METHOD, CLAIMS_METHOD)
NETWORK_PREDICATES = (*ROLE_OF, "listed", "name", "built", "dimensions", "deadweight", ADDRESS)
FLAG_PREDICATES = ("flag", DENIED)
WHO_PREDICATES = (*NETWORK_PREDICATES, *FLAG_PREDICATES, "identifiers")


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim as far as who and network need it, as it was sealed.

    Lists state tens of thousands: to make a record of each takes longer than all the rest.
    """

    id: str
    content: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """As of the claim."""
        return str(self.content["subject"])

    @property
    def predicate(self) -> str:
        """As of the claim."""
        return str(self.content["predicate"])

    @property
    def value(self) -> Any:  # noqa: ANN401  (any JSON value, as a claim has it)
        """As of the claim."""
        return self.content["value"]

    @property
    def method(self) -> str:
        """As of the claim."""
        return str(self.content["method"])

    @property
    def inputs(self) -> tuple[str, ...]:
        """As of the claim."""
        return tuple(self.content["inputs"])

    @property
    def time(self) -> TimeInterval | None:
        """As of the claim."""
        told = self.content["time"]
        return None if told is None else TimeInterval.model_validate(told)


def stated(
    workspace: Workspace, predicates: Iterable[str], *, subject: str | None = None
) -> Iterator[Statement]:
    """Claims of registers, lists and claims files with these predicates, in ledger order.

    Of a register's file as it was read last: a column or a day mended since says nothing more.
    """
    readings = {snapshot.inputs[0] for snapshot in snapshots_in_force(workspace)}
    for predicate in predicates:
        found = workspace.evidence.contents("claim", subject=subject, predicate=predicate)
        for claim in (Statement(key, content) for key, content in found):
            if claim.method not in METHODS:
                continue
            if claim.method != REGISTER_METHOD or claim.inputs[1] in readings:
                yield claim


def reported(workspace: Workspace) -> Iterator[Statement]:
    """Every claim of every claims file: each may name its subject, whatever it is about."""
    about = workspace.evidence.find("observation", predicate="statement")
    subjects = dict.fromkeys(one.subject for one in about if isinstance(one, Observation))
    for subject in subjects:
        for key, content in workspace.evidence.contents("claim", subject=subject):
            if content["method"] == CLAIMS_METHOD:
                yield Statement(key, content)


@dataclass
class WhoSaid:
    """By claim, which list or document of which day says it; each file is looked up once."""

    workspace: Workspace
    _causes: dict[str, str] = field(default_factory=dict)
    _documents: dict[str, DocumentEntry | None] = field(default_factory=dict)

    def of(self, claims: Iterable[Stated]) -> Mapping[str, Said]:
        """By claim id."""
        return {claim.id: self.one(claim) for claim in claims}

    def one(self, claim: Stated) -> Said:
        """Who says one claim."""
        value = claim.value if isinstance(claim.value, dict) else {}
        told = value.get("list")
        if isinstance(told, dict):
            day = told.get("day")
            title = str(told.get("name") or told.get("key") or "a list")
            return Said(title, str(day) if day else None, claim.id, self._cause(claim.inputs[1]))
        return self._of_document(claim)

    def _cause(self, reading_id: str) -> str:
        """The bytes behind a reading of a register."""
        if reading_id not in self._causes:
            reading = self.workspace.evidence.get(reading_id)
            inputs = reading.inputs if isinstance(reading, Claim) else (reading_id,)
            sources = [one for one in inputs if one.startswith("source:")]
            self._causes[reading_id] = (sources or [reading_id])[0][: len("source:") + 12]
        return self._causes[reading_id]

    def _of_document(self, claim: Stated) -> Said:
        statement = self.workspace.evidence.get(claim.inputs[0])
        if not isinstance(statement, Observation):
            return Said("a source", None, claim.id, claim.inputs[0])
        source = self.workspace.evidence.get(statement.source_id)
        entry = self._document(claim.inputs[1])
        name = source.name if isinstance(source, Source) else statement.source_id
        title = f"“{entry.title}”" if entry is not None else name
        if entry is not None and name != PurePath(entry.path).name:
            title = f"notes of {title}"
        day = entry.published if entry is not None else None
        return Said(title, day, claim.id, statement.source_id[: len("source:") + 12])

    def _document(self, reading_id: str) -> DocumentEntry | None:
        """What the claims file says of its document: title and day."""
        if reading_id not in self._documents:
            reading = self.workspace.evidence.get(reading_id)
            entry = None
            if isinstance(reading, Source):
                text = self.workspace.evidence.read_object(reading.sha256)
                try:
                    entry = parse_claims(text, name=reading.name).source
                except ClaimsFileError:
                    entry = None
            self._documents[reading_id] = entry
        return self._documents[reading_id]
