"""A pass over the AIS of a workspace: made once for what is there, and made again to verify it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from pydantic import JsonValue

from quaywatch.ais import gaps, reception, segments, sparsity
from quaywatch.ais.events import event_ids
from quaywatch.ais.integrity.battery import METHOD as INTEGRITY_METHOD
from quaywatch.errors import PassDiffersError
from quaywatch.evidence.record import Claim, Source
from quaywatch.geo.coast import Coast
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.geo.water import WaterRouter
from quaywatch.sites.facility import Site
from quaywatch.stores.events import PASS_METHOD, digest_of
from quaywatch.stores.ingested import INGEST_PREDICATE
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels import findings as identity
from quaywatch.voyages import declared, encounters, gap_reach, port_calls
from quaywatch.workflows.ais_pass import AisPass, PassRules, Report
from quaywatch.workflows.event_claims import event_claim
from quaywatch.workflows.looks import site_of, sites_of
from quaywatch.workflows.receive import Terms, receive

METHOD: Final = PASS_METHOD
ROWS_AT_A_TIME: Final = 500_000
_PREFIX: Final = "pass-"
_METHODS: Final = (
    declared.METHOD, encounters.METHOD, gap_reach.METHOD, gaps.METHOD, INTEGRITY_METHOD,
    identity.METHOD, port_calls.METHOD, reception.METHOD, segments.METHOD, sparsity.METHOD,
)  # fmt: skip
SITE: Final = "site"
"""``media`` of a drawing."""


def watch_ais(workspace: Workspace, *, now: datetime, report: Report) -> Claim | None:
    """Derive all events from the AIS here; None where there is no AIS.

    Where neither the AIS, nor the sites, nor the rules are new, nothing is done and the last
    pass's claim is returned.

    Args:
        workspace: whose AIS.
        now: when this is learned, aware UTC.
        report: told how far it is.

    """
    ingests = _ingests(workspace)
    if not ingests:
        return None
    sources = _drawn(workspace, now)
    inputs = [*ingests, *(source.id for _, source in sources)]
    rules = PassRules(gap_hours=workspace.config.watch.gap_hours)
    told = _parameters(workspace, rules)
    last = workspace.events.passes()[-1:]
    if last and list(last[0].claim.inputs) == inputs and last[0].claim.parameters == told:
        return last[0].claim
    with workspace.events.session() as session, _scratch(workspace, _PREFIX) as scratch:
        _sweep(workspace, Path(scratch))
        work = _pass(workspace, ingests, [site for site, _ in sources], rules, Path(scratch))
        for events in work.events(report):
            session.add(events)
        return session.commit(inputs=inputs, parameters=told, known_at=now)


def events_again(workspace: Workspace, claim: Claim) -> pl.DataFrame:
    """The events of a pass anew, from the ingests and drawings that it went over, with their ids.

    Raises:
        RecordMissingError: an input is not here.
        PassDiffersError: it was made with another land mask or by another version.

    """
    inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
    drawn = [one for one in inputs if isinstance(one, Source) and one.media == SITE]
    sites = [site_of(workspace, source) for source in drawn]
    ingests = [one.id for one in inputs if one not in drawn]
    told: dict[str, Any] = dict(claim.parameters)
    rules, rows = PassRules(**told["rules"]), int(told["rows_at_a_time"])
    if _parameters(workspace, rules, rows=rows) != told:
        raise PassDiffersError(event="any event of it")
    with _scratch(workspace, "again-") as scratch:
        work = _pass(workspace, ingests, sites, rules, Path(scratch), rows=rows)
        found = [events.with_columns(event_ids(events)) for events in work.events(_quiet)]
    return pl.concat(found).unique("event_id", keep="first", maintain_order=True)


class PassesAgain:
    """Makes passes again for ``case verify``, each once however many claims rest on it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[str, pl.DataFrame] = {}

    def again(self, claim: Claim) -> Claim:
        """The claim of an event anew, from the pass that it rests on.

        Raises:
            PassDiffersError: the pass finds no such event.

        """
        made_by = next(
            one for one in self._workspace.events.passes() if one.claim.id == claim.inputs[0]
        )
        if made_by.claim.id not in self._made:
            self._made[made_by.claim.id] = events_again(self._workspace, made_by.claim)
        events = self._made[made_by.claim.id]
        rows = events.filter(pl.col("event_id") == str(claim.parameters["event"]))
        if rows.is_empty():
            raise PassDiffersError(event=str(claim.parameters["event"]))
        return event_claim(rows.row(0, named=True), made_by)

    def pass_again(self, claim: Claim) -> Claim:
        """A pass's claim with its set of events made again."""
        if claim.id not in self._made:
            self._made[claim.id] = events_again(self._workspace, claim)
        value: Any = claim.value
        digest = digest_of(self._made[claim.id]["event_id"])
        return claim.model_copy(update={"value": {**value, "digest": digest}})


def _ingests(workspace: Workspace) -> list[str]:
    """Ids of the sources in the lake, in the order in which they came."""
    found = workspace.evidence.find("claim", predicate=INGEST_PREDICATE)
    return [claim.subject for claim in found if isinstance(claim, Claim)]


def _drawn(workspace: Workspace, now: datetime) -> list[tuple[Site, Source]]:
    """The sites as drawn now, entered as sources if they were not."""
    pairs = []
    for site, path in sites_of(workspace).values():
        source = receive(
            workspace, path, media=SITE, received_at=now,
            terms=Terms(provider="the analyst", credit="the analyst", redistributable=True),
        )  # fmt: skip
        workspace.evidence.append([source], known_at=now)
        pairs.append((site, source))
    return pairs


def _parameters(
    workspace: Workspace, rules: PassRules, *, rows: int = ROWS_AT_A_TIME
) -> dict[str, JsonValue]:
    """What a pass is told; a newer method is told too, so that its like is judged anew."""
    coast = _coast(workspace)
    return {
        "rules": asdict(rules),
        "coast": coast.method,
        "distance": WATER_METHOD,
        "methods": list(_METHODS),
        "rows_at_a_time": rows,
    }


def _coast(workspace: Workspace) -> Coast:
    return Coast(workspace.cache_dir / "water")


def _scratch(workspace: Workspace, prefix: str) -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix=prefix, dir=workspace.cache_dir)


def _sweep(workspace: Workspace, mine: Path) -> None:
    """Remove what killed passes left: the writer's lock is held, so no other pass is under way."""
    for left in workspace.cache_dir.glob(f"{_PREFIX}*"):
        if left != mine:
            rmtree(left, ignore_errors=True)


def _pass(
    workspace: Workspace,
    ingests: Sequence[str],
    sites: Sequence[Site],
    rules: PassRules,
    scratch: Path,
    *,
    rows: int = ROWS_AT_A_TIME,
) -> AisPass:
    sources = frozenset(ingests)
    return AisPass(
        lambda: workspace.lake.passes(rows, sources=sources),
        rules=rules,
        sites=sites,
        coast=_coast(workspace),
        distance=WaterRouter(workspace.cache_dir / "water").distance,
        scratch=scratch,
    )


def _quiet(_what: str, _share: float) -> None:
    """Tell nobody."""
