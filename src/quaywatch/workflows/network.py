"""How a ship is tied to the listed: ways over stated ties as claims, sentences and entities."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from quaywatch.errors import ArgumentError
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check
from quaywatch.vessels.network import METHOD, Network, Tie, build_network, party_id
from quaywatch.vessels.network_ftm import entities
from quaywatch.vessels.network_graphml import graphml
from quaywatch.vessels.network_paths import (
    HUB_FROM,
    Way,
    neighbourhood,
    way_through,
    ways_to_listed,
)
from quaywatch.vessels.network_sisters import sisters_of
from quaywatch.vessels.network_words import listed_words, listing_json, way_json
from quaywatch.vessels.said import Stated
from quaywatch.workflows.names import subject_of
from quaywatch.workflows.who_said import NETWORK_PREDICATES, WhoSaid, stated

PATH_METHOD = METHOD
DEPTH = 3
"""Steps that are gone unless more are asked for."""
SUFFIXES = (".ftm.json", ".graphml", ".svg", ".png")


def network_of(workspace: Workspace) -> tuple[Network, Mapping[str, Stated]]:
    """The whole network that this workspace states, and the claims that state it, by id."""
    claims = {claim.id: claim for claim in stated(workspace, NETWORK_PREDICATES)}
    return build_network(claims.values(), WhoSaid(workspace).of(claims.values())), claims


def path_claims(
    network: Network, claims: Mapping[str, Stated], subject: str, *, depth: int = DEPTH
) -> list[Claim]:
    """A claim for each shortest way from a ship to a listed party.

    Each rests on the statements about the parties on its way, from which it is made again.

    Args:
        network: as ``network_of`` gives it.
        claims: those that state it, by id, in ledger order.
        subject: the ship.
        depth: most steps of a way.

    """
    ways = ways_to_listed(network, subject, depth=depth)
    return [_claim(network, claims, way, HUB_FROM) for way in ways]


def _claim(network: Network, claims: Mapping[str, Stated], way: Way, hub_from: int) -> Claim:
    on = [way.steps[0].of, *(step.to for step in way.steps)]
    touching = {tie.said.claim for tie in network.ties if tie.of in on or tie.to in on}
    touching |= {one.said.claim for one in network.listings if one.party in on}
    touching |= {key for key, party in network.about.items() if party in on}
    value = _value(way_json(network, way))
    return Claim(
        subject=on[0],
        predicate="network-path",
        value=value,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "parties": list(on),
            "hub_from": hub_from,
            "alike": way.alike,
            "entries": {named: entry for named, entry in network.entries.items() if entry in on},
        },
        # In ledger order: the first to name a party gives it its name.
        inputs=tuple(key for key in claims if key in touching),
    )


def _value(told: dict[str, Any]) -> JsonValue:
    plain: JsonValue = json.loads(json.dumps(told))
    return plain


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """A way made again from the statements that it rests on."""
    claims = {one.id: one for one in inputs if isinstance(one, Claim)}
    parameters: Any = claim.parameters
    said = WhoSaid(workspace).of(claims.values())
    network = build_network(claims.values(), said, entries=parameters["entries"])
    hub_from = int(parameters["hub_from"])
    way = way_through(network, parameters["parties"], hub_from=hub_from)
    way = replace(way, alike=int(parameters["alike"]))
    return _claim(network, claims, way, hub_from)


def network_json(
    workspace: Workspace,
    text: str,
    *,
    now: datetime,
    depth: int = DEPTH,
    out: Sequence[Path] = (),
) -> dict[str, Any]:
    """How a ship is tied to the listed, its own listings, its sisters; and files of the graph.

    Raises:
        VesselUnknownError: nothing here is about it.
        ArgumentError: a file of a kind that is not written.

    """
    for path in out:
        if not str(path).endswith(SUFFIXES):
            raise ArgumentError(
                flag="--out",
                fact=f"{path.name} is of no kind that is written",
                remedy=f"End it in {', '.join(SUFFIXES)}.",
            )
    subject = subject_of(workspace, text)
    network, claims = network_of(workspace)
    subject = _as_party(network, subject)
    made = path_claims(network, claims, subject, depth=depth)
    workspace.evidence.append(made, known_at=now)
    party = network.parties.get(subject)
    own = network.listings_of(subject)
    values: list[Any] = [claim.value for claim in made]
    sisters = sisters_of(network, subject)
    near = neighbourhood(network, subject, depth=depth, ways=_parties_of(values))
    told = {
        "subject": subject,
        "name": party.label if party is not None else None,
        "known": party is not None,
        "depth": depth,
        "listings": [listing_json(one) for one in own],
        "listed": f"{party.label} {listed_words(own)}." if party is not None else None,
        "ties": [_tie_json(network, t) for t in network.ties if subject in {t.of, t.to}],
        "paths": [{**value, "claim": claim.id} for claim, value in zip(made, values, strict=True)],
        "sisters": [
            {"party": s.party, "name": network.parties[s.party].label, "ground": s.ground,
             "because": s.because}
            for s in sisters
        ],
        "searched": searched(workspace, claims.values()),
        "notes": _broadcast(workspace, subject),
        "parties": len(network.parties),
        "files": [str(path) for path in out],
    }  # fmt: skip
    for path in out:
        land_bytes(_bytes(network, near, told, path), path)
    return told


def _as_party(network: Network, subject: str) -> str:
    """The party of a subject; of a bare name, the first source's that states it."""
    if not subject.startswith("name:"):
        return subject
    plain = party_id(subject, "")
    return next((key for key in network.parties if key.startswith(plain)), subject)


def _broadcast(workspace: Workspace, subject: str) -> list[str]:
    """IMO numbers that a transponder sent: ties are stated of these, and may be another hull's."""
    kind, _, number = subject.partition(":")
    if kind != "mmsi":
        return []
    sent = workspace.lake.statics(mmsi=[int(number)]).collect()["imo"].drop_nulls().unique().sort()
    return [
        f"MMSI {number} broadcast IMO {imo}. Ties are stated of hulls: ask for imo:{imo} if it is "
        "hers."
        for imo in sent.to_list()
        if imo_check(imo)
    ]


def _parties_of(values: Sequence[Any]) -> list[str]:
    """Parties on the ways that claims state."""
    found = {step[end]: None for v in values for step in v["steps"] for end in ("from", "to")}
    return list(found)


def _tie_json(network: Network, tie: Tie) -> dict[str, Any]:
    return {
        "of": tie.of, "of_name": network.parties[tie.of].label,
        "to": tie.to, "to_name": network.parties[tie.to].label, "role": tie.role,
        "since": tie.since, "until": tie.until, "as_of": tie.as_of, "said": str(tie.said),
        "claim": tie.said.claim, "tied_to": network.degree(tie.to),
    }  # fmt: skip


def searched(workspace: Workspace, claims: Iterable[Stated]) -> list[dict[str, str | None]]:
    """Every list and document that claims are of, and of which day it is."""
    said = WhoSaid(workspace)
    found = {(who.title, who.day): None for who in map(said.one, claims)}
    return [{"list": title, "day": day} for title, day in sorted(found, key=str)]


def _bytes(network: Network, near: Sequence[str], told: Mapping[str, Any], path: Path) -> bytes:
    """The graph as the end of the file's name wants it."""
    name = str(path)
    if name.endswith(".ftm.json"):
        lines = [json.dumps(one, ensure_ascii=False) for one in entities(network, near)]
        return ("\n".join(lines) + "\n").encode()
    if name.endswith(".graphml"):
        return graphml(network, near).encode()
    # Matplotlib takes a second to load, and most who ask want no picture.
    from quaywatch.cases.network_chart import (  # noqa: PLC0415  (as said above)
        figure_png,
        figure_svg,
        network_figure,
    )

    figure = network_figure(
        told["paths"], subject=told["subject"], name=told["name"] or told["subject"],
        ties=told["ties"], listed=told["listings"],
    )  # fmt: skip
    return figure_svg(figure) if name.endswith(".svg") else figure_png(figure)


def paths_about(
    workspace: Workspace, subjects: Iterable[str], *, depth: int = DEPTH
) -> list[Claim]:
    """Claims of every way from these ships to the listed, for a case; none where nothing is stated.

    They are handed back, not kept: whoever asks appends them to the ledger.
    """
    asked = [subject for subject in subjects if subject.partition(":")[0] in {"imo", "mmsi"}]
    if not asked:
        return []
    network, claims = network_of(workspace)
    return [
        claim for subject in asked for claim in path_claims(network, claims, subject, depth=depth)
    ]
