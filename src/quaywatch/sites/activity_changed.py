"""What a search for changes of activity says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from quaywatch.sites.activity_types import Period

METHOD: Final = "activity-change@1"


@dataclass(frozen=True)
class ChangeRules:
    """When a change is told."""

    probability: float = 0.9
    """Of at least so many changes, from even odds beforehand. Of series without a change about
    one in a hundred reaches it (docs/benchmarks/activity-answers.md); by Markov's inequality it
    cannot be more than one in nine, whatever the looks."""
    most: int = 3
    """Changes held possible at once."""


DEFAULT: Final = ChangeRules()


@dataclass(frozen=True)
class RateChange:
    """A change of the rate, some time between two looks."""

    after: datetime
    """The change is later than this look, with half of what ``MASS`` leaves out."""
    before: datetime
    """It is earlier than this look, with as much."""
    likeliest_after: datetime
    """Of the time between looks that most likely holds it, the look before."""
    likeliest_before: datetime
    """And the one after."""
    mass: float
    rate_before: tuple[float, float, float]
    """Calls a day, middle and ends of the interval of ``mass``."""
    rate_after: tuple[float, float, float]
    ratio: tuple[float, float, float]
    """After over before, likewise."""
    p_fewer: float
    """Chance that the rate fell."""
    stays_could_explain: bool
    """Whether ships that stayed longer, or less long, from then on would do as well: they are seen
    more often, or less."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""

        def three(values: tuple[float, float, float]) -> dict[str, float]:
            return dict(zip(("median", "low", "high"), (round(v, 5) for v in values), strict=True))

        return {
            "after": self.after.isoformat(),
            "before": self.before.isoformat(),
            "likeliest_between": [
                self.likeliest_after.isoformat(), self.likeliest_before.isoformat(),
            ],
            "mass": self.mass,
            "rate_before_per_day": three(self.rate_before),
            "rate_after_per_day": three(self.rate_after),
            "ratio": three(self.ratio),
            "p_fewer": round(self.p_fewer, 4),
            "stays_could_explain": self.stays_could_explain,
        }  # fmt: skip


@dataclass(frozen=True)
class ActivityChanges:
    """The changes told of one period."""

    period: Period
    looks: int
    calls_seen: float
    changes: tuple[RateChange, ...]
    """In time order; as many as are at least as probable as the rules ask."""
    p_at_least: tuple[float, ...]
    """Probability of at least 1, 2, … changes."""
    scatter: float
    """How much more calls vary from look to look than by chance; evidence counts as less by it."""
    season_given: bool
    season_could_explain: bool
    """Whether ships that keep to the seasons would do as well: some month occurs only once, or no
    change is told beside the season that the looks themselves suggest."""
    rules: ChangeRules
    reason: str | None = None
    """Why none can be told."""
    method: str = METHOD

    @property
    def statement(self) -> str:
        """For people."""
        if self.reason is not None:
            return self.reason
        if not self.changes:
            chance = self.p_at_least[0] if self.p_at_least else 0.0
            return (
                f"No change told: the probability of at least one is {_chance(chance)} "
                f"({self.rules.probability} is asked). A change may have escaped these looks."
            )
        said = []
        for n, change in enumerate(self.changes):
            middle, low, high = change.ratio
            said.append(
                f"Between {change.after:%Y-%m-%d} and {change.before:%Y-%m-%d} ({change.mass:.0%}) "
                f"the rate changed by a factor of {middle:.2f} ({low:.2f} to {high:.2f}); "
                f"probability of at least {n + 1}: {_chance(self.p_at_least[n])}."
            )
        if any(change.stays_could_explain for change in self.changes):
            said.append("Ships that stayed longer or less long could explain it as well.")
        if self.season_could_explain:
            said.append("A season of the ships could explain it as well.")
        return " ".join(said)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "looks": self.looks,
            "calls_seen": round(self.calls_seen, 2),
            "changes": [change.to_json() for change in self.changes],
            "p_at_least": [round(p, 4) for p in self.p_at_least],
            "scatter": round(self.scatter, 3),
            "season_given": self.season_given,
            "season_could_explain": self.season_could_explain,
            "probability_asked": self.rules.probability,
            "reason": self.reason,
            "statement": self.statement,
            "method": self.method,
        }


def _chance(p: float) -> str:
    return "over 0.99" if p > 0.99 else "under 0.01" if p < 0.01 else f"{p:.2f}"
