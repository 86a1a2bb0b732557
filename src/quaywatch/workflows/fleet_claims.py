"""The figures of a fleet as a claim over the claims of its vessels' voyages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.voyages.voyage import When
from quaywatch.workflows.fleet_figures import figures_of
from quaywatch.workflows.voyages import VoyagesAgain

METHOD: Final = "fleet-voyages@2"
PREDICATE: Final = "fleet-voyages"
NONE_FOUND: Final = "No vessel of the list is known here."


def fleet_claim(
    subject: str,
    value: Mapping[str, Any],
    inputs: Sequence[str],
    *,
    spans: Mapping[str, When],
    home: str | None,
) -> Claim:
    """The figures of a fleet as a claim.

    Args:
        subject: ``fleet:…``.
        value: of ``figures_of``.
        inputs: ids of the claims of its vessels, in the order of the list.
        spans: by vessel, when it counts, where that is not always.
        home: country whose ports are not foreign.

    """
    return Claim(
        subject=subject,
        predicate=PREDICATE,
        value=dict(value) if inputs else None,
        reason=None if inputs else NONE_FOUND,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "home": home,
            "spans": {name: [_iso(w.earliest), _iso(w.latest)] for name, w in spans.items()},
            "distance": WATER_METHOD,
        },
        inputs=tuple(inputs),
    )


def again(claim: Claim, inputs: Sequence[Record], made: VoyagesAgain) -> Claim:
    """The claim anew from its vessels' claims, each derived again."""
    told: Any = claim.parameters
    pairs = []
    for record in inputs:
        if isinstance(record, Claim):
            span = told["spans"].get(record.subject, [None, None])
            times = [None if t is None else datetime.fromisoformat(t) for t in span]
            pairs.append((made.told(record).history, When(*times)))
    value = figures_of(pairs, home=told["home"]) if pairs else None
    return claim.model_copy(update={"value": value})


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
