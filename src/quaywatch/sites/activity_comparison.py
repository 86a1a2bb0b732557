"""What a comparison of two periods says, or why it says nothing."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from quaywatch.evidence.wording import CEILING
from quaywatch.sites.activity_needed import Needed, Rules
from quaywatch.sites.activity_ratio import SCATTER_P
from quaywatch.sites.activity_types import Period

METHOD: Final = "activity-compare@2"
Verdict = Literal["fewer", "more", "no-change-told"]
Code = Literal[
    "compare-no-looks", "compare-no-common-month", "compare-no-calls", "compare-looks-too-few"
]


@dataclass(frozen=True)
class Side:
    """One period, as far as it is compared."""

    label: str
    period: Period
    looks: int
    """Different instants of usable looks in the months compared."""
    calls_seen: float
    """First seen in those months; not whole where two sightings may be one ship."""
    covered_days: float
    """Exposure W of those looks at the middle of what is believed of the dwell."""
    days: float
    """Length of the months compared."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "label": self.label,
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "looks": self.looks,
            "calls_seen": round(self.calls_seen, 2),
            "covered_days": round(self.covered_days, 2),
            "days_compared": round(self.days, 2),
        }


@dataclass(frozen=True)
class Ratio:
    """Later over earlier rate."""

    median: float
    low: float
    high: float
    mass: float
    p_fewer: float
    """Chance that the later rate is below the earlier."""
    p_halved: float
    """Chance that it is below half of it."""

    @property
    def fewer_percent(self) -> tuple[float, float, float]:
        """Size of the decline in per cent, middle and ends; below 0 it is a rise."""
        return 100 * (1 - self.median), 100 * (1 - self.high), 100 * (1 - self.low)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        middle, least, most = self.fewer_percent
        return {
            "median": round(self.median, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "mass": self.mass,
            "p_fewer": round(self.p_fewer, 4),
            "p_halved": round(self.p_halved, 4),
            "fewer_percent": {
                "median": round(middle, 1), "low": round(least, 1), "high": round(most, 1),
            },
        }  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """Why looks carry no comparison, and what would."""

    code: Code
    reason: str
    looks_that_carry: Needed | None
    """Evenly spread usable looks in each period with which an answer comes four times in five, if
    both periods have the rate that was seen."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        needed = self.looks_that_carry
        return {
            "code": self.code,
            "reason": self.reason,
            "looks_that_carry": None if needed is None else needed.to_json(),
        }


@dataclass(frozen=True)
class Comparison:
    """Two periods held against each other."""

    earlier: Side
    later: Side
    months: tuple[int, ...]
    """Months of the year compared, 1 to 12; empty: the periods as wholes."""
    months_left_out: tuple[int, ...]
    """Months that one of them lacks, or has no usable look in."""
    shared_dwell: bool | None
    """Whether both have one dwell; None: as the looks have it."""
    p_same_dwell: float | None
    """Chance that they do, after the looks."""
    ratio: Ratio | None
    """None: refused."""
    verdict: Verdict | None
    refusal: Refusal | None
    chance_of_seeing_change: float | None
    """With these looks, of telling a halving from the earlier rate."""
    looks_to_see_change: Needed | None
    scatter_p: float | None
    """How often months would disagree about the ratio as much by chance."""
    widened: float
    """By how much evidence counts as less than that of ships that come by chance."""
    rules: Rules
    pairs: int
    """Comparisons made together: each must be surer than alone."""
    method: str = METHOD

    @property
    def headline(self) -> str:
        """A few words to stand over a chart."""
        names = f"{self.later.label} against {self.earlier.label}"
        if self.ratio is None or self.refusal is not None:
            return f"{names}: not compared"
        return f"{names}: {'no change told' if self.verdict == 'no-change-told' else self.verdict}"

    @property
    def statement(self) -> str:
        """One or two sentences for people."""
        names = f"{self.later.label} against {self.earlier.label}"
        if self.ratio is None or self.refusal is not None:
            return f"{names}: not compared. {self.refusal.reason if self.refusal else ''}".strip()
        r = self.ratio
        size = f"ratio {r.median:.2f} ({r.mass:.0%}: {r.low:.2f} to {r.high:.2f})"
        if self.verdict == "no-change-told":
            seen = f"{self.chance_of_seeing_change or 0.0:.2f}"
            said = f"no change told, {size}; a halving would have been told with chance {seen}"
        else:
            sure = r.p_fewer if self.verdict == "fewer" else 1 - r.p_fewer
            said = f"{self.verdict} calls, {size}; chance of it {_sure(sure)}"
        if self.scatter_p is not None and self.scatter_p < SCATTER_P:
            said += ". Months disagree by more than chance, and the interval is widened for it"
        return f"{names}: {said}."

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        see = self.looks_to_see_change
        return {
            "earlier": self.earlier.to_json(),
            "later": self.later.to_json(),
            "months": list(self.months),
            "months_left_out": list(self.months_left_out),
            "dwell": {True: "shared", False: "separate", None: "either"}[self.shared_dwell],
            "p_same_dwell": _rounded(self.p_same_dwell),
            "ratio": None if self.ratio is None else self.ratio.to_json(),
            "verdict": self.verdict,
            "refusal": None if self.refusal is None else self.refusal.to_json(),
            "chance_of_seeing_change": _rounded(self.chance_of_seeing_change),
            "looks_to_see_change": None if see is None else see.to_json(),
            "scatter_p": _rounded(self.scatter_p),
            "widened": round(self.widened, 3),
            "rules": self.rules.to_json(),
            "pairs": self.pairs,
            "statement": self.statement,
            "method": self.method,
        }


def _sure(chance: float) -> str:
    return f"at least {CEILING:.2f}" if chance >= CEILING else f"{chance:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
