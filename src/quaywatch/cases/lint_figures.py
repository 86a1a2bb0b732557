"""Numbers as people write them: digits, words, scales, units, and what the printing leaves open."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, int] = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
    "dozen": 12,
}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "k": 1_000,
    "million": 1_000_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
}
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
WORD = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?"
    rf"|(?:{'|'.join(sorted(_ONES, key=len, reverse=True))})|(?:a )?dozen)"
)
NUMBER = rf"(?:{DIGITS}|\b{WORD}\b)"
"""Pattern of a number in digits or words, without its scale."""
HEDGE = (
    r"(?:about|approximately|approx\.|around|roughly|some|nearly|almost|close to|up to|over|more "
    r"than|at least|under|less than|fewer than|at most|just over|just under|only|circa|ca\.|~|≈)"
)
_SCALE = r"(?:hundred|thousand|million|billion|bn|mn|[mk](?![\w²]))"
_CURRENCY = r"(?:US\$|USD ?\$?|\$|€|£|EUR )"
_MASS = r"(?:metric tonn?e?s|metric tons?|tonnes?|tons?|dwt|DWT|mt|MT|t)"
_FIGURE = re.compile(
    rf"(?:\b(?P<hedge>{HEDGE})\s*)?(?P<currency>{_CURRENCY})?\s?"
    rf"(?<![\w.,-])(?P<number>{NUMBER})(?P<scale>\s?{_SCALE}\b)?"
    rf"(?:\s(?P<mass>{_MASS})\b)?(?P<dollars>\s(?:U\.?S\.? )?dollars\b)?"
    rf"(?P<per>\s?(?:per|an?|each|/)\s?(?:metric )?(?P<unit>tonn?e?s?|tons?|t)\b)?",
    re.IGNORECASE,
)
_OPEN = {"about", "approximately", "approx.", "around", "roughly", "some", "circa", "ca.", "~", "≈"}
_OVER = {"over", "more than", "at least", "just over"}
_UNDER = {"under", "less than", "fewer than", "at most", "nearly", "almost", "close to", "up to"}


def number_of(text: str) -> float:
    """The number that digits or words say.

    Raises:
        ValueError: they say none.

    Examples:
        >>> number_of("13,000"), number_of("twenty-three"), number_of("a dozen")
        (13000.0, 23.0, 12.0)

    """
    plain = text.lower().removeprefix("a ").replace(",", "").strip()
    if plain and plain[0].isdigit():
        return float(plain)
    words = re.split(r"[- ]", plain)
    if not all(word in WORDS for word in words):
        msg = f"no number: {text!r}"
        raise ValueError(msg)
    return float(sum(WORDS[word] for word in words))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a text, with its unit and the interval that its printing leaves open."""

    start: int
    end: int
    value: float
    low: float
    high: float
    """Rounded as it is printed, and as its "about", "over" or "nearly" says."""
    kind: str
    """``money``, ``mass``, ``price`` (money per mass) or ``count``."""
    text: str

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Whether a value lies in the interval, widened by a share of itself."""
        return self.low * (1 - slack) <= value <= self.high * (1 + slack)


def _step(number: str, scale: int) -> float:
    """One unit of the last digit that is not a trailing zero of a whole number."""
    plain = number.replace(",", "")
    if not plain[:1].isdigit():
        return 0.0
    exponent = Decimal(plain).as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0:
        return float(Decimal(10) ** exponent) * scale
    zeros = len(plain) - len(plain.rstrip("0"))
    return float(10 ** min(zeros, len(plain) - 1)) * scale


def _interval(value: float, step: float, hedge: str) -> tuple[float, float]:
    if hedge in _OVER:
        return value, value + max(step, 0.1 * value)
    if hedge in _UNDER:
        return value - max(step, 0.1 * value), value
    half = step / 2 if step < value or hedge in _OPEN else 0.05 * value
    return value - half, value + half


def figures_of(masked: str) -> Iterator[Figure]:
    """Figures of a masked text, in order.

    Examples:
        >>> [(f.kind, f.value) for f in figures_of("over $33 million, at $100 per ton, 330,000 t")]
        [('money', 33000000.0), ('price', 100.0), ('mass', 330000.0)]
        >>> next(figures_of("about 330,000 t")).low
        325000.0

    """
    for match in _FIGURE.finditer(masked):
        try:
            number = number_of(match["number"])
        except ValueError:
            continue
        scale = _SCALES[match["scale"].strip().lower()] if match["scale"] else 1
        money = match["currency"] or match["dollars"]
        if scale in {1_000, 1_000_000} and len(match["scale"].strip()) == 1 and not money:
            continue  # "5 m" is a length, "5k" a run
        value = number * scale
        hedge = (match["hedge"] or "").lower()
        low, high = _interval(value, _step(match["number"], scale), hedge)
        if money and match["per"]:
            kind = "price"
        elif money:
            kind = "money"
        else:
            kind = "mass" if match["mass"] else "count"
        text = " ".join(match.group(0).split())
        yield Figure(match.start(), match.end(), value, low, high, kind, text)
