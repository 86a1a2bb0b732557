"""The times between looks as evidence: exposure of each, and the calls first seen at its end.

What comparisons and change points share. A call counts with the look that first shows her, and so
does the exposure of the time before that look: counts and exposure never part, whichever looks are
taken together. Given a rate and a dwell, the counts of disjoint sets of looks are independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import ActivityInputError
from quaywatch.sites.exposure import DwellGrid, Floats
from quaywatch.sites.pattern import LEAST, BerthRecord, Call, call_weight

_SAME_INSTANT: Final = 1e-6
_BLOCK_CALLS: Final = 1.5
"""Calls expected in a stretch whose number is held against its neighbour's."""
_CHANCE_BLOCKS: Final = 8
"""Stretches that are taken to vary by chance before any is seen."""


@dataclass(frozen=True)
class LookGaps:
    """Looks (axis L) under every dwell held possible (axis G), of all berths one after another."""

    dwell: DwellGrid
    berth: NDArray[np.int64]
    """Shape (L,): which berth of the group."""
    before: Floats
    """Shape (L,): the look before it at that berth, days; −∞ for the first ever."""
    at: Floats
    """Shape (L,): days."""
    exposure: Floats
    """Shape (L, G): days, ``∫_0^g S(u) du`` of the time before the look."""
    calls: Floats
    """Shape (L, G): ships first seen; not whole where two sightings may be one ship."""
    log_pattern: Floats
    """Shape (L, G): logarithm of the weights of their patterns, without the rate."""

    def __len__(self) -> int:
        return len(self.at)

    def where(self, kept: NDArray[np.bool_]) -> "LookGaps":
        """Those looks only."""
        return replace(
            self,
            berth=self.berth[kept],
            before=self.before[kept],
            at=self.at[kept],
            exposure=self.exposure[kept],
            calls=self.calls[kept],
            log_pattern=self.log_pattern[kept],
        )

    def between(self, start: float, end: float) -> "LookGaps":
        """Looks with ``start`` < time ≤ ``end``: a time before a look ends with that look."""
        return self.where((self.at > start) & (self.at <= end))

    def instants(self) -> int:
        """Different instants at which some berth could be told."""
        return len(np.unique(self.at))

    def counted(self) -> float:
        """Calls first seen, over the dwells held possible beforehand."""
        return float(self.calls.sum(axis=0) @ np.exp(self.dwell.log_weight))

    def group(self, berths: Sequence[int] | None = None) -> tuple[Floats, Floats]:
        """Calls and exposure, shape (G,) each, as if the group were one berth.

        Where all berths share their looks that is all calls over the exposure of one berth. Else
        rates add: a Gamma law with the mean and the variance of their sum says how many calls over
        which exposure are as good.

        Args:
            berths: those to add; default all that have a look here.

        """
        own = sorted(set(self.berth.tolist())) if berths is None else list(berths)
        if not own:
            return np.zeros(len(self.dwell)), np.zeros(len(self.dwell))
        each = [self.berth == b for b in own]
        calls = np.array([self.calls[e].sum(axis=0) for e in each])
        exposure = np.array([self.exposure[e].sum(axis=0) for e in each])
        if (exposure <= 0).all(axis=1).any():
            return np.zeros(len(self.dwell)), np.zeros(len(self.dwell))
        exposure = np.maximum(exposure, LEAST)
        shape = calls + 0.5 / len(own)
        mean = (shape / exposure).sum(axis=0)
        variance = (shape / exposure**2).sum(axis=0)
        as_many = np.where(calls.sum(axis=0) > 0, np.maximum(mean**2 / variance - 0.5, 0.0), 0.0)
        return as_many, mean / variance


def look_gaps(records: Sequence[BerthRecord], dwell: DwellGrid) -> LookGaps:
    """Looks and calls of a group of berths as evidence, look by look.

    Args:
        records: of every berth, from well before what is asked to after it (``berth_records``).
        dwell: dwells held possible, the same at every berth.

    Bias: a call counts at her first look, so near the edge of a month she may have come in the
    month before. A ship seen at the first look ever may have come long ago: its exposure is the
    mean dwell, which holds if nothing changed shortly before.

    Raises:
        ActivityInputError: a call's first look is none of the berth's looks.

    Examples:
        >>> from quaywatch.sites.exposure import known_dwell
        >>> record = BerthRecord(np.array([0.0, 3.0, 4.0]), (Call(0.0, 3.0, 3.0, 4.0),))
        >>> gaps = look_gaps([record], known_dwell(2.0))
        >>> gaps.exposure[:, 0].round(2).tolist(), gaps.calls[:, 0].tolist()
        ([2.0, 1.55, 0.79], [0.0, 1.0, 0.0])

    """
    parts = [_berth(number, record, dwell) for number, record in enumerate(records)]
    size = len(dwell)
    if not parts:
        nothing = np.zeros((0, size))
        return LookGaps(
            dwell, np.zeros(0, np.int64), np.zeros(0), np.zeros(0), nothing, nothing, nothing
        )
    return LookGaps(
        dwell,
        np.concatenate([p.berth for p in parts]),
        np.concatenate([p.before for p in parts]),
        np.concatenate([p.at for p in parts]),
        np.concatenate([p.exposure for p in parts]),
        np.concatenate([p.calls for p in parts]),
        np.concatenate([p.log_pattern for p in parts]),
    )


def _berth(number: int, record: BerthRecord, dwell: DwellGrid) -> LookGaps:
    at = np.unique(np.asarray(record.looks, np.float64))
    if not np.isfinite(at).all():
        raise ActivityInputError(fact="a look has no time")
    before = np.concatenate([[-np.inf], at])[: len(at)]
    exposure = dwell.integral(at - before) if len(at) else np.zeros((0, len(dwell)))
    calls, log = np.zeros_like(exposure), np.zeros_like(exposure)
    rate = (len(record.calls) + 0.5) / np.maximum(exposure.sum(axis=0), LEAST)
    chances = record.same or (0.0,) * max(len(record.calls) - 1, 0)
    for k, call in enumerate(record.calls):
        near = int(np.argmin(np.abs(at - call.first))) if len(at) else -1
        if near < 0 or abs(float(at[near]) - call.first) > _SAME_INSTANT:
            raise ActivityInputError(fact=f"a call first seen on day {call.first} is in no look")
        linked = chances[k - 1] if k else 0.0
        weight, ships = _weight(record.calls[k - 1] if k else call, call, linked, rate, dwell)
        calls[near] += ships
        log[near] += weight
    return LookGaps(dwell, np.full(len(at), number, np.int64), before, at, exposure, calls, log)


def _weight(
    last: Call, call: Call, linked: float, rate: Floats, dwell: DwellGrid
) -> tuple[Floats, Floats]:
    """Log weight of a sighting, shape (G,), and how likely she is another ship than the last."""
    own = np.maximum(call_weight(call, dwell, -np.inf, np.inf), LEAST)
    if linked <= 0.0:
        return np.log(own), np.ones(len(dwell))
    one = Call(last.after, last.first, call.last, call.until)
    as_last = np.maximum(call_weight(last, dwell, -np.inf, np.inf), LEAST)
    joined = linked * call_weight(one, dwell, -np.inf, np.inf) / as_last
    apart = (1 - linked) * rate * own
    whole = np.maximum(joined + apart, LEAST)
    ships = apart / whole
    # The power of the rate belongs to the count, not to the pattern.
    return np.log(whole) - ships * np.log(rate), ships


def dispersion(calls: Floats, exposure: Floats) -> float:
    """How much more the number of calls varies than by chance; never less than 1.

    Ships that come in convoys make runs of calls that chance would not, and each would pass for a
    change. Neighbouring stretches are compared, so that a season or a true change weighs little.

    Args:
        calls: first seen at each look, in time order; shape (n,).
        exposure: of each look, days; shape (n,).

    Bias: of few calls little is learnt, and the answer stays near 1.

    Examples:
        >>> alone, pairs = np.tile([1.0, 0.0, 1.0, 0.0], 40), np.tile([2.0, 2.0, 0, 0, 0, 0], 40)
        >>> dispersion(alone, np.ones(160)), dispersion(pairs, np.ones(240)) > 1.3
        (1.0, True)

    """
    whole, days = float(calls.sum()), float(exposure.sum())
    blocks = int(whole / _BLOCK_CALLS)
    if blocks < 2 or days <= 0:
        return 1.0
    middle = np.cumsum(exposure) - exposure / 2
    block = np.minimum((middle / days * blocks).astype(np.int64), blocks - 1)
    n, w = np.bincount(block, calls, blocks), np.bincount(block, exposure, blocks)
    n, w = n[w > 0], w[w > 0]
    if len(n) < 2:
        return 1.0
    apart = (n[1:] / w[1:] - n[:-1] / w[:-1]) ** 2
    local = (n[1:] + n[:-1]) / (w[1:] + w[:-1]) * (1 / w[1:] + 1 / w[:-1])
    told = float(apart.sum() / local.sum())
    return max(1.0, (told * len(apart) + _CHANCE_BLOCKS) / (len(apart) + _CHANCE_BLOCKS))
