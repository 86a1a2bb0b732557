"""What registers and lists in the workspace say of a vessel, over time, and what was searched.

Statements of several lists stand side by side, each with who says it and of which day: none is
mended by another, and where two contradict each other both are shown.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from quaywatch.errors import RegisterOutdatedError
from quaywatch.evidence.record import Claim, Source
from quaywatch.evidence.wording import counted
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.lists import (
    Searched,
    Standing,
    Stated,
    coverage_message,
    merged,
    not_found,
    not_found_messages,
    standings,
)
from quaywatch.vessels.register import ROLES
from quaywatch.vessels.register_claims import METHOD, SNAPSHOT, SNAPSHOT_METHOD

NOTHING: Final = "no register or list held here has an entry under this number"
_SIZES: Final = ("length_m", "beam_m", "depth_m", "draught_m", "gross_tonnage")
_ORIGIN: Final = (
    "built", "yard", "yard_country", "hull_number", "ship_type", "class_society",
)  # fmt: skip
_ANY_VERSION: Final = f"{METHOD.partition('@')[0]}@"
_TOLERATED: Final = 0.02
"""Two figures of one size closer than this, as a share, do not contradict each other."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Claims of registers about a vessel, and the snapshots held."""

    claims: tuple[Claim, ...]
    snapshots: tuple[Claim, ...]
    """Of each file the last way in which it was read."""


def registered(workspace: Workspace, subject: str) -> Registered:
    """Claims of registers about a subject, as their files were last read.

    A file that was read again, with a day or with another mapping, is taken as read last; the
    claims of before stay in the ledger.
    """
    found = workspace.evidence.find("claim", subject=subject)
    mine = [c for c in found if isinstance(c, Claim) and c.method == METHOD]
    return Registered(tuple(in_force(workspace, mine)), snapshots_in_force(workspace))


def in_force(workspace: Workspace, claims: Sequence[Claim]) -> list[Claim]:
    """The same without what an earlier way of reading a register's file made of it."""
    if not any(claim.method.startswith(_ANY_VERSION) for claim in claims):
        return list(claims)
    readings = {claim.inputs[0] for claim in snapshots_in_force(workspace)}
    return [
        c
        for c in claims
        if not c.method.startswith(_ANY_VERSION) or (c.method == METHOD and c.inputs[1] in readings)
    ]


def snapshots_in_force(workspace: Workspace) -> tuple[Claim, ...]:
    """The last snapshot claim of each file.

    Raises:
        RegisterOutdatedError: a file was last read by an older version.

    """
    last: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", predicate=SNAPSHOT):
        if isinstance(claim, Claim):
            last.pop(claim.subject, None)
            last[claim.subject] = claim
    for claim in last.values():
        if claim.method != SNAPSHOT_METHOD:
            # Taken as searched, it would say of a ship it names that it names none.
            source = workspace.evidence.get(claim.subject)
            name = source.name if isinstance(source, Source) else claim.subject
            raise RegisterOutdatedError(source=name, method=claim.method)
    return tuple(last.values())


def searched_of(snapshots: Sequence[Claim]) -> list[Searched]:
    """Every list that is held, by snapshot."""
    found = []
    for claim in snapshots:
        value: Any = claim.value
        for key, told in value["lists"].items():
            found.append(
                Searched(
                    list_key=key,
                    list_name=told["name"],
                    day=value["day"],
                    vessels=told["vessels"],
                    organisations=told["organisations"],
                    claim=claim.id,
                    source=claim.subject,
                    designates=value["designates"],
                    authority=told["authority"],
                )
            )
    return found


def stated_of(workspace: Workspace, claims: Sequence[Claim]) -> list[Stated]:
    """Every designation among claims of registers."""
    found = []
    for claim in claims:
        if claim.predicate != "listed":
            continue
        value: Any = claim.value
        reading = workspace.evidence.get(claim.inputs[1])
        found.append(
            Stated(
                list_key=value["list_key"],
                list_name=value["list"]["name"],
                authority=value["authority"],
                day=value["list"]["day"],
                entry=value["entry"],
                claim=claim.id,
                source=reading.subject if isinstance(reading, Claim) else "",
                **{
                    name: value[name]
                    for name in (
                        "name", "programme", "measure", "listed_on", "delisted_on", "reason"
                    )
                },
            )
        )  # fmt: skip
    return found


def register_json(
    workspace: Workspace, subject: str, names: Sequence[str], mmsis: Sequence[int]
) -> dict[str, Any]:
    """What ``quaywatch vessel --json`` says under ``register`` and ``listings``.

    Args:
        workspace: whose claims.
        subject: ``imo:…`` or ``mmsi:…``.
        names: that the ship broadcast, to look for entries without a number.
        mmsis: of its transponders, likewise.

    Returns:
        ``register``: ``names``, ``flags``, ``parties``, ``identifiers``, ``particulars``,
        ``conflicts``, ``entries``; None with a reason if there is no entry. ``listings``: one for
        each list, programme and measure, with ``status`` and ``message``. ``searched``: the lists
        that do not name it. ``possible``: entries without a number that bear one of its names.

    """
    mine = registered(workspace, subject)
    searched = searched_of(mine.snapshots)
    stated = stated_of(workspace, mine.claims)
    own = [str(_value(c)["name"]) for c in mine.claims if c.predicate == "name"]
    numbers = {subject.partition(":")[2], *(f"{mmsi:09d}" for mmsi in mmsis)}
    possible = _possible(mine.snapshots, subject, [*names, *own], numbers)
    possible += _under_this_mmsi(workspace, subject, mine.snapshots)
    missing = not_found(stated, searched)
    loose = {key for one in possible for key in one["lists"]}
    return {
        "register": _register(mine.claims, subject) if mine.claims else None,
        "reason": {} if mine.claims else {"register": NOTHING},
        "listings": [
            _standing_json(one, doubted=one.stated.list_key in loose)
            for one in standings(stated, searched)
        ],
        "searched": {
            "message": " ".join(
                (
                    coverage_message(stated, searched),
                    *not_found_messages(missing),
                    *([f"{counted(len(possible), 'entry', 'entries')} not counted may be about it."]
                      if possible else []),
                )
            ),
            "lists": len({one.list_key for one in searched if one.designates}),
            "not_found_on": [
                {"list": one.list_key, "name": one.list_name, "day": one.day,
                 "vessels": one.vessels, "claim": one.claim}
                for one in missing
            ],
        },
        "possible": possible,
    }  # fmt: skip


def _value(claim: Claim) -> dict[str, Any]:
    return claim.value if isinstance(claim.value, dict) else {}


def _by(claim: Claim) -> dict[str, Any]:
    """Who says it: which list of which day, and under which of its entries."""
    value = _value(claim)
    told = value["list"]
    return {
        "list": told["key"], "name": told["name"], "day": told["day"], "entry": value["entry"],
        "claim": claim.id,
    }  # fmt: skip


def _register(claims: Sequence[Claim], subject: str) -> dict[str, Any]:
    names = merged(_rows(claims, "name", ("name", "kind", "script", "from", "until")))
    flags = merged(_rows(claims, "flag", ("flag", "printed", "kind", "port", "from", "until")))
    parties = merged(_party_rows(claims))
    particulars = _particulars(claims)
    return {
        "names": _in_time(names),
        "flags": _in_time(flags),
        "parties": _in_time(parties),
        "identifiers": merged(_identifier_rows(claims)),
        "particulars": particulars,
        "conflicts": _conflicts(claims, flags, particulars, subject),
        "entries": len({claim.inputs[0] for claim in claims}),
    }


def _in_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By when they began; what has no date comes first, since it is what a list says of its day."""
    return sorted(rows, key=lambda row: (str(row.get("role") or ""), str(row.get("from") or "")))


def _rows(
    claims: Sequence[Claim], predicate: str, keys: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for claim in claims:
        if claim.predicate == predicate:
            value = _value(claim)
            yield {key: value.get(key) for key in keys}, _by(claim)


def _party_rows(claims: Sequence[Claim]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for claim in claims:
        if claim.predicate not in ROLES:
            continue
        value = _value(claim)
        party = value["party"]
        said = {key: party[key] for key in ("name", "subject", "company_imo", "country", "person")}
        yield (
            {
                "role": claim.predicate, **said, "printed": party.get("printed"),
                "from": value["from"], "until": value["until"],
            },
            _by(claim),
        )  # fmt: skip


def _identifier_rows(claims: Sequence[Claim]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for claim in claims:
        if claim.predicate == "identifiers":
            for one in _value(claim)["identifiers"]:
                keys = ("kind", "value", "well_formed")
                yield {key: one.get(key) for key in keys}, _by(claim)


def _particulars(claims: Sequence[Claim]) -> dict[str, list[dict[str, Any]]]:
    """Each size and origin, with every value that is stated of it."""
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for claim in claims:
        if claim.predicate in {"deadweight", "dimensions", "built"}:
            for name in ("deadweight_t", *_SIZES, *_ORIGIN):
                value = _value(claim).get(name)
                if value is not None:
                    found.setdefault(name, []).append(({"value": value}, _by(claim)))
    return {name: merged(rows) for name, rows in found.items()}


def _conflicts(
    claims: Sequence[Claim],
    flags: Sequence[dict[str, Any]],
    particulars: dict[str, list[dict[str, Any]]],
    subject: str,
) -> list[str]:
    """Where lists contradict each other, in sentences; who is right is not said."""
    said = []
    for name, rows in particulars.items():
        values = [row["value"] for row in rows]
        numbers = [value for value in values if isinstance(value, int | float)]
        apart = len(numbers) > 1 and max(numbers) - min(numbers) > _TOLERATED * max(numbers)
        years = {str(value)[:4] for value in values} if name == "built" else set()
        if apart or len(years) > 1:
            told = "; ".join(
                f"{row['value']} ({', '.join(_who(by) for by in row['said_by'])})" for row in rows
            )
            said.append(f"{name} is stated differently: {told}.")
    today = [row for row in flags if row["kind"] == "stated" and row["until"] is None]
    countries = {row["flag"] for row in today if row["flag"]}
    if len(countries) > 1:
        told = "; ".join(
            f"{row['printed']} ({', '.join(_who(by) for by in row['said_by'])})" for row in today
        )
        said.append(f"The flag is stated differently, on lists of different days: {told}.")
    entries: dict[str, set[str]] = {}
    for claim in claims:
        if claim.predicate == "name" and _value(claim)["kind"] == "name":
            value = _value(claim)
            where = f"{value['list']['name']} of {value['list']['day'] or 'an unknown day'}"
            entries.setdefault(where, set()).add(str(value["name"]))
    for where, names in sorted(entries.items()):
        if len(names) > 1:
            told = ", ".join(sorted(names))
            said.append(f"{where} has entries of several names under {subject}: {told}.")
    return said


def _who(by: dict[str, Any]) -> str:
    return f"{by['name']} of {by['day'] or 'an unknown day'}"


def _standing_json(one: Standing, *, doubted: bool) -> dict[str, Any]:
    message = one.message
    if doubted and one.status == "no-longer-on-the-list":
        message += " That list has an entry without a number under one of its names: see possible."
    return {
        "list": one.stated.list_key,
        "name": one.stated.list_name,
        "authority": one.stated.authority,
        "as": one.stated.name,
        "programme": one.stated.programme,
        "measure": one.stated.measure,
        "listed_on": one.stated.listed_on,
        "delisted_on": one.stated.delisted_on,
        "reason_reported": one.stated.reason,
        "status": one.status,
        "days": list(one.days),
        "gone_by": one.gone_by,
        "message": message,
        "entry": one.stated.entry,
        "claims": list(one.claims),
    }


def _possible(
    snapshots: Sequence[Claim], subject: str, names: Sequence[str], numbers: Collection[str]
) -> list[dict[str, Any]]:
    """Entries of ships without a well-formed IMO number that bear a name or a number of this one.

    They are shown and never joined: ships share names, and a number without its word is a number.
    """
    wanted = {name.casefold() for name in names}
    found = []
    for claim in snapshots:
        value: Any = claim.value
        for one in value.get("without_imo", ()):
            same = sorted({n for n in one["names"] if n.casefold() in wanted})
            numbered = sorted(set(one["numbers"]) & set(numbers))
            if subject.startswith("mmsi:") and subject.partition(":")[2] in numbered:
                continue  # an entry without an IMO number stands under its MMSI
            if not same and not numbered:
                continue
            why = (
                f"it prints {', '.join(numbered)} and no IMO number as such"
                if numbered
                else f"it bears the name {', '.join(same)} and no IMO number"
            )
            lists = one["lists"] or list(value["lists"])
            found.append({
                "entry": one["entry"], "lists": lists, "day": value["day"], "names": one["names"],
                "numbers": one["numbers"], "claim": claim.id,
                "message": f"An entry of {', '.join(lists)} may be about this ship: {why}. "
                "It is not counted as found.",
            })  # fmt: skip
    return found


def _under_this_mmsi(
    workspace: Workspace, subject: str, snapshots: Sequence[Claim]
) -> list[dict[str, Any]]:
    """Entries of ships with an IMO number that print the MMSI asked for."""
    kind, _, number = subject.partition(":")
    if kind != "mmsi":
        return []
    readings = {claim.inputs[0] for claim in snapshots}
    found = []
    for claim in workspace.evidence.find("claim", predicate="identifiers"):
        if not isinstance(claim, Claim) or claim.inputs[1] not in readings:
            continue
        value = _value(claim)
        same = any(o["kind"] == "mmsi" and o["value"] == number for o in value["identifiers"])
        if same and claim.subject != subject:
            key = value["list"]["key"]
            found.append({
                "entry": value["entry"], "lists": [key], "day": value["list"]["day"], "names": [],
                "numbers": [o["value"] for o in value["identifiers"]], "claim": claim.id,
                "message": f"{key} gives this MMSI for {claim.subject}: ask for that ship. A "
                "transponder is not a vessel, and the entry is not counted as found.",
            })  # fmt: skip
    return found
