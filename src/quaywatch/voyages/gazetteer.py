"""Ports by name and country, from a position: the nearest named one, what else it may be, or why.

A name is a label for readers, not a finding: the nearest name within a stated distance, its
source, and the others that are nearly as near, above all those of another country.
"""

from dataclasses import dataclass

from quaywatch.geo.position import Position


@dataclass(frozen=True, slots=True)
class NamedPort:
    """An entry of a gazetteer, as seen from a position."""

    name: str
    country: str | None
    """ISO 3166-1 alpha-2; None: not in the source."""
    locode: str | None
    """UN/LOCODE, five letters; None: not in the source."""
    apart_km: float
    """Along the geodesic from the position asked about."""
    source: str
    """Which list, with its edition."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened, with the name people know it by, if one is near enough."""

    position: Position
    port: str | None = None
    """Id in the table of ports that a call was found with; None: from elsewhere."""
    name: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    locode: str | None = None
    apart_km: float | None = None
    """From the position to where the gazetteer puts the name."""
    source: str | None = None
    alternatives: tuple[NamedPort, ...] = ()
    """Other names that the position may belong to, nearest first."""
    reason: str | None = None
    """Why there is no name, or what is doubtful about it."""
