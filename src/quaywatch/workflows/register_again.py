"""Claims of registers made again from the bytes, as ``case verify`` asks."""

from collections.abc import Sequence
from typing import Any, Final

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import RegisterEntry
from quaywatch.vessels.register_claims import METHOD, READING, READING_METHOD, SNAPSHOT_METHOD
from quaywatch.workflows.register_snapshot import Tally, opened, reading_claim, records_in

METHODS: Final = (METHOD, READING_METHOD, SNAPSHOT_METHOD)


class RegistersAgain:
    """Claims of registers made again from the bytes, each file read once for all of its claims."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[str, dict[str, Claim | None]] = {}

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim anew.

        Raises:
            PlaceMissingError: the file, read again, does not make it.

        """
        readings = [c for c in inputs if isinstance(c, Claim) and c.predicate == READING]
        reading = readings[0] if readings else claim
        made = self._made.get(reading.id)
        if made is None:
            made = self._made[reading.id] = self._all(reading)
        if claim.id not in made:
            raise PlaceMissingError(record_id=claim.id)
        # Equal ids are equal contents: only ids are held, so that a file of any size fits.
        return made[claim.id] or claim

    def _all(self, reading: Claim) -> dict[str, Claim | None]:
        value: Any = reading.value
        evidence = self._workspace.evidence
        source = evidence.get(reading.subject)
        others = {kind: evidence.get(found) for kind, found in value["beside"].items()}
        beside = {
            kind: evidence.open_object(one.sha256)
            for kind, one in others.items()
            if isinstance(one, Source)
        }
        if not isinstance(source, Source):
            raise PlaceMissingError(record_id=reading.id)
        options: dict[str, Any] = dict(reading.parameters)
        register = opened(evidence.open_object(source.sha256), source, options, beside)
        kept = {kind: one for kind, one in others.items() if isinstance(one, Source)}
        fresh = reading_claim(source, kept, options, register)
        made: dict[str, Claim | None] = {fresh.id: fresh}
        tally = Tally(register)
        for item in tally.over(register.entries()):
            if isinstance(item, RegisterEntry):
                made |= dict.fromkeys(
                    record.id for record in records_in(item, source, fresh, register)
                )
        made[tally.claim(fresh).id] = None
        return made
