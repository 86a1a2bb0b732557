"""OpenSanctions' plain tables: ``maritime.csv`` and ``targets.simple.csv``.

Both are extracts: they name ships, companies and the data sets that list them, and say less than
the lists do. Which programme, since when and why stands in the entities and the lists themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from quaywatch.vessels.register import VESSEL, Identifier, Listing, Name, RegisterEntry, Rejected
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_text import (
    clean,
    company_imo_of,
    date_of,
    imo_of,
    mmsi_of,
    text_identifier,
    values_of,
)

AUTHORITY: Final = "as collected by OpenSanctions"
_SANCTIONED: Final = "sanction"
Row = Mapping[str, str]


def read_maritime(rows: Iterable[Row]) -> Iterator[RegisterEntry | Rejected]:
    """Entries of ``maritime.csv``: type, caption, imo, risk, countries, flag, mmsi, id, datasets.

    ``risk`` is kept as printed, with the data set; what is only of interest is no designation.

    Examples:
        >>> row = {"type": "VESSEL", "caption": "ARTAVIL", "imo": "IMO9187629", "id": "Q1",
        ...     "risk": "sanction", "flag": "ir", "datasets": "us_ofac_sdn;eu_fsf"}
        >>> [listing.list_key for listing in next(read_maritime([row])).listings]
        ['opensanctions/us_ofac_sdn', 'opensanctions/eu_fsf']

    """
    for number, row in enumerate(rows, start=2):
        ship = (row.get("type") or "").strip().upper() == "VESSEL"
        risk = values_of(row.get("risk"))
        listings = [
            _listing(one, "; ".join(risk))
            for one in values_of(row.get("datasets"))
            if any(_SANCTIONED in word for word in risk)
        ]
        yield _entry(row, number, ship=ship, caption=row.get("caption"), listings=listings)


def read_targets(rows: Iterable[Row]) -> Iterator[RegisterEntry | Rejected]:
    """Ships and companies of ``targets.simple.csv``.

    Identifiers stand in one cell without saying which is which: an IMO number or an MMSI is taken
    for one only where the cell says so, or its own check digit and form leave nothing else.
    """
    for number, row in enumerate(rows, start=2):
        schema = (row.get("schema") or "").strip()
        if schema == "Person":
            yield Rejected(f"row {number}", "person", "natural persons are not kept")
        elif schema not in {VESSEL, "Company", "Organization", "LegalEntity", "PublicBody"}:
            yield Rejected(f"row {number}", "schema", f"{schema or 'nothing'} is not kept")
        else:
            programmes = "; ".join(values_of(row.get("program_ids"))) or None
            sanctions = "; ".join(values_of(row.get("sanctions"))) or None
            listings = [
                _listing(one, sanctions, programmes, date_of(row.get("first_seen")))
                for one in values_of(row.get("dataset"))
                if sanctions or programmes
            ]
            yield _entry(
                row, number, ship=schema == VESSEL, caption=row.get("name"), listings=listings
            )


def _listing(
    dataset: str, measure: str | None, programme: str | None = None, seen: str | None = None
) -> Listing:
    key = dataset.casefold().replace(" ", "-")
    return Listing(
        AUTHORITY, f"opensanctions/{key}", dataset, programme=programme, measure=measure,
        reason=None if seen is None else f"First seen there by OpenSanctions on {seen}.",
    )  # fmt: skip


def _entry(
    row: Row, number: int, *, ship: bool, caption: str | None, listings: list[Listing]
) -> RegisterEntry | Rejected:
    where, name = f"row {number}", clean(caption)
    raw = ",".join(str(cell or "") for cell in row.values())
    numbers = list(_numbers(row, ship=ship))
    if name is None and not numbers:
        return Rejected(where, "no-name-no-number", "it has neither a name nor a number", raw)
    names = [Name(name)] if name else []
    names += [Name(text, "alias") for text in values_of(row.get("aliases")) if text != name]
    flags = [flag_of(text) for text in values_of(row.get("flag"))] if ship else []
    countries = [country_code(text) for text in values_of(row.get("countries"))]
    return RegisterEntry(
        entry_id=clean(row.get("id")) or where,
        locator=where,
        schema=VESSEL if ship else "Organization",
        names=tuple(names),
        flags=tuple(flag for flag in flags if flag is not None),
        identifiers=tuple({(one.kind, one.value): one for one in numbers}.values()),
        listings=tuple(listings),
        countries=tuple(code for code in countries if code and not ship),
        remarks=clean(row.get("risk")),
        raw=raw if len(raw) <= 8_000 else None,
    )


def _numbers(row: Row, *, ship: bool) -> Iterator[Identifier]:
    for text in values_of(row.get("imo")):
        if (one := imo_of(text) if ship else company_imo_of(text)) is not None:
            yield one
    for text in values_of(row.get("mmsi")):
        if (one := mmsi_of(text)) is not None:
            yield one
    for text in values_of(row.get("identifiers")):
        imo = imo_of(text) if ship else company_imo_of(text)
        mmsi = mmsi_of(text) if ship and text.isdigit() else None
        if (
            imo is not None
            and imo.well_formed
            and text.upper().removeprefix("IMO").strip().isdigit()
        ):
            yield imo
        elif mmsi is not None and mmsi.well_formed:
            yield mmsi
        elif (other := text_identifier("other", text)) is not None:
            yield other
