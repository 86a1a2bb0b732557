"""A hidden scheme taken through the commands of an analyst, and its case marked.

Nothing here looks at ``scheme.json`` before the case is built: the workspace is given AIS, images
and a site, watched, asked who lay at the berths, and argued; then the answer is opened.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from quaywatch.cases.argument import Argument
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.cases.case import Case, case_toml
from quaywatch.evidence.bearing import Hypothesis
from quaywatch.evidence.record import Claim
from quaywatch.fusion.attribution import P_UNLISTED
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.demo import take_in
from quaywatch.testing.scheme import TRUTH, Scheme, build_scheme
from quaywatch.testing.scheme_archive import Archive
from quaywatch.testing.site_plan import SITE_ID
from quaywatch.workflows.callers_compared import compare_callers
from quaywatch.workflows.callers_shown import callers_json
from quaywatch.workflows.case import build_case, next_looks
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.watch import watch_workspace

CASE: Final = "who-loaded"
ORDERED: Final = "planetscope"
"""The kind of image that is ordered."""
BESIDE: Final = timedelta(hours=6)
"""About a stay, within which broadcasts are asked about."""
ASKED_FROM: Final = 0.02
"""A ship with less odds is not asked about by name."""
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Asked:
    """One hypothesis of the case: this ship was that hull."""

    ship: str
    berth: str
    first_seen: str
    probability: float
    true: bool


@dataclass(frozen=True)
class Run:
    """What the case said of one world, and what was so."""

    scheme: Scheme
    asked: tuple[Asked, ...]
    named: Mapping[str, str | None]
    """Principal stay (``schemer`` or ``dark_caller``) → the ship named for its hull."""
    odds: Mapping[str, float | None]
    """The same → odds that the case gives the true ship; None where the hull was not seen."""
    look_alike: float
    """The highest odds that the case gives the look-alike for a hull that it was not."""
    false_broadcast: Mapping[str, float]
    """Ship → the case's odds that its broadcasts were false, of those that it was asked of."""
    verified: bool | None
    ordered: int = 0
    """Images bought of where broadcasts put ships."""


def run_scheme(
    directory: Path, *, seed: int, now: datetime, cache: Path | None = None, verify: bool = False
) -> Run:
    """Build a world, take it through the commands, build its case, and mark it.

    Args:
        directory: the workspace to be made.
        seed: of the world.
        now: aware UTC.
        cache: a folder of land tiles from another world of the kind, and left there for the next.
        verify: also recompute the case.

    """
    incoming = directory / "simulated-input"
    with Workspace.create(directory, simulated=True) as workspace:
        if cache is not None and cache.is_dir():
            shutil.copytree(cache, workspace.cache_dir / "water", dirs_exist_ok=True)
        archive = build_scheme(incoming, seed=seed).archive
        take_in(workspace, incoming, now=now, report=_quiet)
        stays, case = _investigated(workspace, now=now)
        ordered = order_looks(workspace, case, archive, today=now.date())
        if ordered:
            ingest_imagery(workspace, ordered, known_at=now, stated={}, report=_quiet)
            stays, case = _investigated(workspace, now=now)
        build_case(workspace, case.id, now=now)
        verified = check_case(workspace, case.id).ok if verify else None
        arguments = arguments_of(workspace)
        if cache is not None and not cache.is_dir():
            shutil.copytree(workspace.cache_dir / "water", cache)
    return _marked(incoming, stays, case, arguments, verified, len(ordered))


def _investigated(workspace: Workspace, *, now: datetime) -> tuple[list[Mapping[str, Any]], Case]:
    """Watched, the hulls at the berths compared with known pictures, and the case asked."""
    watch_workspace(workspace, now=now, report=_quiet)
    compare_callers(workspace, SITE_ID, now=now)
    stays = callers_json(workspace, SITE_ID, now=now)["stays"]
    return stays, _ask(workspace, stays)


def order_looks(workspace: Workspace, case: Case, archive: Archive, *, today: date) -> list[Path]:
    """The images that the case proposes of where broadcasts put ships, as far as it was clear.

    One of 3 m for each ship: such are taken everywhere every day, sharper ones are not.
    """
    found: dict[str, Path] = {}
    proposed = next_looks(workspace, case.id, today=today)
    for asked, told in zip(case.hypothesis, proposed, strict=True):
        for row in told["looks"]:
            if row["place"] != "broadcast" or row["sensor"] != ORDERED or asked.about in found:
                continue
            day = datetime.fromisoformat(row["day"]).replace(tzinfo=UTC)
            path = archive.order(row["lon"], row["lat"], day + timedelta(hours=row["hour_utc"]))
            if path is not None:
                found[str(asked.about)] = path
    return list(found.values())


def _quiet(_what: str, _share: float) -> None:
    """Nobody is told."""


def _ask(workspace: Workspace, stays: Sequence[Mapping[str, Any]]) -> Case:
    """The case of an analyst: of each hull that no broadcast accounts for, who was it?"""
    open_stays = [stay for stay in stays if not _heard_there(stay)]
    hypotheses = [
        _was(one["subject"], stay)
        for stay in open_stays
        for one in stay["candidates"]
        if one["p"] >= ASKED_FROM
    ]
    subjects = sorted({h.about for h in hypotheses if h.about})
    false = [_false(ship, _asked_of(ship, open_stays)) for ship in subjects]
    asked = Case(
        id=CASE,
        title="Hulls that no broadcast accounts for",
        question="Which ships lay at the berths when no broadcast said so?",
        subjects=tuple(subjects),
        hypothesis=(*hypotheses, *false),
    )
    (workspace.cases_dir / CASE).mkdir(parents=True, exist_ok=True)
    land_bytes(case_toml(asked).encode(), workspace.cases_dir / CASE / "case.toml")
    return asked


def _heard_there(stay: Mapping[str, Any]) -> bool:
    return any(one["whereabouts"] == "here" for one in stay["candidates"])


def _was(ship: str, stay: Mapping[str, Any]) -> AskedHypothesis:
    day = stay["first_seen"][:10]
    return AskedHypothesis(
        id=f"{ship.partition(':')[2]}-{stay['berth']}-{day}",
        statement=f"The hull at {stay['berth']} on {day} is {ship}.",
        kind=Hypothesis.CALLED,
        about=ship,
        at=f"site:{SITE_ID}/berth:{stay['berth']}",
        period=f"{stay['first_seen']}/{stay['last_seen']}",
        prior=(1.0 - P_UNLISTED[1]) / stay["ships_weighed"],
        prior_because="Every ship heard here alike, and three in ten that it is none of them.",
        innocent="The hull is of another ship of that size, one that nobody heard.",
        would_refute=("A picture of that day that shows this ship elsewhere.",),
    )


def _asked_of(ship: str, stays: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """From hours before the first look in which a ship is asked about to hours after the last."""
    own = [
        stay
        for stay in stays
        if any(one["subject"] == ship and one["p"] >= ASKED_FROM for one in stay["candidates"])
    ]
    first = datetime.fromisoformat(min(stay["first_seen"] for stay in own)) - BESIDE
    last = datetime.fromisoformat(max(stay["last_seen"] for stay in own)) + BESIDE
    return first.isoformat(), last.isoformat()


def _false(ship: str, period: tuple[str, str]) -> AskedHypothesis:
    return AskedHypothesis(
        id=f"false-{ship.partition(':')[2]}",
        statement=f"Broadcasts under the number of {ship} did not tell where it was.",
        period="/".join(period),
        kind=Hypothesis.BROADCAST_FALSE,
        about=ship,
        prior=0.01,
        innocent="The hull seen at the berth is of another ship.",
        would_refute=("A picture of the ship where its broadcasts put it.",),
    )


def arguments_of(workspace: Workspace) -> dict[str, Argument]:
    """The last argument of each hypothesis of the case, by its id."""
    found: dict[str, Argument] = {}
    for claim in workspace.evidence.find("claim", predicate="argument"):
        if isinstance(claim, Claim):
            argument = Argument.model_validate(claim.value)
            found[argument.hypothesis] = argument
    return found


def _marked(
    incoming: Path,
    stays: Sequence[Mapping[str, Any]],
    case: Case,
    arguments: Mapping[str, Argument],
    verified: bool | None,  # noqa: FBT001  # private, and handed through
    ordered: int,
) -> Run:
    told = json.loads((incoming / TRUTH).read_text(encoding="utf-8"))
    scheme = Scheme(**told)
    asked = [
        Asked(
            ship=str(h.about),
            berth=stay["berth"],
            first_seen=stay["first_seen"],
            probability=arguments[h.id].probability,
            true=h.about == _who(scheme, stay),
        )
        for h in case.hypothesis
        if h.kind == Hypothesis.CALLED
        for stay in stays
        if h.id.endswith(f"{stay['berth']}-{stay['first_seen'][:10]}") and not _heard_there(stay)
    ]
    principal = {
        role: next((s for s in stays if _who(scheme, s) == getattr(scheme, role)
                    and not _heard_there(s)), None)
        for role in ("schemer", "dark_caller")
    }  # fmt: skip
    return Run(
        scheme=scheme,
        asked=tuple(asked),
        named={role: None if s is None else s["named"] for role, s in principal.items()},
        odds={
            role: None if s is None else _odds(asked, getattr(scheme, role), s)
            for role, s in principal.items()
        },
        look_alike=max(
            (a.probability for a in asked if a.ship == scheme.look_alike and not a.true),
            default=0.0,
        ),
        false_broadcast={
            str(h.about): arguments[h.id].probability
            for h in case.hypothesis
            if h.kind == Hypothesis.BROADCAST_FALSE
        },
        verified=verified,
        ordered=ordered,
    )


def _odds(asked: Sequence[Asked], ship: str, stay: Mapping[str, Any]) -> float:
    """The case's odds for a ship as one hull; under what is asked about it counts as nothing."""
    return next(
        (
            a.probability
            for a in asked
            if (a.ship, a.berth, a.first_seen) == (ship, stay["berth"], stay["first_seen"])
        ),
        0.0,
    )


def _who(scheme: Scheme, stay: Mapping[str, Any]) -> str | None:
    """Whose hull a stay truly was, where a principal's; a look of the open calls is nobody's."""
    seen = datetime.fromisoformat(stay["first_seen"])
    for ship, berth, (first, last) in (
        (scheme.schemer, "coal-1", scheme.schemer_stay),
        (scheme.dark_caller, "coal-2", scheme.dark_stay),
    ):
        inside = datetime.fromisoformat(first) <= seen <= datetime.fromisoformat(last)
        if inside and stay["berth"] == berth:
            return ship
    return None
