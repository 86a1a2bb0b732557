"""Lists that are published as XML: OFAC's (plain and advanced), the UN's and the EU's.

Elements are taken one after the other and let go, so that a list of any length fits. Names of
elements are compared without their namespaces, which have changed over the years.

Source:
    OFAC, SDN XML and Sanctions Data Model (SDN_ADVANCED.XML) schemata; UN Security Council,
    consolidated list XML schema; European Commission, FSF consolidated list export 1.1.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final, Literal
from xml.etree import ElementTree as ET

from quaywatch.vessels.register import (
    VESSEL,
    Identifier,
    Listing,
    Name,
    NameKind,
    Particulars,
    Party,
    RegisterEntry,
    Rejected,
)
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_eu import FsfEntity
from quaywatch.vessels.register_ofac import AUTHORITY, CONSOLIDATED, SDN, Remarks
from quaywatch.vessels.register_text import clean, date_of, imo_of, number_of, text_identifier

UN: Final = ("un/consolidated", "UN Security Council Consolidated List")
_IMO: Final = re.compile(r"(?i)\bIMO\b[^0-9]{0,20}(\d{7})\b")
_FORMER: Final = re.compile(r"(?i)f\.?k\.?a|former")


def bare(tag: object) -> str:
    """A tag without its namespace."""
    return str(tag).rpartition("}")[2]


def root_of(file: BinaryIO) -> dict[str, str]:
    """Name (under ``""``) and attributes of the outermost element."""
    for _, element in _parsed(file, "start"):
        return {"": bare(element.tag), **{bare(name): told for name, told in element.items()}}
    raise ET.ParseError


def _parsed(file: BinaryIO, *events: Literal["start", "end"]) -> Iterator[tuple[str, ET.Element]]:
    # expat itself refuses entities that grow beyond measure, and nothing here is fetched.
    return iter(ET.iterparse(file, events=events))  # noqa: S314  (as above)


def texts(element: ET.Element, *path: str) -> list[str]:
    """Texts of the elements at a path below one, placeholders left out."""
    found = [element]
    for name in path:
        found = [child for one in found for child in one if bare(child.tag) == name]
    return [text for one in found if (text := clean(one.text))]


def text(element: ET.Element, *path: str) -> str | None:
    """The first of them."""
    return next(iter(texts(element, *path)), None)


def children(element: ET.Element, *path: str) -> list[ET.Element]:
    """The elements at a path below one."""
    found = [element]
    for name in path:
        found = [child for one in found for child in one if bare(child.tag) == name]
    return found


def elements(file: BinaryIO, *names: str) -> Iterator[ET.Element]:
    """Elements of those names, each let go once it was used."""
    depth = 0
    for event, element in _parsed(file, "start", "end"):
        wanted = bare(element.tag) in names
        depth += wanted if event == "start" else 0
        if event == "end":
            depth -= wanted
            if wanted and depth == 0:
                yield element
            if depth == 0:
                element.clear()


def sdn_day(file: BinaryIO) -> str | None:
    """Day of publication of OFAC's plain XML."""
    for element in elements(file, "publshInformation", "sdnEntry"):
        return date_of(text(element, "Publish_Date"), first="month")
    return None


def read_sdn_xml(
    file: BinaryIO, *, consolidated: bool = False
) -> Iterator[RegisterEntry | Rejected]:
    """Entries of OFAC's plain XML.

    Args:
        file: ``SDN.XML`` or ``CONSOLIDATED.XML``, unpacked.
        consolidated: it is the list of those that are not SDNs.

    """
    listed = CONSOLIDATED if consolidated else SDN
    for element in elements(file, "sdnEntry"):
        uid, kind = text(element, "uid"), (text(element, "sdnType") or "").casefold()
        where, name = f"uid {uid}", text(element, "lastName")
        if kind == "individual":
            yield Rejected(where, "person", "natural persons are not kept")
        elif kind == "aircraft":
            yield Rejected(where, "aircraft", "aircraft are not kept")
        elif uid is None or name is None:
            yield Rejected(where, "no-name-no-number", "it has no number or no name")
        else:
            yield _sdn_entry(element, uid, name, ship=kind == "vessel", listed=listed)


def _sdn_entry(
    element: ET.Element, uid: str, name: str, *, ship: bool, listed: tuple[str, str]
) -> RegisterEntry:
    told = Remarks(ship=ship)
    remarks = text(element, "remarks")
    for part in (remarks or "").split(";"):
        told.take(part.strip().rstrip("."))
    for number in children(element, "idList", "id"):
        kind, value = text(number, "idType") or "", text(number, "idNumber") or ""
        country = text(number, "idCountry")
        shown = f"{value} ({country})" if country and "Registration" in kind else value
        told.take(f"{kind.rstrip(':- ')} {shown}")
    names = [Name(name), *told.names]
    for aka in children(element, "akaList", "aka"):
        if other := text(aka, "lastName"):
            weak = (text(aka, "category") or "") == "weak"
            kind_of: NameKind = "weak-alias" if weak else "alias"
            former = _FORMER.search(text(aka, "type") or "") is not None
            names.append(Name(other, "former" if former else kind_of))
    listing = Listing(
        AUTHORITY, *listed, "; ".join(texts(element, "programList", "program")) or None, uid
    )
    entry = RegisterEntry(
        entry_id=uid,
        locator=f"uid {uid}",
        schema=VESSEL if ship else "Organization",
        names=tuple({(n.text, n.kind): n for n in names}.values()),
        identifiers=_once(told.identifiers),
        parties=tuple(told.parties),
        listings=(listing,),
        remarks=remarks,
        notes=tuple(told.notes),
        countries=tuple(
            dict.fromkeys(
                code
                for country in texts(element, "addressList", "address", "country")
                if not ship and (code := country_code(country))
            )
        ),
    )
    return _with_vessel_info(entry, element, told) if ship else entry


def _with_vessel_info(entry: RegisterEntry, element: ET.Element, told: Remarks) -> RegisterEntry:
    call = text_identifier("callsign", text(element, "vesselInfo", "callSign") or "")
    flag = flag_of(text(element, "vesselInfo", "vesselFlag"))
    owner = text(element, "vesselInfo", "vesselOwner")
    return replace(
        entry,
        flags=tuple(dict.fromkeys([*([flag] if flag else []), *told.flags])),
        identifiers=_once([*([call] if call else []), *told.identifiers]),
        parties=(
            *((Party("owner", owner, printed="Vessel Owner"),) if owner else ()),
            *entry.parties,
        ),
        particulars=Particulars(
            ship_type=text(element, "vesselInfo", "vesselType") or next(iter(told.types), None),
            built=told.built,
            deadweight_t=number_of(text(element, "vesselInfo", "tonnage")),
            gross_tonnage=number_of(text(element, "vesselInfo", "grossRegisteredTonnage")),
        ),
    )


def read_un_xml(file: BinaryIO) -> Iterator[RegisterEntry | Rejected]:
    """Entities of the UN consolidated list. Ships among them are told by an IMO number and words.

    The 1718 Committee lists ships in a document of its own, not in this file.
    """
    for element in elements(file, "INDIVIDUAL", "ENTITY"):
        number = text(element, "DATAID") or "?"
        where = f"DATAID {number}"
        if bare(element.tag) == "INDIVIDUAL":
            yield Rejected(where, "person", "natural persons are not kept")
            continue
        name = text(element, "FIRST_NAME")
        if name is None:
            yield Rejected(where, "no-name-no-number", "it has no name")
            continue
        yield _un_entity(element, number, name)


def _un_entity(element: ET.Element, number: str, name: str) -> RegisterEntry:
    comments = " ".join(texts(element, "COMMENTS1")) or None
    reference = text(element, "REFERENCE_NUMBER")
    names = [Name(name)]
    if original := text(element, "NAME_ORIGINAL_SCRIPT"):
        names.append(Name(original, "alias"))
    for alias in children(element, "ENTITY_ALIAS"):
        quality = (text(alias, "QUALITY") or "").casefold()
        if other := text(alias, "ALIAS_NAME"):
            former = _FORMER.search(quality) is not None
            kind: NameKind = "weak-alias" if "low" in quality else "alias"
            names.append(Name(other, "former" if former else kind))
    found = _IMO.search(f"{name} {comments or ''}")
    imo = imo_of(found[1]) if found else None
    ship = imo is not None and bool(imo.well_formed) and _names_a_ship(name, comments)
    listing = Listing(
        "UN",
        *UN,
        programme=text(element, "UN_LIST_TYPE"),
        designation=reference,
        listed_on=date_of((text(element, "LISTED_ON") or "")[:10]),
    )
    return RegisterEntry(
        entry_id=reference or number,
        locator=f"DATAID {number}",
        schema=VESSEL if ship else "LegalEntity",
        names=tuple({n.text: n for n in names}.values()),
        identifiers=(imo,) if ship and imo is not None else (),
        listings=(listing,),
        countries=tuple(
            dict.fromkeys(
                code
                for country in texts(element, "ENTITY_ADDRESS", "COUNTRY")
                if not ship and (code := country_code(country))
            )
        ),
        remarks=comments,
    )


def _names_a_ship(name: str, comments: str | None) -> bool:
    """The words must be about the entity itself; a company that runs a ship is none."""
    about = re.match(r"(?i)\s*(?:vessel|ship|m/?v|mt|tanker|cargo ship)\b", comments or "")
    return about is not None or re.match(r"(?i)(?:m/?v|m/?t|vessel)\b", name) is not None


def read_fsf_xml(file: BinaryIO) -> Iterator[RegisterEntry | Rejected]:
    """Entities of the EU's consolidated list as XML."""
    for element in elements(file, "sanctionEntity"):
        entity = FsfEntity(element.get("logicalId") or "?")
        entity.reference = clean(element.get("euReferenceNumber"))
        entity.designated_on = date_of(element.get("designationDate"))
        for one in children(element, "subjectType"):
            entity.kind = one.get("classificationCode") or one.get("code") or ""
        for one in children(element, "nameAlias"):
            entity.name(clean(one.get("wholeName")), strong=one.get("strong") != "false")
        for one in children(element, "identification"):
            if number := clean(one.get("number")):
                kinds = ("identificationTypeCode", "identificationTypeDescription")
                kind = " ".join(one.get(name) or "" for name in kinds).strip()
                entity.numbers[kind, number] = (kind, number)
        for one in children(element, "regulation"):
            entity.regulation(
                clean(one.get("programme")),
                clean(one.get("numberTitle")),
                date_of(one.get("entryIntoForceDate")),
            )
        for one in children(element, "address"):
            if code := country_code(one.get("countryIso2Code") or one.get("countryDescription")):
                entity.countries[code] = None
        for remark in texts(element, "remark"):
            entity.remarks[remark] = None
        yield entity.entry(f"logicalId {entity.entry_id}")


def _once(identifiers: list[Identifier]) -> tuple[Identifier, ...]:
    return tuple({(one.kind, one.value): one for one in identifiers}.values())
