"""Which image to buy next: the looks that would move a case's hypotheses most, as claims.

Candidates are days of the hypothesis's period, kinds of image and places: the site that it is of,
or where the ship's own broadcasts put it. What a day would show is predicted from what is known;
where a hypothesis predicts no image, that is said instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from quaywatch.cases.argument import Argument, argument_of
from quaywatch.cases.argument_finding import NEXT_LOOKS
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.cases.case import Case
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.evidence.wording import bounded, counted
from quaywatch.fusion.value_of_looking import EYES, METHOD, Clear, Eye, Predicts, Worth, worth_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looking_days import Place, places_of

PREDICATE: Final = NEXT_LOOKS
SHOWN: Final = 10
"""Looks listed for a hypothesis."""
OF_ONE_EYE: Final = 3
"""At most so many of one kind of image, so that the list shows a choice."""
LEAST_SHIFT: Final = 1e-6
"""A look that is expected to move nothing is not listed."""


@dataclass(frozen=True)
class Candidate:
    """One image that could be had, with all that its worth is computed from."""

    place: str
    """``site:…`` or ``broadcast``."""
    where: str
    """As printed."""
    lon: float
    lat: float
    day: str
    """ISO date, UTC."""
    hour_utc: float
    sensor: str
    usable: int
    looks: int
    """Looks of that calendar month there, and how many could tell."""
    found: float
    own_if: float
    own_else: float
    other_if: float
    other_else: float
    because: str
    """Why it would show anything."""

    @property
    def eye(self) -> Eye:
        """Its kind of image."""
        return next(eye for eye in EYES if eye.sensor == self.sensor)

    @property
    def clear(self) -> Clear:
        """Chance that it is clear; a radar does not ask."""
        return Clear(self.usable, self.looks)

    def worth(self, p: float) -> Worth:
        """What it is worth at this probability of the hypothesis."""
        predicts = Predicts(self.own_if, self.own_else, self.other_if, self.other_else)
        return worth_of(
            predicts, p=p, found=self.found, identifies=self.eye.identifies,
            p_usable=self.eye.p_pass * (1.0 if self.eye.radar else self.clear.middle),
        )  # fmt: skip


def looking_claims(
    workspace: Workspace, case: Case, arguments: Sequence[Claim], *, today: date
) -> list[Claim]:
    """A claim per hypothesis of a case: the looks that would move it most, or why none would.

    Args:
        workspace: whose looks and broadcasts.
        case: with its hypotheses.
        arguments: a claim ``argument@1`` for each, in the case's order.
        today: images of earlier days are asked of an archive, later ones ordered.

    """
    return [
        _looking_claim(workspace, asked, claim, today)
        for asked, claim in zip(case.hypothesis, arguments, strict=True)
    ]


def _looking_claim(
    workspace: Workspace, asked: AskedHypothesis, claim: Claim, today: date
) -> Claim:
    argument = argument_of(claim)
    items = [
        record
        for record in (workspace.evidence.get(item.claim) for item in argument.items)
        if isinstance(record, Claim)
    ]
    places, refused = places_of(workspace, asked, items)
    candidates = [one for place in places for one in _candidates(place)]
    ranked = _ranked(candidates, argument.probability)
    if not ranked and refused is None:
        refused = "No image of its period that is not held here would show anything of it."
    parameters: dict[str, Any] = {
        "considered": len(candidates),
        "held": sum(place.held for place in places),
        "today": today.isoformat(),
        "refused": refused,
        "candidates": [asdict(one) for one in ranked],
    }
    return _claimed(claim, argument, parameters)


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """The looks anew from the argument and from what each was computed from.

    Raises:
        TypeError: the claim names no argument.

    """
    argument = inputs[0]
    if not isinstance(argument, Claim):
        msg = f"{claim.id} rests on no argument"
        raise TypeError(msg)
    return _claimed(argument, argument_of(argument), dict(claim.parameters))


def _claimed(claim: Claim, argument: Argument, parameters: Mapping[str, Any]) -> Claim:
    candidates = [Candidate(**_floats(one)) for one in parameters["candidates"]]
    p, today = argument.probability, date.fromisoformat(str(parameters["today"]))
    rows = [_row(one, one.worth(p), today) for one in _ranked(candidates, p)]
    refused = parameters["refused"]
    value: dict[str, Any] = {
        "verdict": "none" if refused else "ranked",
        "hypothesis": argument.hypothesis,
        "probability": p,
        "considered": parameters["considered"],
        "held": parameters["held"],
        "refused": refused,
        "looks": rows,
        "messages": [refused] if refused else [_best(argument, rows[0])],
        "assumptions": _ASSUMES if rows else [],
    }
    return Claim(
        subject=claim.subject,
        predicate=PREDICATE,
        value=value,
        time=claim.time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters=dict(parameters),
        inputs=(claim.id,),
    )


_WHOLE: Final = {"usable", "looks"}


def _floats(told: Mapping[str, Any]) -> dict[str, Any]:
    """A candidate as it was: a whole float of a record may come back as an int."""
    return {
        key: float(value) if isinstance(value, int) and key not in _WHOLE else value
        for key, value in told.items()
    }


def _candidates(place: Place) -> Iterator[Candidate]:
    for day in place.days:
        month = day.day.month
        usable, looks = place.months.get(month, (0, 0))
        predicts = day.predicts
        yield Candidate(
            place=place.id,
            where=place.name,
            lon=round(day.lon, 5),
            lat=round(day.lat, 5),
            day=day.day.isoformat(),
            hour_utc=round(day.hour_utc, 2),
            sensor=day.sensor,
            usable=usable,
            looks=looks,
            found=round(day.found, 4),
            own_if=round(predicts.own_if, 4),
            own_else=round(predicts.own_else, 4),
            other_if=round(predicts.other_if, 4),
            other_else=round(predicts.other_else, 4),
            because=day.because,
        )


def _ranked(candidates: Sequence[Candidate], p: float) -> list[Candidate]:
    """The best first, a few of each kind of image; those that would move nothing left out."""
    worth = [(one.worth(p).shift, one) for one in candidates]
    found: list[Candidate] = []
    for shift, one in sorted(worth, key=lambda w: (-round(w[0], 6), w[1].day, w[1].sensor)):
        of_eye = sum(other.sensor == one.sensor for other in found)
        if shift > LEAST_SHIFT and of_eye < OF_ONE_EYE and len(found) < SHOWN:
            found.append(one)
    return found


def _row(one: Candidate, worth: Worth, today: date) -> dict[str, Any]:
    low, high = (1.0, 1.0) if one.eye.radar else one.clear.ends
    middle = 1.0 if one.eye.radar else one.clear.middle
    return {
        "place": one.place,
        "where": one.where,
        "lon": one.lon,
        "lat": one.lat,
        "day": one.day,
        "hour_utc": one.hour_utc,
        "sensor": one.sensor,
        "name": one.eye.name,
        "gsd_m": one.eye.gsd_m,
        "how": "archive" if date.fromisoformat(one.day) < today else "to be ordered",
        "p_pass": round(one.eye.p_pass, 3),
        "p_clear": [round(low, 3), round(middle, 3), round(high, 3)],
        "looks_of_month": one.looks,
        "p_found": one.found,
        "identifies": one.eye.identifies,
        "shift": round(worth.shift, 4),
        "shift_low": round(worth.shift * low / middle, 4),
        "shift_high": round(worth.shift * min(high / middle, 1 / middle), 4),
        "change": round(worth.change, 4),
        "variance": round(worth.variance, 5),
        "bits": round(worth.bits, 4),
        "because": one.because,
        "outcomes": [
            {
                "shows": o.shows,
                "p_if": round(o.p_if, 4),
                "p_else": round(o.p_else, 4),
                "chance": round(o.chance, 4),
                "log_ratio": round(o.log_ratio, 4),
                "after": round(min(max(o.after, 0.01), 0.99), 4),
            }
            for o in worth.outcomes
        ],
    }


def _best(argument: Argument, row: Mapping[str, Any]) -> str:
    """The first of the list in a sentence."""
    clock = f"{int(row['hour_utc']):02d}:{int(row['hour_utc'] % 1 * 60):02d}"
    low, middle, high = (f"{100 * bounded(p):.0f}%" for p in row["p_clear"])
    few = f"{middle} ({low} to {high}, from {counted(row['looks_of_month'], 'look')})"
    ends = "; ".join(
        f"{o['shows']} would put it at {100 * o['after']:.0f}%" for o in row["outcomes"]
    )
    return (
        f"The look that would move it most: {row['name']}, {row['where']}, {row['day']} about "
        f"{clock} UTC ({row['how']}). Its chance of being clear is {few}. From "
        f"{100 * argument.probability:.0f}% now, {ends}."
    )


_ASSUMES: Final[list[str]] = [
    "Passes come as often as their owners publish; an archive may hold fewer.",
    "Clouds of a calendar month are as in the looks had of it so far.",
    (
        "A ship stays two days on average, and another hull of its size lies there as often as "
        "looks so far have it."
    ),
    "Ratios of what a person tells from a hull were set, not measured.",
]
