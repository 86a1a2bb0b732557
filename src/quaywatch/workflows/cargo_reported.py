"""Totals that others publish, read both ways: claims of the readings, from claims of the figures.

A figure is entered through ``ingest claims`` with its amount in ``note``: "about 330000 t",
"over 33000000 USD", "100 USD/t coal", "at least 18 voyages". Its subject is the fleet
(``name:…``), its predicate one of ``FIGURES``; ships join by ``fleet-member``, whose note is the
fleet's name, and have their own ``deadweight``. Each amount is looked for in the lines that it
names, and one that they do not print is said to be not theirs.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check
from quaywatch.voyages.figures import (
    REGISTER_SIGMA,
    Figure,
    ReadFigure,
    is_printed,
    read_figure,
    with_sigma,
)
from quaywatch.voyages.prices import Price, Priced
from quaywatch.voyages.worth import METHOD, Published, check_product, readings_of

FIGURES: Final = ("combined-deadweight", "exported", "voyages", "price-applied", "value")
"""Predicates of a fleet that are read here; any other is kept and not computed with."""
TOTALS: Final = ("combined-deadweight", "exported")
MEMBER: Final = "fleet-member"
DEADWEIGHT: Final = "deadweight"
READINGS: Final = "deadweight-readings"
PRODUCT: Final = "value-check"
_UNITS: Final = {
    "t": "t", "tonnes": "t", "dwt": "t", "usd": "USD", "usd/t": "USD/t", "voyages": "voyages",
}  # fmt: skip
"""As a note may spell them. A ton is none of them: it may be short, long or metric."""
Lines = Callable[[str], str]


def reported_worth(workspace: Workspace, subject: str | None = None) -> list[Claim]:
    """Readings and checks of every total that a source in the workspace publishes.

    Args:
        workspace: whose claims.
        subject: of this fleet only.

    A claims file that was mended and entered again replaces the figures of the first; two
    documents about one fleet are read apart.

    Returns:
        Claims, not yet in the ledger; without value, and with the reason, where a figure lacks.

    """
    found = [
        claim
        for predicate in (*FIGURES, MEMBER, DEADWEIGHT)
        for claim in workspace.evidence.find("claim", predicate=predicate)
        if isinstance(claim, Claim) and claim.basis is Basis.REPORTED
    ]
    lines, last = _lines(workspace), {}
    for total in found:
        if total.predicate in TOTALS and subject in {None, total.subject}:
            statement = workspace.evidence.get(total.inputs[0])
            document = statement.source_id if isinstance(statement, Observation) else ""
            last[total.predicate, total.subject, document] = total
    return [_claim_of(_about(total, found), lines) for total in last.values()]


def reported_about(workspace: Workspace, subjects: Sequence[str]) -> list[Claim]:
    """The same for fleets all of whose ships are among some vessels, and for those subjects.

    Args:
        workspace: whose claims.
        subjects: ``imo:…``, ``mmsi:…`` or ``name:…``.

    """
    wanted = set(subjects)
    found = []
    for claim in reported_worth(workspace):
        # Not from its value: a total that cannot be read is about these ships all the same.
        under = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        members = {c.subject for c in under if isinstance(c, Claim) and c.predicate == MEMBER}
        if claim.subject in wanted or (members and members <= wanted):
            found.append(claim)
    return found


def claim_reported_worth(workspace: Workspace, *, now: datetime) -> list[Claim]:
    """The same, and into the ledger; what is there already is not entered twice."""
    made = reported_worth(workspace)
    new = [claim for claim in made if not workspace.evidence.has(claim.id)]
    if new:
        workspace.evidence.append(new, known_at=now)
    return made


def reported_json(
    workspace: Workspace, subjects: Sequence[str], *, now: datetime | None
) -> list[dict[str, Any]]:
    """What others publish of a fleet, both ways read, for its page.

    Args:
        workspace: whose claims.
        subjects: of its ships, and of the fleet.
        now: when this is learned, aware: the readings enter the ledger; None: nothing is kept.

    Returns:
        Of each total ``subject``, ``claim``, and ``reason`` where a figure lacks; else ``message``,
        ``readings`` (none for an exported tonnage), ``product``, ``left_open``, ``not_printed``,
        ``ships`` and ``voyages``.

    """
    claims = reported_about(workspace, subjects)
    new = [claim for claim in claims if not workspace.evidence.has(claim.id)]
    if now is not None and new:
        workspace.evidence.append(new, known_at=now)
    found = []
    for claim in claims:
        value: Any = claim.value or {}
        found.append(
            {
                "subject": claim.subject,
                "predicate": claim.predicate,
                "message": value.get("message"),
                "readings": value.get("readings", []),
                # Of an exported tonnage the product is all there is.
                "product": value.get("product")
                if claim.predicate == READINGS
                else {k: v for k, v in value.items() if k != "not_printed"} or None,
                "left_open": value.get("left_open", []),
                "not_printed": value.get("not_printed", []),
                "ships": value.get("ships", []),
                "voyages": value.get("voyages"),
                "reason": claim.reason,
                "claim": claim.id,
            }
        )
    return found


def again(_: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """The claim anew from the reported claims that it names."""
    return _claim_of([c for c in inputs if isinstance(c, Claim)], _lines(workspace))


def deadweight_figure(claim: Claim) -> Figure | None:
    """The deadweight that a claim of it states, with the error that registers have."""
    said = _figure(claim)
    if said is None or _UNITS.get(said.unit.lower()) != "t":
        return None
    return with_sigma(said.figure, REGISTER_SIGMA)


def _about(total: Claim, found: Sequence[Claim]) -> list[Claim]:
    """The claims that a total is read with: of its own file, the last of each kind."""
    own = [c for c in found if c.inputs[1:] == total.inputs[1:]]
    kinds = {c.predicate: c for c in own if c.subject == total.subject and c.predicate in FIGURES}
    price = kinds.get("price-applied") or next(
        (c for c in own if c.predicate == "price-applied"), None
    )
    picked = [total, kinds.get("voyages"), price, kinds.get("value")]
    if total.predicate == "exported":
        return [c for c in (total, price, kinds.get("value")) if c is not None]
    fleet = total.subject.partition(":")[2]
    members = {c.subject: c for c in own if c.predicate == MEMBER and _note(c) == fleet}
    weights = {c.subject: c for c in own if c.predicate == DEADWEIGHT and c.subject in members}
    return [c for c in picked if c is not None] + [*members.values(), *weights.values()]


def _claim_of(used: Sequence[Claim], lines: Lines) -> Claim:
    """Readings of a combined deadweight, or the product of an exported tonnage."""
    total = used[0]
    combined = total.predicate == "combined-deadweight"
    try_it = _readings if combined else _product
    value, reason = try_it(used, lines)
    return Claim(
        subject=total.subject,
        predicate=READINGS if combined else PRODUCT,
        value=None if value is None else json.loads(json.dumps(value)),
        reason=reason,
        time=total.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"register_sigma": REGISTER_SIGMA},
        inputs=tuple(claim.id for claim in used),
    )


def _readings(used: Sequence[Claim], lines: Lines) -> tuple[dict[str, Any] | None, str | None]:
    members = [c for c in used if c.predicate == MEMBER]
    total, voyages = _amount(used, "combined-deadweight", "t"), _amount(used, "voyages", "voyages")
    price = _priced(used)
    lacking = [
        what
        for what, known in (
            ("the total", total),
            ("how many voyages", voyages),
            ("a price", price),
            ("which ships", members),
        )
        if not known
    ]
    if total is None or voyages is None or price is None or lacking:
        return None, f"It is not entered, or cannot be read: {', '.join(lacking)}."
    count = round(voyages.printed)
    if not len(members) <= count:
        return None, f"{count} voyages cannot be shared by {len(members)} ships."
    known = {
        _name(c): figure
        for c in used
        if c.predicate == DEADWEIGHT and (figure := deadweight_figure(c)) is not None
    }
    both = readings_of(
        Published(total, len(members), count, price, _amount(used, "value", "USD"), known)
    )
    return {
        **both.to_json(),
        "ships": [_ship(c, known) for c in members],
        "voyages": count,
        "voyages_at_least": voyages.sense == "at-least",
        "not_printed": not_printed(used, lines),
    }, None


def _product(used: Sequence[Claim], lines: Lines) -> tuple[dict[str, Any] | None, str | None]:
    tonnes, value = _amount(used, "exported", "t"), _amount(used, "value", "USD")
    price = _priced(used)
    if tonnes is None or value is None or price is None or price.price is None:
        return None, "Tonnes, price and value are needed to check a value."
    check = check_product(tonnes, price.price, value)
    return {**check.to_json(), "not_printed": not_printed(used, lines)}, None


def not_printed(used: Sequence[Claim], lines: Lines) -> list[str]:
    """Amounts that stand in none of the lines that their claims name, in sentences."""
    said = []
    for claim in used:
        read = _figure(claim)
        if read is None:
            continue
        if not is_printed(read.figure.printed, lines(claim.inputs[0])):
            alias = claim.parameters.get("alias")
            said.append(f"{alias}: the lines named do not print {read.figure.printed:,.15g}.")
    return said


def _lines(workspace: Workspace) -> Lines:
    def raw(record_id: str) -> str:
        record = workspace.evidence.get(record_id)
        return (record.raw or "") if isinstance(record, Observation) else ""

    return raw


def _ship(member: Claim, known: dict[str, Figure]) -> dict[str, Any]:
    kind, _, number = member.subject.partition(":")
    dwt = known.get(_name(member))
    return {
        "subject": member.subject,
        "name": _name(member),
        "imo_well_formed": None if kind != "imo" else imo_check(int(number)),
        "deadweight_t": None if dwt is None else [round(dwt.low), round(dwt.high)],
        "reason": None if dwt is not None else "DWT unknown: no tonnes stated.",
    }


def _name(claim: Claim) -> str:
    value = claim.value
    named = value.get("name") if isinstance(value, dict) else None
    return str(named or claim.subject)


def _note(claim: Claim) -> str | None:
    value = claim.value
    return str(value["note"]) if isinstance(value, dict) and value.get("note") else None


def _figure(claim: Claim) -> ReadFigure | None:
    """The amount in a claim's note; its source is the claim."""
    if claim.predicate not in {*FIGURES, DEADWEIGHT}:
        return None
    return read_figure(_note(claim), claim.id)


def _amount(used: Sequence[Claim], predicate: str, unit: str) -> Figure | None:
    for claim in used:
        if claim.predicate == predicate:
            read = _figure(claim)
            if read is not None and _UNITS.get(read.unit.lower()) == unit:
                return read.figure
    return None


def _priced(used: Sequence[Claim]) -> Priced | None:
    """The price that a source applies, as a documented point."""
    for claim in used:
        read = _figure(claim) if claim.predicate == "price-applied" else None
        if read is None or _UNITS.get(read.unit.lower()) != "USD/t" or claim.time is None:
            continue
        amount = read.figure.printed
        last = (claim.time.end - timedelta(microseconds=1)).date()
        price = Price(
            id=str(claim.parameters.get("alias", claim.id)),
            commodity=read.what or "not stated",
            low=amount, mode=amount, high=amount,
            first=claim.time.start.date(), last=last, source=claim.id,
        )  # fmt: skip
        caveats = (
            (
                f"One documented point, of {price.first.year}, as the source applies it: its own "
                "spread is not in the interval."
            ),
        )
        return Priced(price, None, caveats)
    return None
