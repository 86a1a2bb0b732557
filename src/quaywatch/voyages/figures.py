"""Figures as somebody prints them, no sharper than their words and digits."""

from dataclasses import dataclass
from typing import Final, Literal

from quaywatch.errors import CargoInputError

REGISTER_SIGMA: Final = 0.02
"""Error of a deadweight, as a share: registers give that of another load line, or an old one."""
Sense = Literal["stated", "about", "over", "at-least", "reference"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that somebody states, in the unit of what it is a figure of."""

    low: float
    high: float
    """It lies anywhere between the two, as the words leave it."""
    source: str
    """Who states it: the id of a claim, or a title."""
    sense: Sense = "stated"
    """``reference``: it is that of a class, and of nothing in it."""
    sigma: float = 0.0
    """Standard deviation of the statement's own error, as a share."""

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        if not (0 < self.low <= self.high < 1e15 and 0 <= self.sigma < 0.5):
            raise CargoInputError(fact=f"a figure from {self.low:g} to {self.high:g} is no amount")

    @property
    def mid(self) -> float:
        """Halfway."""
        return (self.low + self.high) / 2

    @property
    def printed(self) -> float:
        """The figure itself: the lower end of "over" and "at least", the middle otherwise."""
        return self.low if self.sense in {"over", "at-least"} else self.mid


def stated(value: float, source: str, *, sense: Sense = "stated", sigma: float = 0.0) -> Figure:
    """A figure with what its words leave open.

    "About 330,000" is good to half a unit of its last digit; "over 13,000" lies between it and
    one unit more, for a writer who knew 14,000 would have said so; "at least" likewise.

    Examples:
        >>> [stated(13_000, "a report", sense=s).high for s in ("stated", "over")]
        [13000, 14000.0]
        >>> stated(330_000, "a report", sense="about").low
        325000.0

    """
    step = last_digit(value)
    if sense == "about":
        return Figure(value - step / 2, value + step / 2, source, sense, sigma)
    if sense in {"over", "at-least"}:
        return Figure(value, value + step, source, sense, sigma)
    return Figure(value, value, source, sense, sigma)


def deadweight(tonnes: float, source: str, *, sense: Sense = "stated") -> Figure:
    """A ship's deadweight, with the error that registers have.

    Examples:
        >>> deadweight(13_000, "a register").sigma
        0.02

    """
    return stated(tonnes, source, sense=sense, sigma=REGISTER_SIGMA)


def reference_class(low_t: float, high_t: float, *, name: str, source: str) -> Figure:
    """A size class in place of a deadweight that is not known: named, with its source, and wide.

    Raises:
        CargoInputError: the class or its source is not named.

    """
    if not name.strip() or not source.strip():
        raise CargoInputError(fact="a size class needs its name and its source")
    return Figure(low_t, high_t, f"{name} ({source})", "reference")


def last_digit(value: float) -> float:
    """Worth of the last digit that is not a nought: how finely a round figure was rounded.

    Examples:
        >>> last_digit(13_000), last_digit(18_333), last_digit(330_000)
        (1000.0, 1.0, 10000.0)

    """
    whole = round(value)
    power = 0
    while whole and whole % 10 == 0:
        whole //= 10
        power += 1
    return float(10**power)
