"""A vessel's voyages with what they carried: tonnes and value beside each, as claims if wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cargo import Carriage
from quaywatch.voyages.figures import Figure
from quaywatch.voyages.gazetteer import Gazetteer
from quaywatch.voyages.voyage import Voyage
from quaywatch.workflows.cargo import cargo_of, carriages_of, worth_of
from quaywatch.workflows.cargo_claims import claim_cargo
from quaywatch.workflows.voyage_inputs import CoastMask, Ways
from quaywatch.workflows.voyages import claim_voyages, rests_on, voyages_claim, voyages_of
from quaywatch.workflows.voyages_shown import Ship, contradictions, label_of

Carriages = Sequence[tuple[Voyage, Carriage | None]]


@dataclass(frozen=True, slots=True)
class Valued:
    """How voyages are to be valued: what was carried, and at which price."""

    commodity: str | None = None
    """As the prices of the workspace name it; None: not known, and no value."""
    price: str | None = None
    """Id of one price; None: the one that fits the day."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A ship with the carriages of its voyages, for sums."""

    ship: Ship
    carriages: Carriages


def router_of(workspace: Workspace) -> Ways:
    """Distances over water for all vessels of one run."""
    folder = workspace.cache_dir / "water"
    # A vessel asks a few dozen questions of many seas: landmarks would cost more than they save.
    router = WaterRouter(folder, landmarks=False)
    return Ways(router.distance, CoastMask(folder), kept=workspace.cache_dir / "ways.jsonl")


def carried_by(
    workspace: Workspace,
    subject: str,
    *,
    ways: Ways,
    valued: Valued,
    now: datetime | None,
    deadweight: Figure | None = None,
    gazetteer: Gazetteer | None = None,
) -> Carried:
    """One vessel's voyages with tonnes and value.

    Args:
        workspace: what is known.
        subject: ``imo:…``, ``mmsi:…`` or ``name:…``.
        ways: of ``router_of``.
        valued: how they are valued.
        now: when this is learned (aware): voyages and cargoes enter the ledger as claims; None:
            nothing is kept.
        deadweight: used where no claim in the workspace states one.
        gazetteer: for names; the kept one if None.

    """
    told = voyages_of(workspace, subject, router=ways, gazetteer=gazetteer)
    carriages = [
        (voyage, _with_deadweight(carriage, deadweight))
        for voyage, carriage in carriages_of(workspace, told.history.voyages)
    ]
    # Of a ship about which nothing is known nothing is claimed, not even that.
    keep = now is not None and bool(told.known.reports or told.known.claims)
    claim = claim_voyages(workspace, told, now=now) if keep and now else voyages_claim(told)
    if keep and now is not None:
        claim_cargo(
            workspace, subject, carriages, now=now, inputs=rests_on(told, claim),
            commodity=valued.commodity, price=valued.price,
        )  # fmt: skip
    worth = worth_of(workspace, carriages, commodity=valued.commodity, price=valued.price)
    ship = Ship(
        told=told,
        name=label_of(workspace, subject),
        claim=claim.id,
        cargo=cargo_of(carriages)["voyages"],
        worth=worth["voyages"],
        contradicted=contradictions(workspace, told),
    )
    return Carried(ship, carriages)


def _with_deadweight(carriage: Carriage | None, figure: Figure | None) -> Carriage | None:
    if carriage is None or carriage.deadweight is not None or figure is None:
        return carriage
    return replace(carriage, deadweight=figure)
