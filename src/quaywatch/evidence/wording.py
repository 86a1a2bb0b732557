"""Words for probabilities and counts, in one place: ICD-203, one row of synonyms, never above 99%.

Source: Intelligence Community Directive 203, Analytic Standards (2015), section D.6.e(2)(a).
"""

from quaywatch.errors import ProbabilityError

CEILING = 0.99
"""No output states more certainty than this."""

_TERMS = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.01, "almost certain"),
)


def bounded(probability: float) -> float:
    """The probability as we may state it: between 1% and 99%.

    Raises:
        ProbabilityError: not between 0 and 1.

    """
    if not 0.0 <= probability <= 1.0:
        raise ProbabilityError(value=probability)
    return min(max(probability, 1 - CEILING), CEILING)


def term(probability: float) -> str:
    """The ICD-203 term; a value on a boundary takes the weaker claim's term.

    Examples:
        >>> term(0.71), term(0.0004), term(0.5)
        ('likely', 'almost no chance', 'roughly even chance')

    """
    p = bounded(probability)
    # Towards even odds on a boundary: 0.80 is "likely", 0.20 is "unlikely".
    for upper, word in _TERMS:
        if p < upper or (p == upper and upper > 0.5):
            return word
    raise ProbabilityError(value=probability)


def phrase(probability: float) -> str:
    """Term and figure as printed.

    Examples:
        >>> phrase(0.9999), phrase(0.71), phrase(0.0)
        ('almost certain (at least 99%)', 'likely (71%)', 'almost no chance (at most 1%)')

    """
    p = bounded(probability)
    if p >= CEILING:
        figure = "at least 99%"
    elif p <= 1 - CEILING:
        figure = "at most 1%"
    else:
        figure = f"{100 * p:.0f}%"
    return f"{term(probability)} ({figure})"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun.

    Examples:
        >>> counted(1, "look"), counted(2, "look"), counted(0, "mass", "masses")
        ('1 look', '2 looks', '0 masses')

    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
