"""Positions and times as a user types them: named, never bare pairs."""

from dataclasses import dataclass

from quaywatch.errors import ArgumentError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.geo.position import Position


@dataclass(frozen=True, slots=True)
class When:
    """A position with its time and whatever else was named."""

    position: Position
    time: TimeInterval
    extra: dict[str, float]


def fields(text: str, *, flag: str, known: tuple[str, ...]) -> dict[str, str]:
    """Split ``name=value,name=value``; a field that is unknown or twice there is refused.

    Raises:
        ArgumentError: a part is no ``name=value``, or its name is not known here.

    Examples:
        >>> fields("lon=125.39,lat=38.72", flag="--from", known=("lon", "lat"))
        {'lon': '125.39', 'lat': '38.72'}

    """
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise ArgumentError(flag=flag, fact=f"{part.strip()!r} is not name=value")
        if name not in known:
            raise ArgumentError(flag=flag, fact=f"{name!r} is none of {', '.join(known)}")
        if name in found:
            raise ArgumentError(flag=flag, fact=f"{name!r} is given twice")
        found[name] = value
    return found


def number(text: str, *, flag: str, name: str) -> float:
    """A number of a field.

    Raises:
        ArgumentError: it is none.

    """
    try:
        return float(text)
    except ValueError as err:
        raise ArgumentError(flag=flag, fact=f"{name}={text!r} is not a number") from err


def position(text: str, *, flag: str) -> Position:
    """``lon=…,lat=…`` as a position.

    Raises:
        ArgumentError: a field is missing, unknown or no number.
        PositionError: it is not on Earth.

    Examples:
        >>> position("lon=125.39,lat=38.72", flag="--from")
        Position(lon=125.39, lat=38.72)

    """
    return _position(fields(text, flag=flag, known=("lon", "lat")), flag=flag)


def when(text: str, *, flag: str, extra: tuple[str, ...] = ()) -> When:
    """``at=…,lon=…,lat=…`` as a position with its time, and any of the numbers in ``extra``.

    Raises:
        ArgumentError: a field is missing, unknown or no number.
        PositionError: the position is not on Earth.
        TimeError: ``at`` is no time, or has no zone.

    Examples:
        >>> when("at=2025-02-03,lon=125.4,lat=38.7", flag="--sighting").time.duration.days
        1

    """
    given = fields(text, flag=flag, known=("at", "lon", "lat", *extra))
    if "at" not in given:
        raise ArgumentError(flag=flag, fact="at=… is missing")
    numbers = {name: number(given[name], flag=flag, name=name) for name in extra if name in given}
    return When(_position(given, flag=flag), TimeInterval.parse(given["at"]), numbers)


def _position(given: dict[str, str], *, flag: str) -> Position:
    for name in ("lon", "lat"):
        if name not in given:
            raise ArgumentError(flag=flag, fact=f"{name}=… is missing")
    lon, lat = (number(given[name], flag=flag, name=name) for name in ("lon", "lat"))
    return Position(lon, lat)
