"""What an export may contain of a source: its bytes, and pictures made from them.

Facts read out of a source (a position, a date, a short sentence with its credit) are stated in the
records whatever the licence of the file. The file itself, and anything cut out of it that stands
in its place, go out only where the terms on record allow it: what we do not know to be allowed is
not allowed. Nothing here is legal advice; it reads the name of a licence, and no further.
"""

from dataclasses import dataclass

from quaywatch.cases.film_terms import permission
from quaywatch.evidence.record import Source


@dataclass(frozen=True, slots=True)
class ExportTerms:
    """What may leave of one source."""

    bytes_allowed: bool
    """The file itself, unchanged."""
    derived_allowed: bool
    """Pictures and tables cut out of it."""
    why: str
    """What allows or forbids it, as printed."""


def export_terms(source: Source) -> ExportTerms:
    """Whether the bytes of a source, and pictures made from them, may be in an export.

    Examples:
        >>> from datetime import UTC, datetime
        >>> def of(licence, passed_on=None):
        ...     known = {"licence": licence, "redistributable": passed_on}
        ...     unknown = {k: "not stated" for k, v in known.items() if v is None}
        ...     return export_terms(Source(sha256="0" * 64, size_bytes=1, name="a.tif",
        ...         media="imagery", received_at=datetime(2025, 1, 1, tzinfo=UTC), provider="P",
        ...         credit="P", unknown=unknown, **known))
        >>> of("CC-BY-4.0").bytes_allowed, of("CC-BY-ND-4.0").derived_allowed
        (True, False)
        >>> of("CC-BY-ND-4.0").bytes_allowed, of(None).bytes_allowed
        (True, False)
        >>> of("CC-BY-4.0", passed_on=False).why
        'it was entered as not to be passed on'

    """
    if source.redistributable is False:
        return ExportTerms(
            bytes_allowed=False, derived_allowed=False, why="it was entered as not to be passed on"
        )
    if source.licence is None and not source.redistributable:
        return ExportTerms(
            bytes_allowed=False, derived_allowed=False, why="its licence is not known"
        )
    licence = source.licence or "the terms it was entered under"
    derived = permission(licence, redistributable=source.redistributable)
    if derived.allowed:
        return ExportTerms(bytes_allowed=True, derived_allowed=True, why=derived.why)
    # A licence that forbids derivatives still lets the file itself be passed on unchanged.
    parts = set(licence.lower().replace("_", "-").replace(" ", "-").split("-"))
    whole = "cc" in parts and bool(parts & {"nd", "noderivatives", "noderivs"})
    why = derived.why.replace("and a film is one", "and a picture cut out of it is one")
    return ExportTerms(bytes_allowed=whole, derived_allowed=False, why=why)
