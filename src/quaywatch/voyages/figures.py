"""Figures as somebody prints them, no sharper than their words and digits."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from quaywatch.errors import CargoInputError

REGISTER_SIGMA: Final = 0.02
"""Error of a deadweight, as a share: registers give that of another load line, or an old one."""
Sense = Literal["stated", "about", "over", "at-least", "reference"]
_WORDS: Final[dict[str, Sense]] = {
    "about": "about",
    "approximately": "about",
    "over": "over",
    "more than": "over",
    "at least": "at-least",
}
_FIGURE: Final = re.compile(
    rf"^(?:(?P<word>{'|'.join(_WORDS)})\s+)?(?P<number>\d[\d,]*(?:\.\d+)?)\s+"
    r"(?P<unit>[A-Za-z]+(?:/[a-z]+)?)(?:\s+(?P<what>[a-z][a-z -]*))?$"
)
_SMALL: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class ReadFigure:
    """A figure written out for a machine: "about 330000 t", "100 USD/t coal"."""

    figure: Figure
    unit: str
    what: str | None
    """A commodity or the like, where one follows the unit."""


def read_figure(text: str | None, source: str) -> ReadFigure | None:
    """Read a figure with its word and unit; None where the text is none.

    Examples:
        >>> found = read_figure("over 13,000 t", "a report")
        >>> found.figure.low, found.figure.high, found.unit
        (13000.0, 14000.0, 't')
        >>> read_figure("100 USD/t coal", "a report").what
        'coal'
        >>> read_figure("heavily laden", "a report") is None
        True

    """
    matched = _FIGURE.match((text or "").strip())
    if matched is None:
        return None
    value = float(matched["number"].replace(",", ""))
    if value <= 0:
        return None
    sense: Sense = _WORDS[matched["word"]] if matched["word"] else "stated"
    return ReadFigure(stated(value, source, sense=sense), matched["unit"], matched["what"])


def with_sigma(figure: Figure, sigma: float) -> Figure:
    """The same figure with an error of its own."""
    return replace(figure, sigma=sigma)


def is_printed(value: float, lines: str) -> bool:
    """Whether the lines of a source print a figure, in digits, in millions or as a small word.

    Examples:
        >>> [is_printed(v, "six ships, over $33 million, 330,000 tonnes") for v in (6, 33e6, 3.3e5)]
        [True, True, True]
        >>> is_printed(18, "six ships")
        False

    """
    forms = {f"{value:,.0f}", f"{value:.0f}"} if value == round(value) else {f"{value:g}"}
    forms |= {f"{value / scale:g} {word}" for scale, word in ((1e6, "million"), (1e9, "billion"))
              if value >= scale}  # fmt: skip
    if value == round(value) and value < len(_SMALL):
        forms.add(_SMALL[round(value)])
    bare = (rf"(?<![\d.,]){re.escape(form)}(?!\d|[.,]\d)" for form in forms)
    return any(re.search(pattern, lines, re.IGNORECASE) for pattern in bare)
