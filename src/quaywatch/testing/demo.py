"""The worked example: a simulated world taken through every step, and its answers marked.

Nothing here looks at ``truth.json`` before the workspace has given its answers.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from quaywatch.cases.case import Case
from quaywatch.errors import NotSimulatedError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim
from quaywatch.stores.workspace import CONFIG_NAME, Workspace
from quaywatch.testing.demo_world import build_demo_world
from quaywatch.testing.planted import PlantedTruth, PresenceCheck, TwoPlaces
from quaywatch.workflows.berths import states_of
from quaywatch.workflows.case import build_case, new_case
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.ingest_claims import ingest_claims
from quaywatch.workflows.looks import looks_of
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.scenes import ingest_imagery
from quaywatch.workflows.watch import watch_workspace

CASE_ID = "two-places"
TERMS = Terms("quaywatch simulator", "CC0-1.0", "Simulated by quaywatch", redistributable=True)
Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing planted, and what was found of it."""

    what: str
    planted: str
    found: str
    agrees: bool
    must_agree: bool = True
    """False for counts that clouds and sensors make differ in any honest world."""


@dataclass(frozen=True, slots=True)
class Demo:
    """How the worked example went."""

    lines: tuple[Line, ...]
    dossier: Path
    verified: bool
    case: str
    seconds: float


def prepare(directory: Path, *, seed: int, now: datetime, report: Report) -> Demo:
    """Make the world, take it through, build and verify its case, and mark the answers.

    Safe to interrupt and to run again: what is there is not done twice.

    Args:
        directory: the workspace; made if absent.
        seed: of the world.
        now: aware UTC.
        report: told how far it is.

    Raises:
        NotSimulatedError: the folder holds a workspace of real data.

    """
    started = time.perf_counter()
    directory = directory.absolute()
    workspace = _workspace(directory)
    with workspace, _kernels_compiling() as compiling:
        incoming = directory / "simulated-input"
        truth = build_demo_world(incoming, seed=seed, progress=_part(report, 0.0, 0.3))
        take_in(workspace, incoming, now=now, report=_part(report, 0.3, 0.45))
        compiling.wait()
        watched = watch_workspace(workspace, now=now, report=_part(report, 0.45, 0.9))
        report("the dossier", 0.9)
        case = _case(workspace, truth)
        build_case(workspace, case.id, now=now)
        report("verifying", 0.95)
        verified = check_case(workspace, case.id).ok
        lines = marked(workspace, truth, watched)
    dossier = directory / "cases" / case.id / "dossier.html"
    return Demo(tuple(lines), dossier, verified, case.id, time.perf_counter() - started)


@contextmanager
def _kernels_compiling() -> Iterator["subprocess.Popen[bytes]"]:
    """Another process compiles, the first time on a machine, what the pass will want."""
    command = [sys.executable, "-m", "quaywatch.testing.warm"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: S603  # ourselves
        try:
            yield process
        finally:
            process.terminate()


def _workspace(directory: Path) -> Workspace:
    if not (directory / CONFIG_NAME).exists():
        return Workspace.create(directory, simulated=True)
    workspace = Workspace.open(directory)
    if not workspace.config.simulated:
        workspace.close()
        raise NotSimulatedError(root=str(directory))
    return workspace


def take_in(workspace: Workspace, incoming: Path, *, now: datetime, report: Report) -> None:
    """Take in the sites, AIS, images and claims of a simulated world, as a user would."""
    for path in sorted((incoming / "sites").glob("*.geojson")):
        (workspace.sites_dir / path.name).write_bytes(path.read_bytes())
    ingest_ais(
        workspace, [incoming / "ais"], known_at=now, terms=TERMS, timezone="UTC",
        report=_part(report, 0.0, 0.5),
    )  # fmt: skip
    ingest_imagery(
        workspace, [incoming / "imagery"], known_at=now, stated={}, report=_part(report, 0.5, 1.0)
    )
    for path in sorted((incoming / "claims").glob("*.toml")):
        ingest_claims(workspace, path, known_at=now)


def _case(workspace: Workspace, truth: PlantedTruth) -> Case:
    ships = {v.key: v for v in truth.vessels}
    wanted = [ships[pair.vessel] for pair in truth.two_places]
    subjects = sorted(
        {f"imo:{v.imo}" for v in wanted if v.imo} | {f"mmsi:{v.mmsi:09d}" for v in wanted if v.mmsi}
    )
    if (workspace.cases_dir / CASE_ID / "case.toml").exists():
        return Case(id=CASE_ID, title="-", question="-")
    return new_case(
        workspace,
        CASE_ID,
        title="Ships in two places: a worked example",
        question="Which of these ships were where they said they were?",
        subjects=subjects,
    )


def marked(workspace: Workspace, truth: PlantedTruth, watched: dict[str, Any]) -> list[Line]:
    """What was planted beside what was found."""
    claims = [c for c in workspace.evidence.find("claim") if isinstance(c, Claim)]
    lines = [_pair_line(pair, truth, claims) for pair in truth.two_places]
    lines += [_presence_line(check, claims) for check in truth.presence]
    lines.append(_accused_line(truth, claims))
    lines += _gap_lines(truth, workspace.events.known(kinds=["gap"]))
    lines.append(_berth_line(workspace, truth))
    del watched
    return lines


def _pair_line(pair: TwoPlaces, truth: PlantedTruth, claims: Sequence[Claim]) -> Line:
    ship = next(v for v in truth.vessels if v.key == pair.vessel)
    verdicts = [
        _verdict(c)
        for c in claims
        if c.predicate == "two-places"
        and c.subject == f"imo:{ship.imo}"
        and _sighted_at(c, claims) == TimeInterval.parse(pair.sighting_at).start
    ]
    found = _worst(verdicts, pair.expected)
    what = f"two places, {ship.name}, {pair.sighting_at[:10]}"
    return Line(what, pair.expected, found, found == pair.expected)


def _presence_line(check: PresenceCheck, claims: Sequence[Claim]) -> Line:
    at = datetime.fromisoformat(_scene_time(check.scene))
    verdicts = [
        _verdict(c)
        for c in claims
        if c.predicate == "presence"
        and c.subject == f"mmsi:{check.mmsi:09d}"
        and c.time is not None
        and abs(c.time.start - at) < timedelta(minutes=5)
    ]
    found = _worst(verdicts, check.expected)
    what = f"presence, MMSI {check.mmsi:09d}, {at:%Y-%m-%d}"
    # A detector that loses a hull against a quay may say so; it may not say that none is there.
    modest = found == "not-observable"
    return Line(what, check.expected, found, found == check.expected, must_agree=not modest)


def _accused_line(truth: PlantedTruth, claims: Sequence[Claim]) -> Line:
    """No ship but those that were planted to may be contradicted."""
    guilty = {f.vessel for f in truth.fakes} | {v for c in truth.clones for v in c.vessels}
    planted = {v.key: v for v in truth.vessels if v.key in guilty}
    named = {f"imo:{v.imo}" for v in planted.values()} | {
        f"mmsi:{v.mmsi:09d}" for v in planted.values() if v.mmsi
    }
    accused = {
        c.subject
        for c in claims
        if c.predicate in {"two-places", "presence"}
        and _verdict(c) in {"impossible", "implausible", "not-seen"}
        and c.subject not in named
    }
    return Line("honest ships contradicted", "0", str(len(accused)), not accused)


def _gap_lines(truth: PlantedTruth, gaps: pl.DataFrame) -> list[Line]:
    near = timedelta(hours=2)
    found = 0
    for planted in truth.gaps:
        start = datetime.fromisoformat(planted.start_at)
        end = datetime.fromisoformat(planted.end_at)
        same = (
            (pl.col("mmsi") == planted.mmsi)
            & pl.col("start").is_between(start - near, start + near)
            & pl.col("end").is_between(end - near, end + near)
        )
        found += gaps.filter(same).height > 0
    planted_n = len(truth.gaps)
    return [Line("planted gaps listed", str(planted_n), str(found), found == planted_n)]


def _berth_line(workspace: Workspace, truth: PlantedTruth) -> Line:
    """Berth states of the site against the hulls that were there, but for what is covered."""
    hulls = {
        Path(s.file).name: {h.berth for h in s.hulls if h.berth and not h.hidden}
        for s in truth.scenes
    }
    there = {look.id: _there(workspace, look, hulls) for look in looks_of(workspace, "simport")}
    right = wrong = unknown = 0
    for claim in states_of(workspace, "simport"):
        taken, state = there[claim.inputs[0]], _state(claim)
        if taken is None or state == "not-applicable":
            continue
        if state is None:
            unknown += 1
        elif (state == "occupied") == (str(claim.parameters["berth"]) in taken):
            right += 1
        else:
            wrong += 1
    said = right + wrong
    share = f"{100 * right / said:.1f}% of {said} right, {unknown} unknown" if said else "no look"
    return Line("berth states", "as planted", share, bool(said) and right / said >= 0.9,
                must_agree=False)  # fmt: skip


def _there(workspace: Workspace, look: Claim, hulls: dict[str, set[str]]) -> set[str] | None:
    """The berths that were taken when a look was made; None where no truth is planted."""
    scene = workspace.evidence.get(look.inputs[0])
    named = scene.inputs if isinstance(scene, Claim) else ()
    names = [getattr(workspace.evidence.get(i), "name", "") for i in named]
    return next((hulls[name] for name in names if name in hulls), None)


def _state(claim: Claim) -> str | None:
    return str(claim.value["state"]) if isinstance(claim.value, dict) else None


def _verdict(claim: Claim) -> str:
    return str(claim.value.get("verdict")) if isinstance(claim.value, dict) else ""


def _sighted_at(claim: Claim, claims: Sequence[Claim]) -> datetime | None:
    """Start of the time of the sighting that a two-places claim is about."""
    sighting = next((c for c in claims if c.id == claim.inputs[1]), None)
    return sighting.time.start if sighting is not None and sighting.time else None


def _worst(verdicts: Sequence[str], expected: str) -> str:
    """The verdict to mark: one that differs from what is expected, if any does."""
    differing = [v for v in verdicts if v != expected]
    return differing[0] if differing else (verdicts[0] if verdicts else "not checked")


def _scene_time(name: str) -> str:
    day, clock = Path(name).name.split("_")[:2]
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}T{clock[:2]}:{clock[2:4]}:{clock[4:6]}+00:00"


def _part(report: Report, low: float, high: float) -> Report:
    return lambda what, share: report(what, low + share * (high - low))
