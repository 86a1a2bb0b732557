"""Claims about berths: strips, backgrounds, states, each by the function that makes it again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery import berth_history, berth_strip, berth_verdict
from quaywatch.imagery.berth_history import Background, background
from quaywatch.imagery.berth_state import BerthState, edge_slack_m
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.berth_verdict import verdict
from quaywatch.imagery.detection import Detection
from quaywatch.imagery.seen import View, view_of
from quaywatch.sites.facility import Facility
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.look_claims import site_of
from quaywatch.workflows.scenes import open_scene

STRIPS_METHOD = berth_strip.METHOD
BACKGROUND_METHOD = berth_history.METHOD
STATE_METHOD = berth_verdict.METHOD
NOT_SHOWN = "the look does not show it with open water beside it"


def strips_claim(
    workspace: Workspace, look: Claim, inputs: Sequence[Record], view: View | None = None
) -> tuple[Claim, bytes]:
    """The strips of one look as a claim, and the bytes of their cells.

    Args:
        workspace: where the bytes of scene and site are.
        look: the claim of the look.
        inputs: what the look rests on, its scene and site first.
        view: of that scene at that site as received, where it has been read already.

    """
    scene_claim, source = inputs[0], inputs[1]
    if not isinstance(scene_claim, Claim) or not isinstance(source, Source):
        return _kept_strips(look, {}, registered=False)
    value: Any = look.value
    scored = any(b["state"] != "unknown" or b["usable_share"] is not None for b in value["berths"])
    if not scored:
        return _kept_strips(look, {}, registered=False)
    site = site_of(workspace, source)
    view = view or view_of(open_scene(workspace, scene_claim), site)
    if view is None:
        return _kept_strips(look, {}, registered=False)
    found = value.get("registration")
    laid = isinstance(found, dict) and found["accepted"]
    if laid:
        view = view.moved((found["moved_x_m"], found["moved_y_m"]), found["sigma_m"])
    elif _astray(found, edge_slack_m(view.pixels)):
        return _kept_strips(look, {}, registered=False)
    strips = view.strips(site)
    return _kept_strips(look, strips, registered=bool(strips) and laid)


def _astray(found: object, slack_m: float) -> bool:
    """Whether a look that was not registered is known to lie too far off to be scored."""
    if not isinstance(found, dict) or found.get("shift_x_m") is None:
        return False
    return bool((found["shift_x_m"] ** 2 + found["shift_y_m"] ** 2) ** 0.5 > slack_m)


def _kept_strips(
    look: Claim, strips: Mapping[str, BerthStrip], *, registered: bool
) -> tuple[Claim, bytes]:
    """Strips as a claim; one object holds the cells of all berths of the look."""
    data = b"".join(strips[name].data for name in sorted(strips))
    claim = Claim(
        subject=look.subject,
        predicate="berth-strips",
        value={
            "registered": registered,
            "object": sha256(data).hexdigest() if data else None,
            "strips": json.loads(json.dumps([strips[name].to_json() for name in sorted(strips)])),
        },
        time=look.time,
        basis=Basis.INFERRED,
        method=STRIPS_METHOD,
        inputs=(look.id, *look.inputs[:2]),
    )
    return claim, data


def strips_of(workspace: Workspace, claim: Claim) -> dict[str, BerthStrip]:
    """The strips of a claim, cells and all, by berth.

    Raises:
        ObjectMissingError: the cells are not here.

    """
    value: Any = claim.value
    if value["object"] is None:
        return {}
    data, at, found = workspace.evidence.read_object(value["object"]), 0, {}
    for kept in value["strips"]:
        planes, rows, columns = kept["shape"]
        size = planes * rows * columns
        found[str(kept["berth"])] = BerthStrip.from_json(kept, data[at : at + size])
        at += size
    return found


def background_claim(
    claims: Sequence[Claim], strips: Sequence[BerthStrip], *, subject: str, due: int
) -> tuple[Claim, Background] | None:
    """What a berth looks like empty, as a claim; None where too few looks are clear.

    Args:
        claims: of the strips that it is learnt from.
        strips: of this berth, in the same order.
        subject: the berth.
        due: usable looks at which it was to be learnt, see ``REBUILT_AT``.

    """
    learnt = background(strips)
    if learnt is None:
        return None
    times = sorted(c.time.start for c in claims if c.time is not None)
    claim = Claim(
        subject=subject,
        predicate="berth-background",
        value={
            "looks": learnt.looks,
            "from": times[0].isoformat(),
            "until": times[-1].isoformat(),
            "borrowed_share": round(learnt.borrowed_share, 3),
            "gsd_m": round(learnt.gsd_m, 2),
        },
        basis=Basis.INFERRED,
        method=BACKGROUND_METHOD,
        parameters={"berth": subject.rpartition(":")[2], "due": due},
        inputs=tuple(claim.id for claim in claims),
    )
    return claim, learnt


def state_claim(
    look: Claim,
    strips: Claim,
    facility: Facility,
    strip: BerthStrip | None,
    ground: Claim | None,
    empty: Background | None,
) -> Claim:
    """The state of one berth in one look, as a claim.

    Args:
        look: what the detector found, and why nothing can be told where it cannot.
        strips: the claim of the strip.
        facility: the berth.
        strip: None where the look has none of it.
        ground: the claim of the background; None where it is judged by the look alone.
        empty: the background.

    """
    value: Any = look.value
    berth = next((b for b in value["berths"] if b["id"] == facility.id), None)
    unknown = berth is not None and berth["state"] == str(BerthState.UNKNOWN)
    hulls = [Detection(**hull) for hull in berth["detections"]] if berth is not None else []
    why = str(berth["reason"]) if berth is not None and unknown else NOT_SHOWN
    hiding = berth.get("clarity") if berth is not None else None
    said = verdict(facility, strip, empty, hulls, unseen=why, shares=hiding)
    told: dict[str, Any] = said.to_json()
    p, reason = told.pop("p_occupied"), str(told.pop("reason"))
    built = None if ground is None else _built_from(ground, look)
    known = said.state is not BerthState.UNKNOWN
    return Claim(
        subject=f"{look.subject}/berth:{facility.id}",
        predicate="berth-state",
        value={**told, "why": reason, "built_from": built} if known else None,
        reason=None if known else reason,
        time=look.time,
        probability=p,
        basis=Basis.OBSERVED,
        method=STATE_METHOD,
        parameters={"berth": facility.id, "evidence": said.evidence},
        inputs=(look.id, strips.id) if ground is None else (look.id, strips.id, ground.id),
    )


def _built_from(ground: Claim, look: Claim) -> dict[str, Any]:
    """What a background was learnt from, and whether from looks after this one."""
    value: Any = ground.value
    told = {name: value[name] for name in ("looks", "from", "until")}
    later = look.time is not None and value["until"] > look.time.start.isoformat()
    return {**told, "later_looks": later}


class BerthsAgain:
    """Strips, backgrounds and states computed anew; holds the last background that it learnt."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._held: tuple[str, Background | None] | None = None

    def strips(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The strips of a look anew, from the pixels."""
        look = inputs[0]
        if not isinstance(look, Claim):
            return claim
        return strips_claim(self.workspace, look, inputs[1:])[0]

    def background(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """A background anew, from the strips kept."""
        made = self._learn(claim, inputs)
        if made is None:
            return claim.model_copy(update={"value": None, "reason": "too few clear looks"})
        return made[0]

    def state(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The state of a berth anew, from the look, its strip and the background."""
        look, strips, *rest = (record for record in inputs if isinstance(record, Claim))
        source = self.workspace.evidence.get(strips.inputs[2])
        berth = str(claim.parameters["berth"])
        site = site_of(self.workspace, source) if isinstance(source, Source) else None
        facility = next(f for f in site.facilities if f.id == berth) if site else None
        if facility is None:
            return claim
        strip = strips_of(self.workspace, strips).get(berth)
        ground = rest[0] if rest else None
        return state_claim(look, strips, facility, strip, ground, self._empty(ground))

    def _empty(self, ground: Claim | None) -> Background | None:
        if ground is None:
            return None
        if self._held is None or self._held[0] != ground.id:
            made = self._learn(ground, [self.workspace.evidence.get(i) for i in ground.inputs])
            self._held = ground.id, None if made is None else made[1]
        return self._held[1]

    def _learn(self, claim: Claim, inputs: Iterable[Record]) -> tuple[Claim, Background] | None:
        claims = [record for record in inputs if isinstance(record, Claim)]
        due: Any = claim.parameters["due"]
        berth = str(claim.parameters["berth"])
        strips = [strips_of(self.workspace, c)[berth] for c in claims]
        return background_claim(claims, strips, subject=claim.subject, due=int(due))
