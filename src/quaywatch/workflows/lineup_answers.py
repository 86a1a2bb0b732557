"""Answers to line-ups: logged as they were given, opened once, and counted for each examiner.

An examiner answers a line-up once; a second answer of the same examiner is kept as a second and
counts for nothing. How much an answer says is the examiner's own record on control line-ups, those
whose answer was known, where there are enough of them; else what an expert may say. Whether an
answer to any other line-up is right nobody knows: that is what was asked.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quaywatch.errors import LineupError
from quaywatch.evidence.bearing import Bearing, Hypothesis, as_values
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.evidence.record import Basis, Claim, Observation, Record, Source, canonical_json
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.lineup import find_lineup, opened

METHOD = "lineup-answer@1"
PREDICATE = "lineup-answer"
WHAT = "lineup-answer"
NONE = "none"
CONFIDENCES = ("guess", "lean", "sure")
ENOUGH = 20
"""Earlier first answers of one examiner to controls, from which a rate is taken."""
EXPERT = {"guess": 1.5, "lean": 3.0, "sure": EXPERT_LIMIT}
"""What an answer says where no rate was measured, by how sure the examiner is."""
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")


def answer_lineup(
    workspace: Workspace,
    lineup: str,
    *,
    choice: str,
    examiner: str,
    confidence: str,
    note: str | None,
    known_at: datetime,
) -> Claim:
    """Log an answer and open the seal.

    Args:
        workspace: whose line-up.
        lineup: the short word on the sheet.
        choice: a number on it, or ``none``.
        examiner: a handle of their own choice; nothing else of the person is kept.
        confidence: ``guess``, ``lean`` or ``sure``.
        note: what it rests on, in the examiner's words.
        known_at: now, aware UTC.

    Raises:
        LineupError: there is no such line-up, number, confidence or handle.

    """
    asked = find_lineup(workspace, lineup)
    value: Any = asked.value
    picked = _picked(choice, int(value["hulls"]))
    if _HANDLE.fullmatch(examiner) is None:
        raise LineupError(fact=f"{examiner!r} is no handle of 2 to 32 of a-z, 0-9 and hyphens")
    if confidence not in CONFIDENCES:
        raise LineupError(fact=f"{confidence!r} is none of {', '.join(CONFIDENCES)}")
    said = {"lineup": lineup, "choice": picked, "examiner": examiner, "confidence": confidence,
            "note": note, "answered_at": known_at.isoformat()}  # fmt: skip
    data = canonical_json(said)  # type: ignore[arg-type]  # a dict of JSON values
    source = _source(workspace, data, known_at)
    earlier = _answers(workspace, asked, examiner)
    observation = Observation(
        source_id=source.id,
        what=WHAT,
        subject=asked.subject,
        locator="whole",
        raw=data.decode(),
        values={**said},
    )
    before = _first_answers(workspace, examiner, but=asked.id)
    claim = answer_claim(asked, observation, before, second=bool(earlier))
    workspace.evidence.append([source, observation, claim], known_at=known_at)
    return claim


def answer_claim(
    asked: Claim, observation: Observation, before: Sequence[Claim], *, second: bool
) -> Claim:
    """Whether an answer was right, and what it says by the examiner's record so far.

    Args:
        asked: the line-up.
        observation: the answer.
        before: first answers of the same examiner to other line-ups, given earlier.
        second: whether the same examiner had answered this one before.

    """
    number = opened(asked)
    values = observation.values
    picked = values["choice"]
    value: Any = asked.value
    control = bool(asked.parameters["control"])
    record = _record(before)
    verdict = "none" if picked is None else "proposed" if picked == number else "foil"
    ratio, measured = _ratio(verdict, int(value["hulls"]), record, str(values["confidence"]))
    about = asked.subject
    counts = not second and not control
    bears = _bearings(about, (ratio, measured), asked, record) if counts else []
    told = "picked no hull" if picked is None else f"picked hull {picked}"
    again_said = " It is a second answer, and counts for nothing." if second else ""
    return Claim(
        subject=about,
        predicate=PREDICATE,
        value={
            "lineup": value["lineup"],
            "examiner": values["examiner"],
            "choice": picked,
            "number": number,
            "verdict": verdict,
            "control": control,
            "second": second,
            "confidence": values["confidence"],
            "ratio": round(ratio, 4) if counts else None,
            "measured": measured,
            "record": {"right": record[0], "of": record[1]},
            "messages": [
                (
                    f"Examiner {values['examiner']} {told} of {value['hulls']}; the hull in "
                    f"question is number {number}. Of controls before it, {record[0]} right of "
                    f"{record[1]}.{again_said}"
                )
            ],
            "bearings": as_values(bears),
        },
        time=asked.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={"second": second},
        inputs=(asked.id, observation.id, *(c.id for c in before)),
    )


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """The claim anew from the line-up, the answer and those before it."""
    asked, observation, *before = inputs
    if not isinstance(asked, Claim) or not isinstance(observation, Observation):
        return claim.model_copy(update={"value": None, "reason": "its line-up is not here"})
    earlier = [c for c in before if isinstance(c, Claim)]
    return answer_claim(asked, observation, earlier, second=bool(claim.parameters["second"]))


def _picked(choice: str, hulls: int) -> int | None:
    if choice == NONE:
        return None
    if not choice.isdigit() or not 1 <= int(choice) <= hulls:
        raise LineupError(fact=f"{choice!r} is neither a number from 1 to {hulls} nor none")
    return int(choice)


def _ratio(
    verdict: str, hulls: int, record: tuple[int, int], confidence: str
) -> tuple[float, bool]:
    """P(this pick | the ship is there) over P(it | she is not), by the record where it suffices.

    Whoever sees another ship than the one named, and picks, picks each hull alike: one in as many
    as there are.
    """
    if record[1] < ENOUGH or verdict == "none":
        said = EXPERT[confidence]
        return (said if verdict == "proposed" else 1 / said), False
    rate = (record[0] + 0.5) / (record[1] + 1.0)
    by_chance = 1.0 / hulls
    if verdict == "proposed":
        return rate / by_chance, True
    return (1 - rate) / (1 - by_chance), True


def _bearings(
    about: str, found: tuple[float, bool], asked: Claim, record: tuple[int, int]
) -> list[Bearing]:
    ratio, measured = found
    value: Any = asked.value
    kinds = ((Hypothesis.SAME_HULL, ratio), (Hypothesis.OTHER_HULL_SEEN, 1 / ratio))
    return [
        Bearing(
            hypothesis=kind,
            about=about,
            ratio=round(own, 4),
            group=Group.IDENTITY,
            measured=measured,
            n=record[1] if measured else None,
            cause=f"lineup:{value['lineup']}",
            because=f"A blind line-up of {value['hulls']} hulls was answered.",
        )
        for kind, own in kinds
    ]


def _record(before: Sequence[Claim]) -> tuple[int, int]:
    """Right answers to controls, and all answers to them."""
    values = [c.value for c in before if isinstance(c.value, dict) and c.value["control"]]
    return sum(v["verdict"] == "proposed" for v in values), len(values)


def _answers(workspace: Workspace, asked: Claim, examiner: str) -> list[Claim]:
    return [c for c in _of(workspace, examiner) if c.inputs[0] == asked.id]


def _first_answers(workspace: Workspace, examiner: str, *, but: str) -> list[Claim]:
    return [
        c
        for c in _of(workspace, examiner)
        if c.inputs[0] != but and isinstance(c.value, dict) and not c.value["second"]
    ]


def _of(workspace: Workspace, examiner: str) -> list[Claim]:
    found = workspace.evidence.find("claim", predicate=PREDICATE)
    return [
        c
        for c in found
        if isinstance(c, Claim) and isinstance(c.value, dict) and c.value["examiner"] == examiner
    ]


def _source(workspace: Workspace, data: bytes, known_at: datetime) -> Source:
    """An answer as bytes received."""
    workspace.evidence.put_object(data)
    return Source(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        name="answer.json",
        media="lineup-answer",
        received_at=known_at,
        provider="an examiner of this workspace",
        licence="own",
        credit="an examiner of this workspace",
        redistributable=True,
    )


def answers_to(workspace: Workspace, asked: Claim) -> list[dict[str, Any]]:
    """The answers to a line-up in the order in which they were given."""
    found = workspace.evidence.find("claim", subject=asked.subject, predicate=PREDICATE)
    return [
        {**c.value, "claim": c.id}
        for c in found
        if isinstance(c, Claim) and isinstance(c.value, dict) and c.inputs[0] == asked.id
    ]
