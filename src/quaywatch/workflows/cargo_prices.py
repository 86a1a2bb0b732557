"""Prices of a workspace: the user's own file, kept as a source when a value rests on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.prices import DOCUMENTED, Price, Priced, parse_prices, price_for

NAMES: Final = ("prices.toml", "prices.csv")
"""Files that a user may lay beside ``quaywatch.toml``."""
NO_COMMODITY: Final = "What was carried is not known, so no price can be chosen: no value stated."


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices known in a workspace, and the bytes that they were read from."""

    known: tuple[Price, ...]
    """Of the user's files."""
    files: tuple[tuple[str, bytes], ...] = ()
    """Name and bytes of each."""


def prices_of(workspace: Workspace) -> Prices:
    """Prices of ``prices.toml`` and ``prices.csv`` in the folder of a workspace, if there.

    Raises:
        PricesFileError: one of them cannot be used.

    """
    known: list[Price] = []
    files: list[tuple[str, bytes]] = []
    for name in NAMES:
        path = workspace.root / name
        if path.is_file():
            text = path.read_bytes()
            known += parse_prices(text, name=name)
            files.append((name, text))
    return Prices(tuple(known), tuple(files))


def choose(prices: Prices, commodity: str | None, on: date | None, *, only: str | None) -> Priced:
    """The price of a commodity on a day; a documented point only where it is named.

    Args:
        prices: of the workspace.
        commodity: as the prices name it; None: not known, unless a price is named.
        on: day of the cargo.
        only: id of the price to take, of the user's or of ``DOCUMENTED``.

    """
    named = [p for p in (*prices.known, *DOCUMENTED) if p.id == only]
    if named:
        return price_for(named, named[0].commodity, on, only=only)
    if commodity is None:
        return Priced(None, NO_COMMODITY)
    return price_for(prices.known, commodity, on, only=only)


def one_price(found: Sequence[Priced]) -> Priced:
    """One price found for several voyages, with all that is to be said of it."""
    caveats = tuple(dict.fromkeys(text for priced in found for text in priced.caveats))
    return Priced(found[0].price, found[0].reason, caveats)


def source_of(workspace: Workspace, prices: Prices, price: Price, *, now: datetime) -> list[Source]:
    """The file that a price was read from, as a source; its bytes are kept. Empty for a point."""
    for name, text in prices.files:
        if price in parse_prices(text, name=name):
            workspace.evidence.put_object(text)
            return [
                Source(
                    sha256=sha256(text).hexdigest(), size_bytes=len(text), name=name,
                    media="prices", received_at=now, provider="the analyst",
                    credit="the analyst", redistributable=True,
                    unknown={"licence": "the analyst's own list; each price names its source"},
                )
            ]  # fmt: skip
    return []


def priced_again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Priced:
    """The price that a claim was made with, read again from the bytes of its file.

    A price that its file no longer gives is none.
    """
    said = claim.parameters.get("price")
    caveats = claim.parameters.get("caveats")
    if not isinstance(said, dict):
        reason = claim.parameters.get("price_reason")
        return Priced(None, str(reason))
    wanted = Price.from_json(said)
    held = list(DOCUMENTED)
    for record in inputs:
        if isinstance(record, Source) and record.media == "prices":
            text = workspace.evidence.read_object(record.sha256)
            held += parse_prices(text, name=record.name)
    if wanted not in held:
        return Priced(None, "The price is not in the file that the claim names.")
    return Priced(wanted, None, tuple(map(str, caveats)) if isinstance(caveats, list) else ())
