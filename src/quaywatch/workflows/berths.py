"""Berths over all looks of a site: strips cut, backgrounds learnt, states judged, stays linked.

Everything is a claim of its own and nothing is overwritten. A state names the look, the strips and
the background that it rests on; a background names every look that it was learnt from, later ones
too, so that nobody has to guess what a state knew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quaywatch.evidence.record import Claim, Source
from quaywatch.imagery import berth_history
from quaywatch.imagery.berth_history import Background, like
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.berth_verdict import serves
from quaywatch.sites.facility import Facility, FacilityKind, Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.berth_claims import (
    BACKGROUND_METHOD,
    STATE_METHOD,
    STRIPS_METHOD,
    background_claim,
    state_claim,
    strips_claim,
    strips_of,
)
from quaywatch.workflows.berth_stays import last_stays, visits_claims
from quaywatch.workflows.looks import WORKERS, looks_json, looks_of, site_of, sites_of

Report = Callable[[str, float], None]
REBUILT_AT = (20, 30, 45, 68, 102, 153, 230, 345, 518, 777, 1166)
"""Usable looks at which a background is learnt anew: each half as many again, so that a look is
judged anew a few times, not with every look that comes."""


def berth_pass(
    workspace: Workspace, *, now: datetime, site: str | None, report: Report
) -> dict[str, int]:
    """Strips, backgrounds, states and stays for every look not yet gone through.

    Args:
        workspace: whose looks; ``watch_looks`` made them.
        now: when this is learned, aware UTC.
        site: this site only.
        report: told how far it is.

    Returns:
        Counts of new claims: ``strips``, ``backgrounds``, ``states``, ``visits``.

    """
    counts = dict.fromkeys(("strips", "backgrounds", "states", "visits"), 0)
    for name in sites_of(workspace):
        if site not in {None, name}:
            continue
        looks = looks_of(workspace, name)
        counts["strips"] += _cut(workspace, name, looks, now=now, report=report)
        kept = _kept(workspace, name, looks)
        if not kept:
            continue
        drawn = kept[-1].site
        for facility in drawn.of_kind(FacilityKind.BERTH):
            report(f"{name}: {facility.id}", 0.9)
            learnt = _learnt(workspace, name, facility, kept)
            counts["backgrounds"] += workspace.evidence.append(
                [claim for claim, _ in learnt], known_at=now
            )
            states = [_state(seen, facility, learnt) for seen in kept]
            counts["states"] += workspace.evidence.append(states, known_at=now)
        counts["visits"] += workspace.evidence.append(
            visits_claims(name, states_of(workspace, name)), known_at=now
        )
    return counts


@dataclass(frozen=True)
class _Kept:
    """A look with its strips."""

    look: Claim
    claim: Claim
    """Of the strips."""
    site: Site
    strips: Mapping[str, BerthStrip]

    @property
    def registered(self) -> bool:
        value: Any = self.claim.value
        return bool(value["registered"])


def _cut(
    workspace: Workspace, name: str, looks: Sequence[Claim], *, now: datetime, report: Report
) -> int:
    """Cut the strips of looks that have none."""
    found = workspace.evidence.find("claim", subject=f"site:{name}", predicate="berth-strips")
    done = {c.inputs[0] for c in found if isinstance(c, Claim) and c.method == STRIPS_METHOD}
    todo = [look for look in looks if look.id not in done]

    def made(look: Claim) -> tuple[Claim, bytes]:
        inputs = [workspace.evidence.get(record_id) for record_id in look.inputs]
        return strips_claim(workspace, look, inputs)

    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(todo), 4 * WORKERS):
            report(f"{name}: strips of berths", 0.9 * start / len(todo))
            batch = list(pool.map(made, todo[start : start + 4 * WORKERS]))
            for _, data in batch:
                if data:
                    workspace.evidence.put_object(data)
            workspace.evidence.append([claim for claim, _ in batch], known_at=now)
    return len(todo)


def _kept(workspace: Workspace, name: str, looks: Sequence[Claim]) -> list[_Kept]:
    """Every look with its strips, oldest capture first."""
    by_look: dict[str, Claim] = {}
    for claim in workspace.evidence.find("claim", subject=f"site:{name}", predicate="berth-strips"):
        if isinstance(claim, Claim) and claim.method == STRIPS_METHOD:
            by_look[claim.inputs[0]] = claim
    sites: dict[str, Site] = {}
    kept = []
    for look in looks:
        claim = by_look[look.id]
        source = workspace.evidence.get(claim.inputs[2])
        if isinstance(source, Source):
            if source.id not in sites:
                sites[source.id] = site_of(workspace, source)
            kept.append(_Kept(look, claim, sites[source.id], strips_of(workspace, claim)))
    return kept


def _learnt(
    workspace: Workspace, name: str, facility: Facility, kept: Sequence[_Kept]
) -> list[tuple[Claim, Background]]:
    """The backgrounds in force of one berth, one for each kind of pixels with enough looks."""
    if not facility.observable:
        return []
    before = _backgrounds_before(workspace, name, facility.id)
    usable = [
        seen
        for seen in kept
        if seen.registered
        and facility.id in seen.strips
        and seen.strips[facility.id].usable_share >= berth_history.LEAST_SHARE
    ]
    learnt = []
    for group in _alike(usable, facility.id):
        due = max((n for n in REBUILT_AT if n <= len(group)), default=None)
        if due is None:
            continue
        ids = {seen.claim.id for seen in group}
        old = [c for c in before if c.parameters["due"] == due and set(c.inputs) <= ids]
        chosen = _spread(group, berth_history.MOST_LOOKS)
        inputs = old[-1].inputs if old else tuple(seen.claim.id for seen in chosen)
        by_id = {seen.claim.id: seen for seen in group}
        made = background_claim(
            [by_id[i].claim for i in inputs],
            [by_id[i].strips[facility.id] for i in inputs],
            subject=f"site:{name}/berth:{facility.id}",
            due=due,
        )
        if made is not None:
            learnt.append(made)
    return learnt


def _backgrounds_before(workspace: Workspace, name: str, berth: str) -> list[Claim]:
    subject = f"site:{name}/berth:{berth}"
    found = workspace.evidence.find("claim", subject=subject, predicate="berth-background")
    return [c for c in found if isinstance(c, Claim) and c.method == BACKGROUND_METHOD]


def _alike(kept: Sequence[_Kept], berth: str) -> list[list[_Kept]]:
    """Looks in groups that can share a background: by planes and kind of pixel."""
    groups: list[list[_Kept]] = []
    for seen in kept:
        own = next((g for g in groups if like(g[0].strips[berth], seen.strips[berth])), None)
        if own is None:
            groups.append([seen])
        else:
            own.append(seen)
    return groups


def _spread(group: Sequence[_Kept], most: int) -> list[_Kept]:
    """At most so many of them, evenly over the whole time: every season has its share."""
    if len(group) <= most:
        return list(group)
    step = (len(group) - 1) / (most - 1)
    return [group[round(n * step)] for n in range(most)]


def _state(seen: _Kept, facility: Facility, learnt: Sequence[tuple[Claim, Background]]) -> Claim:
    """The state of one berth in one look, on the background that fits its pixels."""
    strip = seen.strips.get(facility.id)
    fits = [
        (claim, empty)
        for claim, empty in learnt
        if seen.registered and strip is not None and serves(empty, strip)
    ]
    claim, empty = fits[-1] if fits else (None, None)
    return state_claim(seen.look, seen.claim, facility, strip, claim, empty)


def states_of(workspace: Workspace, name: str) -> list[Claim]:
    """The state in force of each berth in each look of a site, by berth, oldest look first.

    What was judged on a later background supersedes what was judged before; of looks made anew
    only the last counts.
    """
    looks = {look.id: look for look in looks_of(workspace, name)}
    last: dict[tuple[str, str], Claim] = {}
    for claim in _state_claims(workspace, name):
        if claim.inputs[0] in looks:
            last[claim.subject, claim.inputs[0]] = claim
    return sorted(
        last.values(),
        key=lambda c: (c.subject, str(c.time.start) if c.time else "", c.inputs[0]),
    )


def _state_claims(workspace: Workspace, name: str) -> Iterator[Claim]:
    """Every state of the berths now drawn, as claimed."""
    site, _ = sites_of(workspace)[name]
    for facility in site.of_kind(FacilityKind.BERTH):
        subject = f"site:{name}/berth:{facility.id}"
        for claim in workspace.evidence.find("claim", subject=subject, predicate="berth-state"):
            if isinstance(claim, Claim) and claim.method == STATE_METHOD:
                yield claim


def looks_and_berths_json(workspace: Workspace, name: str) -> dict[str, Any]:
    """Every look of a site as ``looks_json``, its berths as last judged, and stays and silences.

    Where a berth was judged by its history or on calibrated evidence, that state stands in place
    of the look's own, which is kept as ``state_of_look``.

    Raises:
        SiteMissingError: there is no such site here.

    """
    shown = looks_json(workspace, name)
    said = {(c.inputs[0], c.parameters["berth"]): c for c in states_of(workspace, name)}
    for look in shown["looks"]:
        look["berths"] = [
            _judged(berth, said.get((look["claim"], berth["id"]))) for berth in look["berths"]
        ]
    site, _ = sites_of(workspace)[name]
    stays = {
        facility.id: last_stays(workspace, f"site:{name}/berth:{facility.id}")
        for facility in site.of_kind(FacilityKind.BERTH)
    }
    return {**shown, "stays": stays, "quiet": last_stays(workspace, f"site:{name}").get("quiet")}


def _judged(berth: dict[str, Any], claim: Claim | None) -> dict[str, Any]:
    """A berth of a look with the state in force."""
    if claim is None:
        return berth
    value: Any = claim.value or {"state": "unknown"}
    keys = ("length_m", "beam_m", "size_class", "ship_count", "ships", "built_from")
    return {
        **berth,
        "state": value["state"],
        "state_of_look": berth["state"],
        "p_occupied": claim.probability,
        "reason": claim.reason or value.get("why"),
        "evidence": claim.parameters["evidence"],
        **{key: value.get(key) for key in keys},
        "method": claim.method,
        "state_claim": claim.id,
    }
