"""How well matches of simulated scenes hold: calibration, and precision and recall of verdicts."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.fusion.match import MATCHED_FROM, Hearing, MatchVerdict
from quaywatch.fusion.match_length import BOUND_FROM_M
from quaywatch.fusion.match_scene import match_scene
from quaywatch.fusion.match_weight import Rules
from quaywatch.testing.match_sim import Case, length_of

Floats = NDArray[np.float64]

ADEQUATE: Final = Hearing(
    adequate=True, p_heard=0.99, per_hour=100.0, peers=50, strength=1.0, window_h=1.0,
    reason="Given: the recorded feed hears these ships.",
)  # fmt: skip
BINS: Final = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0 + 1e-9)


@dataclass(slots=True)
class Tally:
    """What was said and what was so."""

    said: list[float] = field(default_factory=list)
    """Probability of each outcome that was given 1% or more: a ship, or none of those heard."""
    so: list[bool] = field(default_factory=list)
    top: list[float] = field(default_factory=list)
    top_so: list[bool] = field(default_factory=list)
    hulls: int = 0
    matched: int = 0
    matched_right: int = 0
    could_match: int = 0
    """Hulls of ships whose AIS was given."""
    dark: int = 0
    dark_right: int = 0
    could_dark: int = 0
    """Hulls of ships of 45 m and more whose AIS was withheld."""
    alone: int = 0
    alone_right: int = 0
    """Said with 90% to be none of the ships heard, and was none."""
    could_alone: int = 0
    accused: int = 0
    """Called dark, and its ship did broadcast."""
    scenes: int = 0
    left_out: float = 0.0
    missed_said: float = 0.0
    missed_so: int = 0

    def add(self, other: "Tally") -> None:
        """Count another in."""
        for name in self.__slots__:
            mine, its = getattr(self, name), getattr(other, name)
            setattr(self, name, max(mine, its) if name == "left_out" else mine + its)


def score(cases: Iterable[Case], rules: Rules, kinds: dict[int, int]) -> Tally:
    """Match simulated scenes and count.

    Args:
        cases: scenes with their truth.
        rules: what the matcher assumes.
        kinds: ship type by MMSI, from which lengths were made.

    """
    tally = Tally()
    for case in cases:
        _one(case, rules, kinds, tally)
    return tally


def _one(case: Case, rules: Rules, kinds: dict[int, int], tally: Tally) -> None:
    found = match_scene(case.hulls, case.ships, case.sight, [ADEQUATE] * len(case.hulls), rules)
    heard = {ship.mmsi for ship in case.ships}
    tally.scenes += 1
    tally.left_out = max(tally.left_out, found.joint.left_out)
    for i, (said, true) in enumerate(zip(found.hulls, case.truth, strict=True)):
        outcomes: dict[int | None, float] = {None: 1.0 - said.p_matched}
        for j in said.ranked:
            mmsi = case.ships[j].mmsi
            outcomes[mmsi] = outcomes.get(mmsi, 0.0) + float(found.pairs[i, j])
        answer = true if true in heard else None
        for outcome, p in outcomes.items():
            if p >= 0.01:
                tally.said.append(p)
                tally.so.append(outcome == answer)
        best = max(outcomes, key=lambda outcome: outcomes[outcome])
        tally.top.append(outcomes[best])
        tally.top_so.append(best == answer)
        tally.hulls += 1
        tally.could_match += answer is not None
        big = true is not None and length_of(true, kinds.get(true, 0)) >= BOUND_FROM_M
        withheld = big and true not in case.broadcast
        tally.could_dark += withheld
        tally.could_alone += answer is None
        if said.p_matched <= 1.0 - MATCHED_FROM:
            tally.alone += 1
            tally.alone_right += answer is None
        if said.verdict == MatchVerdict.MATCHED:
            tally.matched += 1
            tally.matched_right += said.mmsi == true
        if said.verdict == MatchVerdict.DARK:
            tally.dark += 1
            tally.dark_right += withheld
            tally.accused += true is not None and true in case.broadcast
    seen = set(case.truth)
    inside = [j for j, ship in enumerate(case.ships) if ship.mmsi in case.broadcast]
    tally.missed_said += float(sum(found.p_missed[j] for j in inside))
    tally.missed_so += sum(case.ships[j].mmsi not in seen for j in inside)


def calibration_error(said: Sequence[float], so: Sequence[bool], *, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015).

    Examples:
        >>> calibration_error([0.9] * 10, [True] * 9 + [False])
        0.0
        >>> round(calibration_error([0.6] * 10, [True] * 10), 2)
        0.4

    """
    p, yes = np.array(said), np.array(so, float)
    if not len(p):
        return 0.0
    number = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for k in range(bins):
        here = number == k
        if here.any():
            error += here.mean() * abs(p[here].mean() - yes[here].mean())
    return round(float(error), 10)


def reliability(said: Sequence[float], so: Sequence[bool]) -> list[dict[str, Any]]:
    """Rows of a reliability table: how often what was said with a probability was so."""
    p, yes = np.array(said), np.array(so, float)
    rows = []
    for low, high in itertools.pairwise(BINS):
        here = (p >= low) & (p < high)
        if here.any():
            rows.append(
                {
                    "said": f"{low:g} to {min(high, 1.0):g}",
                    "n": int(here.sum()),
                    "mean said": round(float(p[here].mean()), 3),
                    "was so": round(float(yes[here].mean()), 3),
                }
            )
    return rows
