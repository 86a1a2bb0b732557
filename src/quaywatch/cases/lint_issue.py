"""What the linter of sources and drafts says of a place in a text; it never changes the text.

An issue states what stands there, what was computed from it, and what it might mean. Which of
these it does mean is for a reader to find out: both the printed and the read value stay on record.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much the text itself settles."""

    SLIP = "slip"
    """The text contradicts itself or the calendar; it cannot be meant as printed."""
    AMBIGUOUS = "ambiguous"
    """Two readings, and the text does not say which."""
    CHECK = "check"
    """Unusual: right in some texts, a slip in others."""


CODES: dict[str, str] = {
    "aggregate-ambiguous": "a combined figure may count each ship once, or once for each voyage",
    "claim-not-in-lines": "a claim's time is not in the lines that it names",
    "coordinate-on-land": "a position said to be at sea lies on land",
    "coordinate-range": "a coordinate is outside its range",
    "count-mismatch": "a number stands before a list of another length",
    "currency-doubled": "a currency is named twice",
    "date-after-publication": "a past event is dated after the text was published",
    "date-impossible": "no calendar has this date",
    "date-order-ambiguous": "day and month can be read both ways",
    "identifier-check-digit": "an IMO number fails its check digit",
    "identifier-differs": "one ship has two IMO numbers",
    "identifier-shape": "an MMSI is none that a ship can have",
    "interval-mismatch": "an interval does not fit the dates that it stands between",
    "list-order": "one date of a list is out of its order",
    "name-differs": "two spellings of what looks like one name",
    "name-variant": "two customary spellings of one name",
    "part-exceeds-whole": "a part is larger than its whole",
    "percentage-mismatch": "a percentage is not that of the counts beside it",
    "percentage-sum": "shares and the rest do not make up the whole",
    "product-mismatch": "a total is not the product of the figures that it is made from",
    "range-reversed": "a range ends before it begins",
    "rate-mismatch": "a rate, over its period, gives another number than the one stated",
    "remainder-mismatch": "what remains is not the whole less the exceptions",
    "slip-unsaid": "a claim rests on lines with a slip, and says nothing of it",
    "sum-mismatch": "a total is not the sum of its parts",
    "table-sum": "a total row is not the sum of its column",
    "unit-conversion": "a figure and its conversion disagree",
    "unit-kind": "a unit of another kind of quantity",
    "unit-mixed": "tons and tonnes are mixed",
    "weekday-mismatch": "the date falls on another day of the week",
    "year-out-of-run": "one year stands out of a run of dates that it would fit with another",
}
"""Every code with what it says, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class SourceIssue:
    """One place where a text disagrees with itself, with the calendar or with arithmetic."""

    code: str
    """One of :data:`CODES`."""
    severity: Severity
    line: int
    """Counted from 1."""
    column: int
    """Of the first character of the excerpt, counted from 1."""
    excerpt: str
    """What stands there, verbatim."""
    computed: str
    """What follows from it, with its figures."""
    may_mean: tuple[str, ...] = ()
    """What it might mean; never chosen between."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object.

        Examples:
            >>> SourceIssue("part-exceeds-whole", Severity.SLIP, 3, 1, "7 of the 6 ships",
            ...             "7 is more than 6").to_json()["severity"]
            'slip'

        """
        return {**asdict(self), "severity": self.severity.value, "may_mean": list(self.may_mean)}

    def __str__(self) -> str:
        """One line: where, what stands there, and what was computed."""
        return (
            f"{self.line}:{self.column}: {self.excerpt!r}: {self.computed} "
            f"[{self.code}, {self.severity}]"
        )
