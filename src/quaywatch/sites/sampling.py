"""Were looks taken or shown because a ship was there? Tests that need little, and may say nothing.

Three ways to look when it suits. *Following up*: a look that shows a ship brings the next one
sooner. Then a share of looks with a ship is too high, but a likelihood of the states is not
misled, because the choice rests on what it was told. *Tipped off*: looks are added because
somebody knew that a ship was there. *Shown*: of the looks taken, those with a ship were published.
The last two mislead every estimate, and only the list of what was acquired cures them. Times and
states alone do not tell the first from the second: both crowd looks about ships.

Neighbouring looks agree because ships stay, so states are never shuffled: each is held against
what the look before it foretells (a berth that fills and empties as a two-state chain in
continuous time). If looks come as they please, what is left over has no bearing on when they came.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from quaywatch.errors import ActivityInputError

Floats = NDArray[np.float64]

METHOD: Final = "sampling-bias@1"
ALARM: Final = 0.01
"""One-sided p below which one test speaks; there are at most three."""
LEAST_LOOKS: Final = 12
"""Looks whose state is known, fewer tell nothing."""
LEAST_SPREAD: Final = 0.15
"""Standard deviation of the logarithm of the time between looks; less is a timetable."""
TELLS_PER_SD: Final = 1.65
"""Factor in the odds of a ship per standard deviation of the logarithm of the time to the next
look: about what comes of every third look being one that was ordered for a ship. A test that would
miss as much more than one time in five is mute."""
TELLS_FLAGGED: Final = 4.0
"""The same for a look that is flagged, against one that is not."""
DRAWS: Final = 999
_SEASON_DAYS: Final = 45.0
_NEAR: Final = 1e-9

Verdict = Literal["signs", "no-sign", "cannot-tell"]
Name = Literal["clustered", "tasked", "shown"]


@dataclass(frozen=True)
class SamplingTest:
    """One question put to the looks."""

    name: Name
    n: int
    """Looks it rests on."""
    p: float | None
    """One-sided: how often chance alone would show as much. None: it could not be put."""
    odds_factor: float | None
    """Estimated factor in the odds of a ship per standard deviation, or for a flagged look."""
    sees_odds: float | None
    """Factor that it would find four times in five at its level."""
    reason: str | None = None
    """Why it could not be put."""

    @property
    def verdict(self) -> Verdict:
        """What it says."""
        if self.p is None:
            return "cannot-tell"
        if self.p < ALARM:
            return "signs"
        tells = TELLS_PER_SD if self.name == "clustered" else TELLS_FLAGGED
        mute = self.sees_odds is None or self.sees_odds > tells
        return "cannot-tell" if mute else "no-sign"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "n": self.n,
            "p": _rounded(self.p),
            "odds_factor": _rounded(self.odds_factor),
            "sees_odds": _rounded(self.sees_odds),
            "verdict": self.verdict,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class SamplingBias:
    """Whether looks cluster on presence, as far as looks can tell."""

    tests: tuple[SamplingTest, ...]
    looks_known: int
    acquired: int | None
    """Looks on the declared acquisition list; None: no such list was given."""
    used: int
    """Looks of the list that were given here."""
    method: str = METHOD

    @property
    def verdict(self) -> Verdict:
        """Signs where one test finds them; no sign where one could have; else cannot tell."""
        said = {test.verdict for test in self.tests}
        return "signs" if "signs" in said else "no-sign" if "no-sign" in said else "cannot-tell"

    @property
    def misleads_rate(self) -> Literal["yes", "perhaps", "unknown", "no-sign"]:
        """Whether the corrected rate is misled too, and not raw shares alone.

        ``perhaps``: looks crowd about ships, which is harmless if each was ordered on what the
        looks before it showed, and is not if somebody knew more than they.
        """
        said = {test.name for test in self.tests if test.verdict == "signs"}
        if said - {"clustered"}:
            return "yes"
        if said:
            return "perhaps"
        return "no-sign" if self.verdict == "no-sign" else "unknown"

    @property
    def statement(self) -> str:
        """For people: what was found, and what no test of looks can find."""
        found = [_FOUND[test.name] for test in self.tests if test.verdict == "signs"]
        if found:
            said = "Looks cluster on presence: " + "; ".join(found) + "."
        elif self.verdict == "no-sign":
            able = [_ASKED[t.name] for t in self.tests if t.verdict == "no-sign"]
            said = f"No sign that looks cluster on presence, by {' and '.join(able)}."
        else:
            said = "Whether looks cluster on presence cannot be told from these looks."
        if self.acquired is None:
            return said + (
                " No acquisition list was given: a choice of what was shown leaves no trace here."
            )
        if self.used < self.acquired:
            return said + (
                f" {self.used} of {self.acquired} acquired looks were used; the others may differ."
            )
        return said + f" All {self.acquired} looks on the acquisition list were used."

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "verdict": self.verdict,
            "misleads_rate": self.misleads_rate,
            "looks_known": self.looks_known,
            "acquired": self.acquired,
            "used": self.used,
            "tests": [test.to_json() for test in self.tests],
            "statement": self.statement,
            "method": self.method,
        }


_ASKED: Final = {
    "clustered": "the times between looks",
    "tasked": "which looks were tasked",
    "shown": "which looks were published",
}
_FOUND: Final = {
    "clustered": (
        "the next look comes sooner after one with a ship, so raw shares are too high, and the "
        "rate is as well unless each was ordered on what the looks before it showed"
    ),
    "tasked": "tasked looks show a ship more often than the looks before them foretell",
    "shown": "of the looks acquired, those that were published show a ship more often",
}


def sampling_bias(
    days: Sequence[float] | Floats,
    occupied: Sequence[bool | None],
    *,
    tasked: Sequence[bool] | None = None,
    published: Sequence[bool] | None = None,
    acquired: int | None = None,
) -> SamplingBias:
    """Tests whether looks cluster on presence.

    Args:
        days: of every look, usable or not, ascending.
        occupied: whether a ship lay there; None where the look could not tell.
        tasked: whether each was ordered, rather than taken by routine; None: not known.
        published: whether each was published, where unpublished ones are at hand as well.
        acquired: how many looks the declared acquisition list has; None: there is none.

    Returns:
        Tests, each with its p and what it could have found. Under no selection, at most about
        one set in fifty shows signs (docs/benchmarks/activity-answers.md has the measured share).

    Bias: an activity that follows the seasons along with the sky is taken out over ±45 days;
    faster common rhythms (looks and ships both keep to Tuesdays) would show as signs.

    Raises:
        ActivityInputError: lengths differ, days descend or are not finite.

    Examples:
        >>> regular = sampling_bias(range(0, 60, 3), [True, False] * 10)
        >>> regular.verdict, regular.tests[0].reason
        ('cannot-tell', 'Looks come on a timetable: none is off the rhythm.')

    """
    at = np.asarray(days, np.float64)
    _check(at, len(occupied), tasked, published, acquired)
    known = np.array([state is not None for state in occupied], bool)
    y = np.array([bool(state) for state in occupied], np.float64)
    why = _mute(y[known])
    tests: list[SamplingTest] = []
    if why is not None:
        names: list[Name] = ["clustered"]
        names += ["tasked"] if tasked is not None else []
        names += ["shown"] if published is not None else []
        tests = [SamplingTest(name, int(known.sum()), None, None, None, why) for name in names]
    else:
        chain = _Chain.of(at[known], y[known])
        off = _off_rhythm(at)
        tests.append(_clustered(at, known, chain, off))
        if tasked is not None:
            tests.append(_scored("tasked", chain, np.asarray(tasked, np.float64)[known]))
        if published is not None:
            tests.append(_scored("shown", chain, np.asarray(published, np.float64)[known]))
    return SamplingBias(tuple(tests), int(known.sum()), acquired, len(at))


def _check(
    at: Floats,
    states: int,
    tasked: Sequence[bool] | None,
    published: Sequence[bool] | None,
    acquired: int | None,
) -> None:
    if len(at) != states or any(f is not None and len(f) != states for f in (tasked, published)):
        raise ActivityInputError(fact="looks, their states and their flags differ in number")
    if not np.isfinite(at).all() or (np.diff(at) < 0).any():
        raise ActivityInputError(fact="the looks are not in time order")
    if acquired is not None and acquired < states:
        raise ActivityInputError(fact=f"{states} looks of an acquisition list of {acquired}")


def _mute(y: Floats) -> str | None:
    """Why no test can be put, if none can."""
    if len(y) < LEAST_LOOKS:
        return f"{len(y)} looks whose state is known; {LEAST_LOOKS} are the least."
    changes = int((np.diff(y) != 0).sum())
    if changes < 4:
        return f"The state changed {changes} times between looks; 4 are the least."
    return None


def _spread(at: Floats) -> float:
    gaps = np.diff(at)
    gaps = gaps[gaps > _NEAR]
    return float(np.log(gaps).std()) if len(gaps) else 0.0


def _off_rhythm(at: Floats) -> Floats:
    """Logarithm of each time between looks, less the mean of those of its season: (looks - 1,)."""
    logs = np.log(np.maximum(np.diff(at), 1e-3))
    middle = 0.5 * (at[1:] + at[:-1])
    near = np.exp(-0.5 * ((middle[:, None] - middle[None, :]) / _SEASON_DAYS) ** 2)
    off: Floats = logs - near @ logs / near.sum(axis=1)
    return off


@dataclass(frozen=True)
class _Chain:
    """A berth that fills and empties, fitted to the looks whose state is known."""

    at: Floats
    y: Floats
    share: float
    """Of time that it is taken."""
    per_day: float
    """How fast it forgets, a + b."""

    @staticmethod
    def of(at: Floats, y: Floats) -> "_Chain":
        """By greatest likelihood on a grid; a fit to a few per cent is enough here."""
        shares = np.linspace(0.02, 0.98, 49)
        speeds = np.geomspace(0.02, 20.0, 61)
        kept = np.exp(-np.diff(at)[:, None] * speeds[None, :])
        taken = (y[:-1] > 0)[:, None, None]
        pi = shares[None, :, None]
        p = pi + np.where(taken, 1 - pi, -pi) * kept[:, None, :]
        p = np.clip(p, 1e-6, 1 - 1e-6)
        hit = (y[1:] > 0)[:, None, None]
        score = np.where(hit, np.log(p), np.log1p(-p)).sum(axis=0)
        i, j = np.unravel_index(int(score.argmax()), score.shape)
        return _Chain(at, y, float(shares[i]), float(speeds[j]))

    def foretold(self, share: float | None = None, per_day: float | None = None) -> Floats:
        """P(taken) at each look but the first, given the one before: (looks - 1,)."""
        pi = self.share if share is None else share
        kept = np.exp(-np.diff(self.at) * (self.per_day if per_day is None else per_day))
        p = pi + np.where(self.y[:-1] > 0, 1 - pi, -pi) * kept
        return np.asarray(np.clip(p, 1e-4, 1 - 1e-4))

    def drawn(self, draws: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        """States at the same times had nobody chosen them: (draws, looks)."""
        kept = np.exp(-np.diff(self.at) * self.per_day)
        luck = rng.random((len(self.at), draws))
        states = np.empty((len(self.at), draws), bool)
        states[0] = luck[0] < self.share
        for k in range(1, len(self.at)):
            p = self.share + np.where(states[k - 1], 1 - self.share, -self.share) * kept[k - 1]
            states[k] = luck[k] < p
        return states.T


def _clustered(at: Floats, known: NDArray[np.bool_], chain: _Chain, off: Floats) -> SamplingTest:
    """Is the time to the next look shorter after a ship? Against states drawn from the chain."""
    n = int(known[:-1].sum())
    if _spread(at) < LEAST_SPREAD:
        reason = "Looks come on a timetable: none is off the rhythm."
        return SamplingTest("clustered", n, None, None, None, reason)
    last_known = bool(known[-1])
    after = off[known[:-1]]
    y = chain.y[:-1] if last_known else chain.y
    rng = np.random.default_rng(zlib.crc32(at.tobytes() + chain.y.tobytes()))
    drawn = chain.drawn(DRAWS, rng)
    drawn = drawn[:, :-1] if last_known else drawn
    seen = _sooner(y > 0, after)
    null = np.array([_sooner(states, after) for states in drawn])
    p = (1 + int((null >= seen - _NEAR).sum())) / (1 + DRAWS)
    # In the unit of the other tests: for two normal laws apart by d, the odds move e^d a sd.
    per_sd = float(after.std())
    sees = float(np.exp(min((stats.norm.isf(ALARM) + 0.84) * float(null.std()) / per_sd, 20.0)))
    return SamplingTest("clustered", n, p, float(np.exp(seen / per_sd)), sees)


def _sooner(taken: NDArray[np.bool_], after: Floats) -> float:
    if taken.all() or not taken.any():
        return 0.0
    return float(after[~taken].mean() - after[taken].mean())


def _scored(name: Literal["tasked", "shown"], chain: _Chain, flags: Floats) -> SamplingTest:
    """Score test: what the chain did not foretell against what was chosen, fit allowed for."""
    n = len(chain.y) - 1
    z = flags[1:] - flags[1:].mean()
    p = chain.foretold()
    weight = p * (1 - p)
    step = 1e-3
    slopes = [
        (chain.foretold(share=chain.share + step) - p) / step,
        (chain.foretold(per_day=chain.per_day * (1 + step)) - p) / step,
        weight,
    ]
    basis = np.stack(slopes, axis=1) / weight[:, None]
    root = np.sqrt(weight)
    fitted, *_ = np.linalg.lstsq(basis * root[:, None], z * root, rcond=None)
    z = z - basis @ fitted
    information = float((weight * z**2).sum())
    if information < 1.0:
        reason = "Too few looks differ in it to be told apart."
        return SamplingTest(name, n, None, None, None, reason)
    score = float(((chain.y[1:] - p) * z).sum())
    level = float(stats.norm.isf(ALARM)) + 0.84
    return SamplingTest(
        name,
        n,
        float(stats.norm.sf(score / np.sqrt(information))),
        float(np.exp(np.clip(score / information, -20.0, 20.0))),
        float(np.exp(min(level / np.sqrt(information), 20.0))),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
