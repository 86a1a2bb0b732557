"""Whether a silence hides a call: reach, habit, pictures, yards and draught, weighed together.

Reach decides what is possible, habit what is usual, and neither is evidence: with nothing else
seen, no call is stated likelier than not, and how long a silence was never speaks for one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import ProbabilityError, TrackOrderError
from quaywatch.evidence.wording import bounded
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.hidden_evidence import (
    CAP,
    Basis,
    Stated,
    Weighed,
    Witness,
    basis_of,
    weighed,
)
from quaywatch.voyages.hidden_model import (
    MOST_CALLS,
    HiddenPort,
    Model,
    Silence,
    model_of,
    tilt_of,
    tilted,
)
from quaywatch.voyages.hidden_paths import STAY_H, USUAL_KN, Grid
from quaywatch.voyages.prism import Distance, GapEnds, reach_over
from quaywatch.voyages.reach import Reach
from quaywatch.voyages.voyage import Call, When

METHOD: Final = "hidden-calls@1"
CALLED: Final = 0.95
_MOST_NODES: Final = 1500
LIKELY: Final = 0.55
ASSUMES: Final = (
    f"Passages at {USUAL_KN:g} kn in the median, half of them with a wait of a day in the median; "
    f"stays of {STAY_H:g} h in the median; at most {MOST_CALLS} calls in a silence; one hull."
)

PortVerdict = Literal["called", "likely", "possible", "excluded", "unknown"]
"""``called``: 0.95 or more, and a picture or two independent sources. ``likely``: 0.55 or more,
and something seen besides a silence. ``possible``: reach leaves time for it."""


@dataclass(frozen=True, slots=True)
class PortAnswer:
    """What may be said of one port."""

    port: str
    place: Place
    verdict: PortVerdict
    stated: Stated | None
    """None with ``reason`` where the port is excluded or unknown."""
    prior: float
    p_ais_only: float | None
    """From reach and habit alone, capped."""
    arrived: When
    """5% to 95% of when, if it called; no bounds where it did not."""
    departed: When
    p_loading: float | None
    """Of a stay long enough to load (``ReachSite.loading_h``), no more than ``stated``."""
    reason: str

    @property
    def probability(self) -> float | None:
        """As it may be stated."""
        return None if self.stated is None else self.stated.probability


@dataclass(frozen=True, slots=True)
class HiddenAnswer:
    """What a silence may hold."""

    silence: Silence
    ports: tuple[PortAnswer, ...]
    """In the order asked."""
    p_none: float | None
    """Of no call at any of them, at least 0.5 where there is nothing but AIS; None: unknown."""
    reason: str | None
    used: tuple[Weighed, ...]
    """Witnesses within the silence and the log ratios that they counted for."""
    method: str = METHOD
    assumes: str = ASSUMES
    _model: "Model | None" = field(default=None, repr=False, compare=False)

    def between(self, port: str, first: datetime, last: datetime) -> float | None:
        """P(it lay at ``port`` at some time between two instants), capped as ``ports`` are.

        None where the port is excluded or unknown; 0.01 stands for 0.01 and less.
        """
        mine = next((one for one in self.ports if one.port == port), None)
        if mine is None or mine.stated is None or self._model is None:
            return None
        share = self._model.between(port, first, last)
        return Stated.capped(min(share, mine.stated.uncapped), mine.stated.basis).probability


def hidden_calls(
    silence: Silence,
    ports: Sequence[HiddenPort],
    prior: Mapping[str, float],
    distance: Distance,
    *,
    witnesses: Sequence[Witness] = (),
    usual_kn: float = USUAL_KN,
    steps: int = 96,
) -> HiddenAnswer:
    """What a silence may hold, port by port.

    Args:
        silence: the gap.
        ports: candidates, each id once.
        prior: of each being called at next (``call_prior``). A detour makes it smaller, by e for
            half of what the hull would sail in the time, though never below 0.02.
        distance: over water.
        witnesses: what was seen; only those that fall within the silence count.
        usual_kn: median speed of this hull on a passage.
        steps: most nodes of the grid; times are no finer than the silence divided by it, and
            coarser where more than fifteen ports are open.

    Raises:
        TrackOrderError: the silence ends before it begins.
        ProbabilityError: a prior, or ``p_falsified``, is out of range.

    Bias: the length of a silence speaks against calls that do not fit and never for those that
    do, so a ship whose silence nothing but a call explains is told too little. A port that was
    not listed cannot be found; what was seen at one that is listed may be its neighbour's.

    Source:
        METHODS section 9; forward-backward over explicit durations: Yu (2010),
        doi:10.1016/j.artint.2009.11.011; space-time prism: Peters & Hammond (2011).

    Examples:
        >>> from datetime import UTC
        >>> from quaywatch.geo.geodesic import great_circle_nm
        >>> from quaywatch.geo.position import Position
        >>> from quaywatch.geo.water import WaterDistance
        >>> from quaywatch.voyages.prism import ReachSite
        >>> def straight(a, b):
        ...     nm = great_circle_nm(a, b)
        ...     return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (a, b), "", "")
        >>> here, day = Position(0, 0), datetime(2025, 2, 1, tzinfo=UTC)
        >>> gap = Silence(day, day + timedelta(days=6), here, Position(1, 0), 14.0)
        >>> port = HiddenPort(ReachSite("p", Position(0, 2)), Place(Position(0, 2)))
        >>> seen = Witness("image", "p", day + timedelta(days=3), day + timedelta(days=3), 5.0, "s")
        >>> silent = hidden_calls(gap, [port], {"p": 0.3}, straight)
        >>> shown = hidden_calls(gap, [port], {"p": 0.3}, straight, witnesses=[seen])
        >>> [(a.ports[0].verdict, a.ports[0].probability > 0.95) for a in (silent, shown)]
        [('possible', False), ('called', True)]

    """
    hours = (silence.end - silence.start) / timedelta(hours=1)
    if hours < 0:
        raise TrackOrderError(hours=hours)
    _looked_at(silence, ports, prior)
    within = [
        w for w in dict.fromkeys(witnesses) if w.last >= silence.start and w.first <= silence.end
    ]
    used = tuple(weighed(within))
    ends = GapEnds(silence.before, silence.after, hours, silence.ceiling_kn)
    reached = {one.site: one.reach for one in reach_over(ends, [p.site for p in ports], distance)}
    open_to = [
        port
        for port in ports
        if reached[port.site.id].verdict in {"possible", "compatible-with-loading"}
    ]
    closed = {p.site.id: _closed(p, reached[p.site.id], prior) for p in ports}
    if hours == 0.0 or not open_to:
        return _shut(silence, ports, closed, used)
    # Memory and time go with the square of ports times nodes.
    grid = Grid.over(hours, most=min(steps, max(8, _MOST_NODES // len(open_to))))
    ais = tuple(one for one in used if one.witness.kind == "draught")
    plain = model_of(silence, grid, open_to, prior, distance, ais, usual_kn)
    if not math.isfinite(plain.log_direct()):
        why = "The ends of the silence are not of one hull at its highest speed: not judged."
        told = tuple(replace(closed[p.site.id], verdict="unknown", reason=why) for p in ports)
        return HiddenAnswer(silence, told, None, why, used)
    raw = model_of(silence, grid, open_to, prior, distance, used, usual_kn)
    tilt = tilt_of(plain, sum(prior[p.site.id] for p in open_to), sum(one.log_lr for one in ais))
    final = tilted(raw, tilt)
    answers = _answers(open_to, prior, tilted(plain, tilt), raw, final, within)
    told = tuple(answers.get(p.site.id, closed[p.site.id]) for p in ports)
    return HiddenAnswer(silence, told, _none(told, final), None, used, _model=final)


def _looked_at(silence: Silence, ports: Sequence[HiddenPort], prior: Mapping[str, float]) -> None:
    if not 0.0 <= silence.p_falsified <= 1.0:
        raise ProbabilityError(value=silence.p_falsified)
    shares = [prior[port.site.id] for port in ports]
    for share in (*shares, sum(shares) or 0.5):
        if not 0.0 < share < 1.0:
            raise ProbabilityError(value=share)


def _closed(port: HiddenPort, found: Reach, prior: Mapping[str, float]) -> PortAnswer:
    """The answer for a port that reach alone decides, or cannot."""
    verdict: PortVerdict = "unknown" if found.verdict == "unknown" else "excluded"
    nothing = When(None, None)
    return PortAnswer(
        port.site.id,
        port.place,
        verdict,
        None,
        prior[port.site.id],
        None,
        nothing,
        nothing,
        None,
        " ".join(found.messages),
    )


def _shut(
    silence: Silence,
    ports: Sequence[HiddenPort],
    closed: Mapping[str, PortAnswer],
    used: tuple[Weighed, ...],
) -> HiddenAnswer:
    told = tuple(closed[p.site.id] for p in ports)
    unknown = any(one.verdict == "unknown" for one in told)
    why = "It leaves time for none of the listed ports."
    if not ports:
        why = "No port was listed."
    elif unknown:
        why = "Of some ports it is not known whether they are within reach."
    return HiddenAnswer(silence, told, None if unknown or not ports else 0.99, why, used)


def _none(told: Sequence[PortAnswer], final: Model) -> float:
    """P(no call), no less than the caps of its ports leave."""
    share = math.exp(min(0.0, final.log_direct() - final.log_z()))
    if all(one.stated is None or one.stated.basis is Basis.AIS_ONLY for one in told):
        share = max(share, 1.0 - CAP[Basis.AIS_ONLY])
    return bounded(share)


def _answers(
    ports: Sequence[HiddenPort],
    prior: Mapping[str, float],
    plain: Model,
    raw: Model,
    final: Model,
    witnesses: Sequence[Witness],
) -> dict[str, PortAnswer]:
    """Each open port, by leaving it out of the sums."""
    stays = final.stays()
    found = {}
    for j, port in enumerate(ports):
        name = port.site.id
        basis = basis_of(name, witnesses)
        share = 1.0 - final.without(j)
        stated = replace(Stated.capped(share, basis), uncapped=1.0 - raw.without(j))
        alone = Stated.capped(1.0 - plain.without(j), Basis.AIS_ONLY).probability
        arrived, departed = _times(stays[j], final)
        found[name] = PortAnswer(
            name,
            port.place,
            _verdict(stated),
            stated,
            prior[name],
            alone,
            arrived,
            departed,
            _loading(stays[j], final, port, stated.probability),
            _told(stated, final.silence),
        )
    return found


def _verdict(stated: Stated) -> PortVerdict:
    if stated.basis is Basis.AIS_ONLY or stated.probability < LIKELY:
        return "possible"
    return "called" if stated.probability >= CALLED else "likely"


def _told(stated: Stated, silence: Silence) -> str:
    hours = (silence.end - silence.start) / timedelta(hours=1)
    what = {
        Basis.AIS_ONLY: "nothing but reach and habit: opportunity is not evidence of a call",
        Basis.ONE_SOURCE: "one source that is no picture of the hull",
        Basis.TWO_SOURCES: "two independent sources",
        Basis.IMAGE: "a picture",
    }[stated.basis]
    return f"A silence of {hours:.0f} h; it rests on {what}."


def _times(stays: NDArray[np.float64], model: Model) -> tuple[When, When]:
    """5% to 95% of arrival and departure, by nodes, half a step wider on either side."""
    total = float(stays.sum())
    if total <= 0.0:
        return When(None, None), When(None, None)
    found = []
    for share in (stays.sum(axis=1), stays.sum(axis=0)):
        whole = np.cumsum(share) / total
        low, high = (int(np.searchsorted(whole, q - 1e-12)) for q in (0.05, 0.95))
        step = timedelta(hours=model.grid.step_h)
        begin, end = model.silence.start, model.silence.end
        found.append(
            When(max(begin, begin + (low - 0.5) * step), min(end, begin + (high + 0.5) * step))
        )
    return found[0], found[1]


def _loading(
    stays: NDArray[np.float64], model: Model, port: HiddenPort, stated: float
) -> float | None:
    """Share of the call's probability that is of stays long enough to load."""
    total = float(stays.sum())
    if total <= 0.0:
        return None
    nodes = np.arange(len(stays))
    long = (nodes[None, :] - nodes[:, None]) * model.grid.step_h >= port.site.loading_h
    return stated * float(stays[long].sum()) / total


def as_calls(answer: HiddenAnswer, *, vessel: str | None) -> list[Call]:
    """Every port that may have been called at, as hidden calls, the most probable first.

    Examples:
        >>> as_calls(HiddenAnswer(None, (), None, "No port was listed.", ()), vessel=None)
        []

    """
    found = [
        Call(
            vessel,
            one.place,
            ("hidden",),
            one.arrived,
            one.departed,
            None,
            one.probability,
            evidence=tuple(
                dict.fromkeys(
                    (
                        *answer.silence.evidence,
                        *(
                            e
                            for w in answer.used
                            if w.witness.port == one.port
                            for e in w.witness.evidence
                        ),
                    )
                )
            ),
            reasons=(one.reason,),
            method=answer.method,
        )
        for one in answer.ports
        if one.stated is not None
    ]
    return sorted(found, key=lambda call: (-call.weight, call.place.port or "", call.call_id))
