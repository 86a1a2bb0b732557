"""Build a case's dossier: one HTML file that stands alone, and the manifest that pins it.

The page asks for nothing from any network, runs no script, and prints no number that is not in a
record. Two builds of the same case at the same time give the same bytes.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import JsonValue

from quaywatch.cases.bind import Binder, Html, anchor
from quaywatch.cases.case import Case, case_toml
from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.contents import MapFeature, Plate
from quaywatch.cases.dossier_figures import figures_of
from quaywatch.cases.layout import (
    EXPLANATIONS,
    MOST_HULLS,
    claim_series,
    further,
    is_brief,
    item_groups,
    leads,
    observation_series,
    owners,
    shown_on,
    source_groups,
    told_within,
)
from quaywatch.cases.lint import innocent_first, lint_case
from quaywatch.cases.maps import LandRaster, draw_map
from quaywatch.cases.page import (
    ARGUED,
    BASES,
    CHECKS,
    LOOKED,
    REGISTERS,
    Build,
    ClaimView,
    claim_view,
    counts,
    listed_claims,
    listed_observations,
    methods,
    page_contents,
    shown_parameters,
    slip_paths,
    unit_of,
)
from quaywatch.cases.pdf import pdf_of, typesetter
from quaywatch.cases.plate_shown import is_coarse, shown
from quaywatch.cases.timeline import Event, draw_timeline, events_of
from quaywatch.errors import CaseEmptyError, CaseLintError, ClaimShapeError
from quaywatch.evidence.ledger import EvidenceStore
from quaywatch.evidence.record import Basis, Claim, Finding, canonical_json

FORMAT = "quaywatch-dossier@1"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STYLESHEET = files("quaywatch.cases") / "templates" / "dossier.css"
DOSSIER_FILE, CASE_FILE, MANIFEST_FILE = "dossier.html", "case.toml", "manifest.json"
PDF_FILE = "dossier.pdf"
FEWEST_EVENTS = 3
"""A timeline of fewer says no more than the sentence above it."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A built case."""

    html: str
    manifest: dict[str, JsonValue]
    case_toml: str
    pdf: bytes

    @property
    def manifest_bytes(self) -> bytes:
        """The manifest's one byte string, whose hash the ledger seals."""
        return canonical_json(self.manifest)

    def files(self) -> dict[str, bytes]:
        """All files of the case folder: name → bytes. Write these and no other."""
        return {
            CASE_FILE: self.case_toml.encode(),
            DOSSIER_FILE: self.html.encode(),
            PDF_FILE: self.pdf,
            MANIFEST_FILE: self.manifest_bytes,
        }


class _Pictures:
    """Pictures as data URIs, and the hash of each that was drawn here."""

    def __init__(self) -> None:
        self.drawn: dict[str, str] = {}
        self._plates: set[str] = set()

    def drawing(self, name: str, svg: bytes | None) -> str | None:
        """The data URI of a figure drawn for this dossier; None where there was none."""
        if svg is None:
            return None
        self.drawn[name] = hashlib.sha256(svg).hexdigest()
        return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()

    def plate(
        self, plate: Plate, claim: Claim, store: EvidenceStore, withheld: Mapping[str, str]
    ) -> "_Picture | None":
        """A plate as the page holds it; None where this copy of the case may not show it."""
        if plate.sha256 in withheld:
            return None
        data = store.read_object(plate.sha256)
        if not data.startswith(PNG_SIGNATURE):
            raise ClaimShapeError(claim=claim.id, fact=f"plate {plate.sha256[:12]} is not a PNG")
        small = shown(data)
        uri = "data:image/png;base64," + base64.b64encode(small).decode()
        if small == data:
            return _Picture(uri, None, coarse=False)
        name = f"plate-{plate.sha256}"
        self.drawn[name] = hashlib.sha256(small).hexdigest()
        return _Picture(uri, name, coarse=is_coarse(small))

    def shown_again(self, plate: Plate) -> bool:
        """Whether a plate stands on the page already: two claims may cite one picture."""
        again = plate.sha256 in self._plates
        self._plates.add(plate.sha256)
        return again


@dataclass(frozen=True, slots=True)
class _Picture:
    """A plate on the page."""

    uri: str
    figure: str | None
    """Its name among the figures; None: it is the very object that the claim cites."""
    coarse: bool
    """Whether the reader's machine is to enlarge its pixels."""


@dataclass(frozen=True, slots=True)
class _FindingView:
    finding: Finding
    checks: tuple[ClaimView, ...]
    rivals: tuple[int, ...]
    """Indexes, the innocent first."""
    map_uri: str | None
    places: tuple[tuple[str, int], ...]
    """Claim id and index of each point drawn."""
    timeline_uri: str | None
    elsewhere: tuple[tuple[str, str], ...]
    """Ids of checks that another finding lays out, and of that finding."""
    drawn: Mapping[str, tuple[tuple[str, str, str], ...]]
    """Id of a check → its own figures: name on the page, data URI, words for it."""
    map_on: str | None
    """Id of an earlier finding whose map shows the places of this one."""
    within: Mapping[str, str]
    """Id of a check → id of the one whose working tells all of it."""
    brief: frozenset[str]
    """Ids of checks for which a line will do."""


def _drawn(
    view: ClaimView, pictures: _Pictures, *, simulated: bool
) -> tuple[tuple[str, str, str], ...]:
    made = []
    for figure in figures_of(view.claim, simulated=simulated):
        name = f"{figure.name}-{anchor(view.claim.id)}"
        made.append((name, pictures.drawing(name, figure.svg) or "", figure.alt))
    return tuple(made)


def _places(checks: tuple[ClaimView, ...]) -> tuple[tuple[str, int], ...]:
    """Claim id and index of each point, every point once."""
    seen: set[str] = set()
    places = []
    for view in checks:
        for index, feature in enumerate(view.check.features):
            text = feature.model_dump_json()
            if feature.geometry.get("type") == "Point" and text not in seen:
                seen.add(text)
                places.append((view.claim.id, index))
    return tuple(places)


class _Layout:
    """Lays out findings one after the other, and remembers what was shown."""

    def __init__(self, whole: Closure, pictures: _Pictures, land: LandRaster, credit: str) -> None:
        self._whole, self._pictures, self._land, self._credit = whole, pictures, land, credit
        self._simulated = any(s.simulated for s in whole.sources)
        self._maps: list[tuple[str, list[MapFeature]]] = []
        self._timelines: set[tuple[Event, ...]] = set()
        self._owner = owners([(f.id, f.claims[:CHECKS]) for f in whole.findings])

    def view(self, finding: Finding) -> _FindingView:
        """One finding."""
        whole = self._whole
        named = [r for i in finding.claims[:CHECKS] if isinstance(r := whole.records[i], Claim)]
        checks = tuple(claim_view(claim, whole) for claim in named)
        within = {
            one: other
            for one, other in told_within(checks).items()
            if self._owner[one] == finding.id
        }
        new = [v for v in checks if self._owner[v.claim.id] == finding.id]
        drawn = {
            v.claim.id: _drawn(v, self._pictures, simulated=self._simulated)
            for v in new
            if v.claim.id not in within
        }
        map_uri, map_on = self._map(finding, checks)
        return _FindingView(
            finding=finding,
            checks=tuple(new),
            rivals=innocent_first(finding),
            map_uri=map_uri,
            places=_places(checks),
            timeline_uri=self._timeline(finding),
            elsewhere=tuple((v.claim.id, self._owner[v.claim.id]) for v in checks if v not in new),
            drawn=drawn,
            map_on=map_on,
            within=within,
            brief=frozenset(
                v.claim.id
                for v in new
                if is_brief(
                    v.claim, v.check, quotes=len(v.quotes), drawn=len(drawn.get(v.claim.id, ()))
                )
            ),
        )

    def _map(
        self, finding: Finding, checks: tuple[ClaimView, ...]
    ) -> tuple[str | None, str | None]:
        """The map of a finding, or the id of the one whose map shows as much."""
        features = [feature for view in checks for feature in view.check.features]
        if not features:
            return None, None
        earlier = shown_on(features, self._maps)
        if earlier is not None:
            return None, earlier
        made = draw_map(features, land=self._land, credit=self._credit)
        if made is not None:
            self._maps.append((finding.id, features))
        return self._pictures.drawing(f"map-{anchor(finding.id)}", made), None

    def _timeline(self, finding: Finding) -> str | None:
        """Drawn where it tells more than two times, and no earlier one tells the same."""
        events = events_of(self._whole.below(finding.id))
        if len(events) < FEWEST_EVENTS or events in self._timelines:
            return None
        self._timelines.add(events)
        return self._pictures.drawing(f"timeline-{anchor(finding.id)}", draw_timeline(events))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("quaywatch.cases", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["anchor"] = anchor
    return environment


def running_style(case: Case) -> str:
    """CSS that repeats the title, the page number and any SIMULATED mark on printed pages."""

    def css_string(text: str) -> str:
        safe = (c if c.isalnum() or c in " -,.:" else f"\\{ord(c):x} " for c in text)
        return f'"{"".join(safe)}"'

    mark = css_string("SIMULATED: no real ship, no real event") if case.simulated else '""'
    return (
        f"@page {{ @top-left {{ content: {css_string(case.title)}; }}"
        f" @top-right {{ content: {mark}; }}"
        f" @bottom-left {{ content: {css_string('quaywatch dossier, case ' + case.id)}; }}"
        ' @bottom-right { content: "Page " counter(page) " of " counter(pages); } }'
    )


def _linked(whole: Closure) -> frozenset[str]:
    """Ids of the records that have a place on the page to link to."""
    shown = (*whole.findings, *listed_claims(whole), *listed_observations(whole), *whole.sources)
    return frozenset(record.id for record in shown)


def _closed(case: Case, store: EvidenceStore) -> Closure:
    if not case.findings:
        raise CaseEmptyError(case=case.id)
    whole = closure(case.findings, store)
    issues = lint_case(case, whole)
    if issues:
        raise CaseLintError(case=case.id, issues=tuple(str(issue) for issue in issues))
    return whole


def build_dossier(
    case: Case,
    store: EvidenceStore,
    *,
    land: LandRaster,
    built_at: datetime,
    ledger_head: str,
    version: str,
    land_credit: str = "Land: the mask on which the distances were computed",
    withheld: Mapping[str, str] | None = None,
) -> Dossier:
    """Build the dossier of ``case`` from what ``store`` holds.

    Args:
        case: the question and the findings that answer it, in order.
        store: where records and bytes rest.
        land: (lon_min, lat_min, lon_max, lat_max, resolution_deg) → 2-D bool array; True is land,
            row 0 is south; always asked within ±180°.
        built_at: when this is built, aware UTC.
        ledger_head: hash of the ledger's last entry, as printed on the page.
        version: of quaywatch.
        land_credit: printed under each map.
        withheld: SHA-256 of bytes that this copy may not show → why.

    Raises:
        CaseEmptyError: the case lists no finding.
        CaseLintError: its own words go further than its evidence.
        ClaimShapeError: a claim's value cannot be laid out.
        RecordMissingError, ObjectMissingError, ObjectChangedError: the store lacks what is cited.

    """
    whole = _closed(case, store)
    simulated = case.simulated or any(source.simulated for source in whole.sources)
    case = case.model_copy(update={"simulated": simulated})
    build = Build(built_at, ledger_head, version)
    withheld = dict(withheld or {})
    contents = page_contents(case, whole, build, withheld=withheld)
    pictures = _Pictures()
    credit = f"SIMULATED. {land_credit}" if simulated else land_credit
    layout = _Layout(whole, pictures, land, credit)
    views = [layout.view(finding) for finding in whole.findings]
    lines = frozenset(i for view in views for i in (*view.within, *view.brief))
    told = leads(whole.findings, whole.records)
    named = {i for finding in whole.findings for i in finding.claims}
    timeline_uri = pictures.drawing("timeline", draw_timeline(events_of(whole)))
    observations = listed_observations(whole)
    claims = listed_claims(whole)
    page = (
        _environment()
        .get_template("dossier.html.j2")
        .render(
            b=Binder(contents),
            case=case,
            css=Html(_STYLESHEET.read_text(encoding="utf-8") + running_style(case)),
            views=views,
            leads=told,
            further=further(whole.findings, told),
            timeline_uri=timeline_uri,
            claims=[claim_view(claim, whole) for claim in claims],
            named=named,
            laid_out={v.claim.id for view in views for v in view.checks} - lines,
            mentioned=lines,
            series_below=claim_series([c for c in claims if c.id not in named]),
            explanations=EXPLANATIONS,
            most_hulls=MOST_HULLS,
            item_groups=item_groups,
            claims_left=len(whole.claims) - len(claims),
            argued=ARGUED,
            looked=LOOKED,
            bases=BASES,
            shown_parameters=shown_parameters,
            observation_series=observation_series(observations),
            left_out=len(whole.observations) - len(observations),
            records=whole.records,
            linked=_linked(whole),
            slips=slip_paths(whole),
            source_groups=source_groups(whole.sources),
            methods=methods(whole),
            wording=contents["wording"],
            methods_told=contents["methods"],
            registers=REGISTERS,
            unit_of=unit_of,
            shown_again=pictures.shown_again,
            plate_picture=lambda plate, claim: pictures.plate(plate, claim, store, withheld),
        )
    )
    toml = case_toml(case)
    pdf = pdf_of(
        page, title=case.title, case_id=case.id, built_at=built_at, simulated=case.simulated
    )
    held = {CASE_FILE: toml.encode(), DOSSIER_FILE: page.encode(), PDF_FILE: pdf}
    manifest = _manifest(case, whole, build, figures=pictures.drawn, held=held)
    manifest |= {"counts": counts(contents), "typesetter": typesetter()}
    return Dossier(page, manifest, toml, pdf)


def _manifest(
    case: Case,
    whole: Closure,
    build: Build,
    *,
    figures: dict[str, str],
    held: Mapping[str, bytes],
) -> dict[str, JsonValue]:
    """What pins a build: hashes of its files, records, objects and figures."""
    return {
        "format": FORMAT,
        "case": case.model_dump(mode="json"),
        "built_at": build.built_at.isoformat(),
        "ledger_head": build.ledger_head,
        "version": build.version,
        "records": {i: hashlib.sha256(r.canonical()).hexdigest() for i, r in whole.records.items()},
        "objects": list(whole.objects),
        "figures": dict(figures),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in held.items()},
    }


def seal_claim(case: Case, manifest_bytes: bytes) -> Claim:
    """The claim that seals a manifest into the ledger, so that it cannot be swapped later.

    Examples:
        >>> case = Case(id="twice", title="Seen twice", question="Where was it?")
        >>> seal_claim(case, b"{}").predicate
        'case-sealed'

    """
    return Claim(
        subject=f"case:{case.id}",
        predicate="case-sealed",
        value={"manifest_sha256": hashlib.sha256(manifest_bytes).hexdigest()},
        basis=Basis.OBSERVED,
        method="case-seal@1",
        inputs=case.findings,
    )
