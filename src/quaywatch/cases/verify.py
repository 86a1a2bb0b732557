"""Prove a dossier: walk the ledger, hash every byte, compute every claim again, reread the page.

A report is ``ok`` only if nothing at all is wrong; what could not be checked counts as wrong. In a
copy that withholds something under a commitment, what rests on it is named one by one as an
exception, and the report says "verified except".
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue, ValidationError

from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.contents import read_check
from quaywatch.cases.dossier import running_style, seal_claim
from quaywatch.cases.export_ledger import Step, walk
from quaywatch.cases.page import Build, counts, page_contents
from quaywatch.cases.source_lines import names_lines, stands_at
from quaywatch.cases.verify_folder import UNREADABLE, CaseFolder, read_folder
from quaywatch.cases.verify_page import read_page
from quaywatch.cases.verify_report import Apart, Recomputed, VerifyReport
from quaywatch.evidence.ledger import EvidenceStore, LedgerEntry
from quaywatch.evidence.record import (
    Basis,
    Claim,
    Observation,
    Record,
    Source,
)
from quaywatch.vessels.register_claims import METHOD as REGISTER_METHOD

Recompute = Callable[[Claim, Sequence[Record]], Claim]
"""Makes a claim again from the records that it rests on; the very function that made it."""

_RESTORE = "Restore the workspace from a copy that verifies."
_FAILS = (*UNREADABLE, ArithmeticError, AttributeError, OSError)


def _check_ledger(
    steps: Iterable[Step], folder: CaseFolder, report: VerifyReport
) -> dict[str, LedgerEntry]:
    """The chain holds and contains the head; returns the entries known at the build, by record."""
    try:
        entries = list(steps)
        walk(entries)
    except UNREADABLE as err:
        report.fail("ledger-broken", str(err)[:200], _RESTORE)
        return {}
    report.count("ledger entries", len(entries))
    seqs = [entry.seq for entry in entries if entry.hash == folder.manifest.get("ledger_head")]
    if not seqs:
        report.fail("ledger-head", "the ledger no longer contains the head it had then", _RESTORE)
        return {}
    return {
        entry.record_id: entry
        for entry in entries
        if isinstance(entry, LedgerEntry) and entry.seq <= seqs[0]
    }


def _check_records(
    whole: Closure,
    known: Mapping[str, LedgerEntry],
    folder: CaseFolder,
    apart: Apart,
    report: VerifyReport,
) -> None:
    listed: dict[str, JsonValue] = {}
    for record_id, record in whole.records.items():
        report.count("records")
        # The id of any record but a source is the hash of the content that it was read from.
        plain = isinstance(record, Source)
        content = (
            hashlib.sha256(record.canonical()).hexdigest() if plain else record.id.partition(":")[2]
        )
        listed[record_id] = content
        # A source is named by its bytes, so its licence or credit is pinned by the ledger alone.
        entry = known.get(record_id)
        named = record.sha256 if isinstance(record, Source) else content
        if record_id != f"{record.kind}:{named}" or (entry and entry.content_sha256 != content):
            report.fail("record-changed", f"{record_id} is not what was recorded", _RESTORE)
        if record_id in apart.committed:
            report.count("records shown in part, held to a commitment only")
        elif known and entry is None:
            report.fail("record-unknown", f"{record_id} was not in the ledger at the build")
    if folder.manifest.get("records") != listed:
        report.fail("manifest-records", "manifest.json lists other records than the case rests on")
    if folder.manifest.get("objects") != list(whole.objects):
        report.fail("manifest-objects", "manifest.json lists other objects than the case rests on")


def _check_objects(
    store: EvidenceStore, whole: Closure, apart: Apart, report: VerifyReport
) -> dict[str, bytes]:
    held: dict[str, bytes] = {}
    for sha256 in whole.objects:
        if sha256 in apart.withheld:
            report.excuse("bytes-withheld", f"the bytes of {sha256}: {apart.withheld[sha256]}")
            continue
        try:
            data = store.read_object(sha256)
        except _FAILS as err:
            report.fail(getattr(err, "code", "object-unreadable"), str(err)[:200], _RESTORE)
            continue
        if hashlib.sha256(data).hexdigest() != sha256:
            report.fail("object-changed", f"the bytes of {sha256} were changed", _RESTORE)
            continue
        report.count("objects")
        held[sha256] = data
    return held


def _check_recomputed(claim: Claim, inputs: Sequence[Record], again: Recompute) -> str | None:
    """What is wrong with a claim computed again; None if nothing."""
    try:
        fresh = again(claim, inputs)
    except _FAILS as err:
        return f"{claim.id} cannot be computed again: {str(err)[:160]}"
    if fresh.canonical() == claim.canonical():
        return None
    return f"{claim.id} ({claim.predicate}) comes out differently when computed again"


def _check_quotes(
    whole: Closure, held: Mapping[str, bytes], apart: Apart, report: VerifyReport
) -> None:
    """What others said stands where the record says it does.

    Every record that names lines of a text is looked up. A reported claim must rest on at least
    one quotation, and each of these must be found.
    """
    # A row of a table is no quotation: a register is read again whole, cell by cell.
    reported = [
        claim
        for claim in whole.claims
        if claim.basis is Basis.REPORTED and claim.method != REGISTER_METHOD
    ]
    relied_on: dict[str, Observation] = {}
    for claim in reported:
        cited = (whole.records[record_id] for record_id in claim.inputs)
        if claim.id in apart.committed:
            continue
        quotes = {r.id: r for r in cited if isinstance(r, Observation) and r.raw}
        relied_on |= quotes
        report.count("reported claims")
        if not quotes:
            report.fail("reported-unsupported", f"{claim.id} is reported, but quotes nobody")
    for quote in whole.observations:
        data = held.get(quote.source_id.partition(":")[2])
        if data is None or quote.raw is None:
            continue  # The missing object has been reported.
        if quote.id not in relied_on and not names_lines(quote.locator):
            continue
        found = stands_at(quote.raw, quote.locator, data)
        if found:
            report.count("quotes found in their sources")
        elif found is not None:
            report.fail("quote-missing", f"{quote.id}: its words do not stand at {quote.locator}")
        elif quote.id in relied_on:
            report.fail("locator-unknown", f"{quote.id}: cannot be looked up at {quote.locator!r}")


def _check_claims(
    whole: Closure,
    recompute: Mapping[str, Recompute],
    apart: Apart,
    before: Recomputed | None,
    report: VerifyReport,
) -> None:
    for claim in whole.claims:
        again = recompute.get(claim.method)
        if claim.id in apart.excused:
            report.excuse("claim-committed", f"{claim.id}: {apart.excused[claim.id]}")
        elif again is None:
            if claim.basis is not Basis.REPORTED:
                report.fail(
                    "not-recomputed",
                    f"{claim.id} was made by {claim.method}, which this version cannot "
                    "compute again",
                    "Verify with a version of quaywatch that has this method, or run `quaywatch "
                    "watch` and build the case again.",
                )
        elif before is not None and (day := before.day_of(claim)):
            report.count("claims recomputed earlier")
            report.cached[day] = report.cached.get(day, 0) + 1
        else:
            wrong = _check_recomputed(claim, [whole.records[i] for i in claim.inputs], again)
            if wrong:
                remedy = "Find which input or method changed."
                report.fail("claim-differs", wrong, remedy, record=claim.id)
            elif before is not None:
                before.keep(claim)
            report.count("claims recomputed")


def _must_print(whole: Closure) -> frozenset[tuple[str, str]]:
    must = {("case", "/title"), ("case", "/question"), ("build", "/ledger_head")}
    for finding in whole.findings:
        stated = "/reason" if finding.probability is None else "/probability"
        paths = ["/statement", "/argument", "/source_confidence", stated]
        paths += [f"/rivals/{i}/statement" for i in range(len(finding.rivals))]
        paths += [f"/would_refute/{i}" for i in range(len(finding.would_refute))]
        paths += [f"/assumptions/{i}" for i in range(len(finding.assumptions))]
        must |= {(finding.id, path) for path in paths}
    must |= {(source.id, "/sha256") for source in whole.sources}
    return frozenset(must)


def _check_page(folder: CaseFolder, whole: Closure, apart: Apart, report: VerifyReport) -> None:
    manifest = folder.manifest
    try:
        build = Build(
            datetime.fromisoformat(str(manifest.get("built_at"))),
            str(manifest.get("ledger_head")),
            str(manifest.get("version")),
        )
    except ValueError:
        report.fail("manifest-format", "manifest.json does not say when the case was built")
        return
    contents = page_contents(folder.case, whole, build, withheld=apart.withheld)
    if manifest.get("counts") != counts(contents):
        report.fail("manifest-counts", "manifest.json counts other records than there are")
    figures = manifest.get("figures")
    numbers, wrong = read_page(
        folder.html,
        contents,
        objects=frozenset(p.sha256 for claim in whole.claims for p in read_check(claim).plates),
        figures={k: str(v) for k, v in figures.items()} if isinstance(figures, dict) else {},
        links=frozenset(source.url for source in whole.sources if source.url),
        must_print=_must_print(whole),
    )
    report.count("printed texts and numbers", numbers)
    for what in wrong:
        report.fail("page-differs", what)
    if running_style(folder.case) not in folder.html:
        report.fail("page-differs", "the running title of printed pages is not the case's")


def _check_seal(
    store: EvidenceStore, steps: Sequence[Step], folder: CaseFolder, report: VerifyReport
) -> None:
    """The ledger holds a seal of exactly this manifest."""
    expected = seal_claim(folder.case, folder.manifest_bytes)
    try:
        found = any(
            record.id == expected.id
            for record in store.find(
                "claim", subject=expected.subject, predicate=expected.predicate
            )
        )
        sealed = found and any(
            isinstance(step, LedgerEntry) and step.record_id == expected.id for step in steps
        )
    except _FAILS as err:
        report.fail("seal-missing", str(err)[:200], _RESTORE)
        return
    if not sealed:
        report.fail("seal-missing", "no seal in the ledger names this manifest")
    report.count("seals")


def verify_case(
    case_dir: Path,
    store: EvidenceStore,
    *,
    recompute: Mapping[str, Recompute],
    apart: Apart | None = None,
    ledger: Sequence[Step] | None = None,
    before: Recomputed | None = None,
) -> VerifyReport:
    """Check a built case to the last byte.

    Args:
        case_dir: the folder with case.toml, dossier.html, dossier.pdf and manifest.json.
        store: the workspace's records and bytes.
        recompute: method (``name@version``) → the function that makes such a claim.
        apart: what of the case is not in this copy.
        ledger: the ledger that the copy carries; the store's own if None.
        before: which claims need not be computed again now; None computes each.

    Returns:
        The report; it raises nothing for a damaged case, it says what is damaged.

    """
    report = VerifyReport()
    apart = apart or Apart()
    folder = read_folder(case_dir, report)
    if folder is None:
        return report
    try:
        steps: Sequence[Step] = list(store.entries()) if ledger is None else ledger
    except UNREADABLE as err:
        report.fail("ledger-broken", str(err)[:200], _RESTORE)
        return report
    known = _check_ledger(steps, folder, report)
    _check_seal(store, steps, folder, report)
    try:
        whole = closure(folder.case.findings, store)
        for claim in whole.claims:
            read_check(claim)
    except (*_FAILS, ValidationError) as err:
        report.fail(getattr(err, "code", "record-unreadable"), str(err)[:200], _RESTORE)
        return report
    _check_records(whole, known, folder, apart, report)
    held = _check_objects(store, whole, apart, report)
    _check_claims(whole, recompute, apart, before, report)
    _check_quotes(whole, held, apart, report)
    _check_page(folder, whole, apart, report)
    return report
