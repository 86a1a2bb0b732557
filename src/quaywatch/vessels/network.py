"""Who owns, manages and operates what, as lists and reports say it: parties, ties, listings.

Nothing is inferred here: a tie is a statement of a source, with the time it gives, or none. Two
companies of one name in two sources are two parties: that their names are alike is a tie of its own
kind. Of persons no more than the list's own number is kept; of crews nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import MappingProxyType
from typing import Any, Final

from quaywatch.vessels.names import Kind, ReadName, read_name
from quaywatch.vessels.names_likeness import features_of
from quaywatch.vessels.names_scripts import latin
from quaywatch.vessels.names_words import bits_of
from quaywatch.vessels.network_entries import entries_named
from quaywatch.vessels.register import ROLES
from quaywatch.vessels.said import Said, Stated

METHOD: Final = "network@2"
SAME_NAME: Final = "same-name"
SAME_ADDRESS: Final = "same-address"
SISTER: Final = "sister"
ADDRESS: Final = "address"
"""Predicate of an address as printed."""
ROLE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{role: role for role in ROLES if role not in {"insurer", "class"}},
        "operated-by": "operator", "owned-by": "owner", "managed-by": "manager",
        "chartered-by": "charterer",
    }
)  # fmt: skip
"""Predicates that are ties of control, and their role. Insurers and classes control nothing."""
_SCHEMA: Final = MappingProxyType({"imo": "Vessel", "mmsi": "Vessel"})
NAMES_COMPARED: Final = 4
"""Of each company: its first names; lists print dozens of acronyms."""
LONG_NAME: Final = 7
"""Letters below which a company's name is an acronym to us, and no tie."""
SPELT_ALIKE: Final = 0.75
"""Names of the same sounds but other letters are tied where they are so much alike."""
LEAST_BITS_TO_JOIN: Final = 8.0
"""Names of companies that tell less than this (SHIPPING CO) are no tie."""


@dataclass(frozen=True, slots=True)
class Party:
    """A ship, a company or a person."""

    id: str
    """``imo:…``, ``mmsi:…``, ``company:…``, ``entry:…`` or ``name:…``."""
    schema: str
    names: tuple[str, ...] = ()
    """As printed, the first source's first; former ones are in ``former``."""
    former: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How it is called in a sentence."""
        kind, _, number = self.id.partition(":")
        if self.schema == "Vessel":
            shown = f"{kind.upper()} {number}" if kind in _SCHEMA else "number not known"
            return f"{self.names[0]} ({shown})" if self.names else shown
        if self.schema == "Person":
            return f"a person ({number})"
        return self.names[0] if self.names else f"a company without a name ({number})"


@dataclass(frozen=True, slots=True)
class Tie:
    """A statement that one party is tied to another."""

    of: str
    """Whose owner, manager, operator …: id of a ship or a company."""
    to: str
    """Id of that owner, manager or operator."""
    role: str
    since: str | None
    """First and last day as the source says them, ISO 8601; None: it does not say."""
    until: str | None
    as_of: str | None
    """Day for which the source says that it holds; None where it says no more than once."""
    said: Said
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """That a party stands on a list."""

    party: str
    authority: str
    list_name: str
    listed_on: str | None
    delisted_on: str | None
    programme: str | None
    said: Said


@dataclass(frozen=True, slots=True)
class Network:
    """All of it."""

    parties: Mapping[str, Party]
    ties: tuple[Tie, ...]
    listings: tuple[Listing, ...]
    built: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    """What is stated of hulls, by ship: sizes, yard, hull number."""
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By claim id: the party that the claim is about."""
    entries: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Companies that one file of a list only names → their entry in another file of that list."""

    def listings_of(self, party: str) -> tuple[Listing, ...]:
        """Listings of a party, the earliest first."""
        mine = [one for one in self.listings if one.party == party]
        return tuple(sorted(mine, key=lambda one: (one.listed_on or "9999", one.said.claim)))

    def degree(self, party: str) -> int:
        """How many other parties statements tie it to; names and addresses alike are none."""
        return len(
            {
                tie.to if tie.of == party else tie.of
                for tie in self.ties
                if party in {tie.of, tie.to} and tie.role not in {SAME_NAME, SAME_ADDRESS}
            }
        )


def build_network(
    claims: Iterable[Stated], said: Mapping[str, Said], *, entries: Mapping[str, str] | None = None
) -> Network:
    """The network that claims state.

    Args:
        claims: of registers, lists and claims files; others are passed over.
        said: by claim id, which list or document of which day says it.
        entries: companies that are named → their entries; None: as these claims have them.

    """
    claims = tuple(claims)
    entries = entries_named(claims) if entries is None else entries
    names: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    schemata: dict[str, str] = {}
    countries: dict[str, dict[str, None]] = defaultdict(dict)
    ties: list[Tie] = []
    listings: list[Listing] = []
    hulls: dict[str, dict[str, Any]] = defaultdict(dict)
    about: dict[str, str] = {}
    for claim in claims:
        value = claim.value if isinstance(claim.value, dict) else {}
        who = said[claim.id]
        subject = party_id(claim.subject, who.cause)
        subject = entries.get(subject, subject)
        about[claim.id] = subject
        schemata.setdefault(subject, _schema(subject, value))
        _note_name(names[subject], claim, value)
        if claim.predicate in ROLE_OF:
            tie, other = _tie(claim, value, subject, who)
            if tie is None or other is None:
                continue
            if other.id in entries:
                other = replace(other, id=entries[other.id])
                tie = replace(tie, to=other.id)
            ties.append(tie)
            schemata.setdefault(other.id, other.schema)
            names[other.id] += [(name, False) for name in other.names]
            countries[other.id] |= dict.fromkeys(other.countries)
        elif claim.predicate == "listed":
            listings.append(_listing(claim, value, subject, who))
        elif claim.predicate in {"built", "dimensions", "deadweight"}:
            hulls[subject] |= {k: v for k, v in value.items() if k not in {"list", "entry"}}
    parties = {
        key: Party(
            key, schemata[key], _once(n for n, old in names[key] if not old),
            _once(n for n, old in names[key] if old), tuple(countries[key]),
        )
        for key in sorted(schemata)
    }  # fmt: skip
    parties = {key: _named_by_id(party) for key, party in parties.items()}
    ties += same_addresses(claims, said)
    ties += same_names(parties, ties, listings)
    return Network(
        MappingProxyType(parties),
        tuple(ties),
        tuple(listings),
        MappingProxyType(dict(hulls)),
        MappingProxyType(about),
        MappingProxyType(dict(entries)),
    )


def party_id(subject: str, cause: str) -> str:
    """The id under which a party stands; one that has but a name is told apart by its source.

    Inside one source a name loses its dress: Co Ltd and Co., Ltd. are one company there.

    Examples:
        >>> party_id("name:Kind Glory Shipping Co., Ltd.", "source:ab12")
        'name:KIND GLORY SHIPPING|source:ab12'
        >>> party_id("imo:1059149", "source:ab12")
        'imo:1059149'

    """
    kind, _, text = subject.partition(":")
    if kind != "name":
        return subject
    read = read_name(text, Kind.COMPANY)
    plain = (
        text.strip().upper() if read is None else " ".join([*read.words, *map(str, read.numbers)])
    )
    return f"name:{plain}|{cause}"


def _schema(subject: str, value: Mapping[str, Any]) -> str:
    told = value.get("schema")
    if isinstance(told, str):
        return told
    return _SCHEMA.get(subject.partition(":")[0], "Company")


def _note_name(names: list[tuple[str, bool]], claim: Stated, value: Mapping[str, Any]) -> None:
    name = value.get("name")
    if isinstance(name, str) and name:
        former = claim.predicate == "name" and value.get("kind") == "former"
        names.append((name, former))
    elif claim.subject.startswith("name:"):
        names.append((claim.subject.removeprefix("name:"), False))


def _named_by_id(party: Party) -> Party:
    if party.names or not party.id.startswith("name:"):
        return party
    return replace(party, names=(party.id.removeprefix("name:").partition("|")[0].title(),))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _tie(
    claim: Stated, value: Mapping[str, Any], subject: str, who: Said
) -> tuple[Tie | None, Party | None]:
    """The tie that a claim states, and the other party of it."""
    told = value.get("party")
    other = party_of(value, who.cause)
    if other is None or other.id == subject:
        return None, None
    since, until = value.get("from"), value.get("until")
    as_of = who.day
    if not isinstance(value.get("list"), dict):
        since, until, as_of = _period(claim, since, until)
    role = ROLE_OF[claim.predicate]
    return Tie(subject, other.id, role, since, until, as_of, who, _printed(told)), other


def party_of(value: Mapping[str, Any], cause: str) -> Party | None:
    """The other party of a tie, as the value of its claim names it; None where it names none.

    Args:
        value: of a claim with a predicate of ``ROLE_OF``.
        cause: source of the claim, within which one name is one company.

    """
    told = value.get("party")
    if isinstance(told, dict):
        return _party(told)
    return _party_of_text(told or value.get("note"), cause)


def _party(told: Mapping[str, Any]) -> Party | None:
    subject, name = told.get("subject"), told.get("name")
    if told.get("person"):
        return Party(f"person:{told.get('entry') or 'not named'}", "Person")
    if not isinstance(subject, str):
        return None
    country = told.get("country")
    return Party(
        subject, "Company", (str(name),) if name else (), countries=(country,) if country else ()
    )


def _party_of_text(text: object, cause: str) -> Party | None:
    if not isinstance(text, str) or not text.strip():
        return None
    if text.partition(":")[0] in {"imo", "mmsi", "company", "entry"}:
        return Party(text.strip(), _SCHEMA.get(text.partition(":")[0], "Company"))
    name = text.strip().removeprefix("name:")
    return Party(party_id(f"name:{name}", cause), "Company", (name,))


def _printed(told: object) -> str | None:
    printed = told.get("printed") if isinstance(told, dict) else None
    return printed if isinstance(printed, str) else None


def _period(
    claim: Stated, since: str | None, until: str | None
) -> tuple[str | None, str | None, str | None]:
    """Period of a tie in a claims file: a span is from and until, a day is when it held."""
    if claim.time is None or since or until:
        return since, until, None
    first, last = claim.time.start, claim.time.end
    if claim.time.duration.days <= 1:
        return None, None, first.date().isoformat()
    # The end is the first instant no longer meant.
    return first.date().isoformat(), (last - last.resolution).date().isoformat(), None


def _listing(claim: Stated, value: Mapping[str, Any], subject: str, who: Said) -> Listing:
    said_list = value.get("list")
    if isinstance(said_list, dict):
        return Listing(
            subject, str(value.get("authority") or said_list.get("authority") or who.title),
            str(said_list.get("name") or who.title), value.get("listed_on"),
            value.get("delisted_on"), value.get("programme"), who,
        )  # fmt: skip
    authority = str(value.get("authority") or value.get("note") or "an authority that is not named")
    day = claim.time.start.date().isoformat() if claim.time is not None else None
    return Listing(subject, authority, f"as reported in {who.title}", day, None, None, who)


def same_addresses(claims: Iterable[Stated], said: Mapping[str, Said]) -> list[Tie]:
    """Ties between parties that sources put at one address, letter for letter but for its dress."""
    homes: dict[str, dict[str, Said]] = defaultdict(dict)
    for claim in claims:
        value = claim.value if isinstance(claim.value, dict) else {}
        printed = value.get("address") or value.get("note")
        if claim.predicate == ADDRESS and isinstance(printed, str):
            plain = "".join(sign for sign in latin(printed) if sign != " ")
            who = said[claim.id]
            homes[plain].setdefault(party_id(claim.subject, who.cause), who)
    return [
        Tie(one, other, SAME_ADDRESS, None, None, None, home[other])
        for plain, home in sorted(homes.items())
        if len(plain) >= LONG_NAME
        for one, other in combinations(sorted(home), 2)
    ]


def same_names(
    parties: Mapping[str, Party], ties: Sequence[Tie], listings: Sequence[Listing]
) -> list[Tie]:
    """Ties between companies of one name in several sources: that they are one is not shown.

    Only names spelt or sounding the same, with the same numbers, that tell enough to be a name.
    Two entries of one list are two parties there, whatever they are called: no tie.
    """
    told = {one.party: one.said for one in listings}
    for tie in ties:
        told.setdefault(tie.to, tie.said)
        told.setdefault(tie.of, tie.said)
    alike: dict[tuple[str, tuple[int, ...]], list[tuple[str, ReadName]]] = defaultdict(list)
    for party in parties.values():
        if party.schema not in {"Vessel", "Person"} and party.id in told:
            for name in party.names[:NAMES_COMPARED]:
                read = read_name(name, Kind.COMPANY)
                if read is not None and _tells(read):
                    alike[read.sounds, read.numbers].append((party.id, read))
    pairs = {
        (min(one, other), max(one, other)): None
        for group in alike.values()
        for (one, mine), (other, theirs) in combinations(group, 2)
        if one != other and not _one_list(one, other) and _one_spelling(mine, theirs)
    }
    return [Tie(*pair, SAME_NAME, None, None, None, told[pair[1]]) for pair in sorted(pairs)]


def _one_list(one: str, other: str) -> bool:
    """Whether one list has an entry of each, and so tells them apart."""
    lists = [
        key.rpartition("/")[0] if key.startswith("entry:") and "/name-" not in key else None
        for key in (one, other)
    ]
    return lists[0] is not None and lists[0] == lists[1]


def _tells(name: ReadName) -> bool:
    """Whether a name tells enough to be a tie: an acronym (KCB, PCC) or SHIPPING CO does not."""
    bits = bits_of(name.words, name.kind)
    return bits >= LEAST_BITS_TO_JOIN and len(name.key) >= LONG_NAME


def _one_spelling(one: ReadName, other: ReadName) -> bool:
    """Whether two names of the same sounds are the same letters, or long and nearly the same."""
    if one.key == other.key:
        return True
    spelt = features_of(one, other).spelt
    return spelt >= SPELT_ALIKE
