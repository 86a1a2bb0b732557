"""Who is meant by a name or a number: every ship and company here that it may be, and why.

A name alone never says which ship is meant. Each ship stands by itself, with what of it agrees with
what was asked and what does not; two ships of one name stay two.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from quaywatch.errors import ArgumentError
from quaywatch.evidence.wording import counted
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check, imo_message
from quaywatch.vessels.names import FILLERS, Kind, ReadName, names_in, read_name
from quaywatch.vessels.names_likeness import features_of, why
from quaywatch.vessels.names_search import nearest
from quaywatch.vessels.network import ROLE_OF, Party, party_id, party_of
from quaywatch.vessels.network_entries import entries_named
from quaywatch.vessels.register import PERSON
from quaywatch.vessels.register_claims import METHOD as REGISTER_METHOD
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.said import Stated
from quaywatch.workflows.who_flags import flags_json
from quaywatch.workflows.who_said import WHO_PREDICATES, WhoSaid, reported, stated

LEAST_RATIO: Final[Mapping[Kind, float]] = MappingProxyType(
    {Kind.SHIP: 300.0, Kind.COMPANY: 1_000.0}
)
"""Names less likely than this to be the one asked are not shown."""
LEAST_RATIO_WITHIN: Final = 700.0
"""The same of companies that have every word asked for: KIND GLORY SHIPPING of KIND GLORY."""
MOST_SHOWN: Final = 25
THING: Final = "Thing"
"""Schema of FollowTheMoney for what is a ship or a company: a report does not say."""
NUMBERS: Final = ("imo", "mmsi", "callsign", "company-imo")


@dataclass
class Known:
    """What is said of one ship or company."""

    subject: str
    schema: str = "Vessel"
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Name as printed → who says it."""
    numbers: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """Kind of number → number → who says it."""
    flags: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    listings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What its names may be of: a report that names something need not say what it is."""
        if self.schema == THING:
            return (Kind.SHIP, Kind.COMPANY)
        return (Kind.SHIP,) if self.schema == "Vessel" else (Kind.COMPANY,)


def who_json(
    workspace: Workspace,
    text: str,
    *,
    lists: Sequence[str] = (),
    held: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Every ship and company that a name or a number may mean.

    Args:
        workspace: where to look.
        text: a name in any script, an IMO number, an MMSI or a call sign.
        lists: look in these only, by a part of their names.
        held: what else is known of the one sought (``imo``, ``mmsi``, ``callsign``, ``flag``), held
            against each: it agrees, it disagrees, or nothing is stated.

    Raises:
        ArgumentError: the text names nothing, as what is typed where a name is not known.

    """
    named = any(read_name(text, kind) is not None for kind in Kind)
    if not text.strip() or not (named or _could_be_a_sign(text)):
        raise ArgumentError(
            flag="TEXT",
            fact=f"{text!r} names nothing",
            remedy="Give a name in any script, an IMO number, an MMSI or a call sign.",
        )
    known, searched = everything(workspace, lists)
    found = _by_number(known, text) or []
    had = {id(one) for one, _ in found}
    for one, reasons in _by_name(known, text):
        if id(one) not in had:
            had.add(id(one))
            found.append((one, reasons))
    ordered = sorted(
        (_candidate(one, reasons, held or {}) for one, reasons in found),
        key=lambda row: (-row["agree"], row["disagree"], -(row["ratio"] or 0.0), row["subject"]),
    )
    shown = [
        {**row, "flags": flags_json(workspace, row["subject"]) if row.pop("a_ship") else None}
        for row in ordered[:MOST_SHOWN]
    ]
    return {
        "asked": text,
        "held_against": dict(held or {}),
        "read_as": _read_as(text),
        "candidates": shown,
        "left_out": max(0, len(ordered) - MOST_SHOWN),
        "searched": searched,
        "notes": _notes(text, shown, searched),
    }


def _could_be_a_sign(text: str) -> bool:
    """Whether what names nothing may yet be a call sign: letters or digits, at least three."""
    return len(re.sub(r"[^0-9A-Za-z]", "", text)) >= 3 and text.strip().upper() not in FILLERS


def everything(
    workspace: Workspace, lists: Sequence[str] = ()
) -> tuple[dict[str, Known], list[dict[str, Any]]]:
    """All that is said of ships and companies here, by subject; and where that was looked for."""
    known: dict[str, Known] = {}
    searched: dict[tuple[str, str | None], int] = defaultdict(int)
    said = WhoSaid(workspace)
    entered = [c for c in stated(workspace, WHO_PREDICATES) if c.method == REGISTER_METHOD]
    entries = entries_named(entered)
    for claim in chain(entered, reported(workspace)):
        if claim.subject.startswith("site:"):
            continue
        who = said.one(claim)
        if lists and not any(part.casefold() in str(who).casefold() for part in lists):
            continue
        searched[who.title, who.day] += 1
        subject = party_id(claim.subject, who.cause)
        one = known.setdefault(subject, Known(subject))
        _note(one, claim, str(who))
        if claim.predicate in ROLE_OF and isinstance(claim.value, dict):
            _note_party(known, party_of(claim.value, who.cause), entries, str(who))
    if not lists or any("ais".startswith(part.casefold()) for part in lists):
        count, span = _hear(workspace, known)
        searched["AIS", span] += count
    rows = [
        {"list": title, "day": day, "statements": count}
        for (title, day), count in sorted(searched.items(), key=str)
        if count
    ]
    return known, rows


def _note(one: Known, claim: Stated, who: str) -> None:
    """Add what a claim says of its subject."""
    value: dict[str, Any] = claim.value if isinstance(claim.value, dict) else {}
    kind, _, number = claim.subject.partition(":")
    if isinstance(value.get("schema"), str):
        one.schema = value["schema"]
    elif kind not in {"imo", "mmsi"}:
        one.schema = THING
    if kind in {"imo", "mmsi"}:
        _add(one.numbers[kind], number, who)
    _note_names(one, str(value.get("name") or (number if kind == "name" else "")), value, who)
    if claim.predicate == "identifiers":
        for told in value.get("identifiers", []):
            if told["kind"] in NUMBERS:
                _add(one.numbers[told["kind"]], told["value"], who)
    if claim.predicate == "flag" and value.get("kind") != "former":
        read = flag_of(value.get("note"))
        country = value.get("flag") or (read.country if read and read.kind == "stated" else None)
        if country and value.get("kind", "stated") == "stated":
            _add(one.flags, str(country), who)
    if claim.predicate == "listed":
        one.listings.append(_listing(claim, value, who))


def _note_party(
    known: dict[str, Known], party: Party | None, entries: Mapping[str, str], who: str
) -> None:
    """Add who owns or runs a ship: named by a source, though it states nothing else of it."""
    if party is None or party.schema == PERSON:
        return
    subject = entries.get(party.id, party.id)
    one = known.setdefault(subject, Known(subject, party.schema))
    for name in party.names:
        _add(one.names, name, who)


def _note_names(one: Known, printed: str, value: Mapping[str, Any], who: str) -> None:
    for name, role in names_in(printed):
        former = role == "former" or value.get("kind") == "former"
        _add(one.names, name, f"{who}, as a former name" if former else who)


def _add(where: dict[str, list[str]], key: str, who: str) -> None:
    if who not in where[key]:
        where[key].append(who)


def _listing(claim: Stated, value: Mapping[str, Any], who: str) -> dict[str, Any]:
    day = value.get("listed_on")
    if not isinstance(value.get("list"), dict) and claim.time is not None:
        day = claim.time.start.date().isoformat()
    return {
        "authority": value.get("authority") or value.get("note"), "listed_on": day,
        "delisted_on": value.get("delisted_on"), "programme": value.get("programme"), "said": who,
        "claim": claim.id,
    }  # fmt: skip


def _hear(workspace: Workspace, known: dict[str, Known]) -> tuple[int, str | None]:
    """Add what transponders called themselves; how many identities that is, and of when."""
    heard = (
        workspace.lake.statics()
        .group_by("mmsi", "imo", "name", "callsign")
        .agg(pl.col("at").min().alias("first"), pl.col("at").max().alias("last"))
        .sort("mmsi", "first", "name")
        .collect()
    )
    for row in heard.iter_rows(named=True):
        imo = row["imo"]
        well = imo is not None and imo_check(imo)
        subject = f"imo:{imo}" if well else f"mmsi:{row['mmsi']:09d}"
        one = known.setdefault(subject, Known(subject))
        who = f"AIS of {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
        if row["name"]:
            _add(one.names, row["name"], who)
        _add(one.numbers["mmsi"], f"{row['mmsi']:09d}", who)
        if well:
            _add(one.numbers["imo"], str(imo), who)
        if row["callsign"]:
            _add(one.numbers["callsign"], row["callsign"], who)
    if heard.is_empty():
        return 0, None
    first, last = heard.select(pl.col("first").min(), pl.col("last").max()).row(0)
    return heard.height, f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


Reasons = list[dict[str, Any]]


def _by_number(known: Mapping[str, Known], text: str) -> list[tuple[Known, Reasons]]:
    """Those that bear this very number or call sign."""
    plain = re.sub(r"(?i)^(imo|mmsi|call ?sign)[\s:]*", "", text.strip()).upper()
    found = []
    for one in known.values():
        reasons: Reasons = [
            {"what": kind, "text": plain, "ratio": None, "because": "the same number", "said": who}
            for kind, numbers in one.numbers.items()
            if (who := numbers.get(plain))
        ]
        if reasons:
            found.append((one, reasons))
    return found


def _by_name(known: Mapping[str, Known], text: str) -> Iterator[tuple[Known, Reasons]]:
    """Those of which a name is rather this one than another, the likest name of each."""
    for kind in Kind:
        wanted = read_name(text, kind)
        if wanted is None or not wanted.key:
            continue
        rows = [
            (one, name, read)
            for one in known.values()
            if kind in one.kinds
            for name in one.names
            if (read := read_name(name, kind)) is not None
        ]
        least = min(LEAST_RATIO[kind], LEAST_RATIO_WITHIN)
        near = nearest(wanted, [read for *_, read in rows], least_ratio=least, limit=500)
        by_owner: dict[str, Reasons] = defaultdict(list)
        owners: dict[str, Known] = {}
        for hit in near:
            one, name, read = rows[hit.index]
            if hit.ratio < LEAST_RATIO[kind] and not set(wanted.words) <= set(read.words):
                continue
            owners[one.subject] = one
            by_owner[one.subject].append(_reason(wanted, read, name, hit.ratio, one.names[name]))
        for subject, reasons in by_owner.items():
            yield owners[subject], reasons


def _reason(
    wanted: ReadName, read: ReadName, name: str, ratio: float, who: Iterable[str]
) -> dict[str, Any]:
    because = why(wanted, read, features_of(wanted, read))
    return {
        "what": "name", "text": name, "ratio": float(f"{ratio:.3g}"), "because": because,
        "said": list(who),
    }  # fmt: skip


def _candidate(one: Known, reasons: Reasons, held: Mapping[str, str]) -> dict[str, Any]:
    """One ship or company as shown, but for its flags, which only those shown are asked for."""
    checks = [_held(one, what, str(value)) for what, value in sorted(held.items())]
    by_number = [r for r in reasons if r["what"] != "name"]
    return {
        "subject": one.subject,
        "schema": one.schema,
        "names": dict(one.names),
        "ratio": max((r["ratio"] for r in reasons if r["ratio"] is not None), default=None),
        "reasons": reasons,
        "numbers": {kind: dict(found) for kind, found in one.numbers.items()},
        "a_ship": Kind.SHIP in one.kinds,
        "listings": one.listings,
        "checks": checks,
        "agree": sum(check["stands"] == "agrees" for check in checks) + len(by_number),
        "disagree": sum(check["stands"] == "disagrees" for check in checks),
        "several": {
            kind: sorted(found) for kind, found in one.numbers.items() if len(found) > 1
        },
    }  # fmt: skip


def _held(one: Known, what: str, value: str) -> dict[str, Any]:
    """Whether what is known of the one sought agrees with what is said of this one."""
    stated_: Mapping[str, list[str]] = one.flags if what == "flag" else one.numbers.get(what, {})
    wanted = (country_code(value) or value) if what == "flag" else value.upper()
    stands = "agrees" if wanted in stated_ else "disagrees" if stated_ else "not stated"
    return {"what": what, "value": wanted, "stands": stands, "stated": sorted(stated_)}


def _read_as(text: str) -> dict[str, Any]:
    """How a name was read, and what its reading cannot know."""
    read = read_name(text)
    if read is None:
        no_name = f"{text!r} is no name: it was looked up as a number and as a call sign only."
        return {"words": [], "numbers": [], "caution": no_name}
    caution: str | None = read.caution
    if not read.words and len(re.sub(r"\D", "", text)) not in {7, 9}:
        caution = "A number alone is no name: it was looked up as a number and as a call sign only."
    return {"words": list(read.words), "numbers": list(read.numbers), "caution": caution}


def _notes(
    text: str, shown: Sequence[Mapping[str, Any]], searched: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What must be said beside the table."""
    notes = []
    digits = re.sub(r"(?i)^imo[\s:]*", "", text.strip())
    if digits.isdigit() and len(digits) == 7:
        notes.append(imo_message(int(digits)))
    if not shown:
        nothing = "this workspace, which holds no list, no report of a ship and no AIS"
        where = f"what was searched ({counted(len(searched), 'source')}, each of its day)"
        notes.append(
            f"Not found in {where if searched else nothing}. "
            "Not found is not the same as not listed: other lists and days were not searched."
        )
    ships = [row for row in shown if row["schema"] in {"Vessel", THING}]
    if len(ships) > 1:
        notes.append(
            f"{len(ships)} ships here bear this name or one like it. A name does not say which is "
            "meant; an IMO number does, if it is that hull's."
        )
    elif ships and all(reason["what"] == "name" for reason in ships[0]["reasons"]):
        notes.append("Found by its name alone: that does not show that it is the ship meant.")
    return notes
