"""Stock of the yards of a site: a claim per yard and look, and a claim of its changes.

``stock_json`` gives, oldest first::

    {"site", "name", "method", "change_method",
     "yards": [{"id", "name", "storage", "area_ha", "reason", "controls", "control_reason",
                "looks": [{"captured_at", "captured_end", "scene", "sensor", "state", "reason",
                           "level", "y", "y_sigma", "y_repeat_sigma", "yard_fraction",
                           "control_fraction", "control_brightness", "usable_share",
                           "footprint_ha": [lo, mid, hi], "volume_m3": [lo, mid, hi],
                           "most_m3", "tonnes": [lo, mid, hi], "tonnes_reason", "commodity",
                           "material", "material_reason", "ln_ratio", "coal_share", "ore_share",
                           "untellable": [...], "claim"}],
                "changes": [{"after", "before", "delta", "delta_sigma", "delta_ha": [lo, mid, hi],
                             "probability", "likeliest": {"after", "before", "probability"},
                             "kind", "detected_at", "confirmed_by", "unseen_looks",
                             "alternatives": [...], "message"}],
                "slow": [{"from", "to", "per_30_days", "sigma", "message"}],
                "odd_looks": [{"captured_at", "probability", "why"}],
                "set_aside": [{"captured_at", "why"}], "changes_reason", "changes_claim"}]}

A value that is not known is null, with its reason beside it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import PixelWindowError, SiteMissingError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery.change_points import METHOD as CHANGE_METHOD
from quaywatch.imagery.read import Pixels, read_window, window_of
from quaywatch.imagery.reference import sky_of, visible_in
from quaywatch.imagery.registration import registered
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.sky import Sky
from quaywatch.imagery.stock import METHOD, StockLook, Yard, measure_stock, unknown
from quaywatch.imagery.stock_shade import DARK_RATIO
from quaywatch.sites.facility import Facility, FacilityKind, Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import WORKERS, looks_of, site_of, sites_of
from quaywatch.workflows.scenes import open_scene
from quaywatch.workflows.stock_changes import change_claim

Report = Callable[[str, float], None]
Mask = NDArray[np.bool_]
AROUND_M = 450.0
"""Metres read about the yards and controls: enough to hold something dark."""
REFERENCE_PX = 0.3
"""Standard deviation of the place of a reference look against the others, pixels an axis."""
NOT_WATCHED: str | None = "nothing is claimed of it yet: run `quaywatch watch`"
NO_CONTROL = "the site draws no bare control to compare its yards with: add a part of that kind"


def watch_stock(
    workspace: Workspace, *, now: datetime, site: str | None, report: Report
) -> dict[str, int]:
    """Claim the stock of every yard in every look that was not claimed before, and its changes.

    Args:
        workspace: whose looks.
        now: when this is learned, aware UTC.
        site: of this site only.
        report: told how far it is.

    Returns:
        How many claims of stock are new, and how many yards' changes.

    """
    counts = {"stock": 0, "stock_changes": 0}
    for name, (drawn, _) in sites_of(workspace).items():
        if site not in {None, name}:
            continue
        yards = drawn.of_kind(FacilityKind.YARD)
        if not yards:
            continue
        looks = looks_of(workspace, name)
        had = {look for look, _ in _made(workspace, name)}
        todo = [look for look in looks if look.id not in had]
        # Two looks at a time, as they were looked at; claimed in their order.
        with ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(todo), 2 * WORKERS):
                batch = todo[start : start + 2 * WORKERS]
                report(f"{name}: stock", start / len(todo))
                for claims in pool.map(stock_claims, repeat(workspace), batch):
                    workspace.evidence.append(claims, known_at=now)
                    counts["stock"] += len(claims)
        for yard in yards:
            claim = change_claim(_series(workspace, name, yard.id))
            if claim is not None and not workspace.evidence.has(claim.id):
                workspace.evidence.append([claim], known_at=now)
                counts["stock_changes"] += 1
    return counts


def stock_claims(workspace: Workspace, look: Claim) -> list[Claim]:
    """The claim of each yard of one look."""
    scene_record, site_record = (workspace.evidence.get(i) for i in look.inputs[:2])
    if not isinstance(scene_record, Claim) or not isinstance(site_record, Source):
        raise SiteMissingError(name=look.subject, known="")
    site = site_of(workspace, site_record)
    seen = _read(open_scene(workspace, scene_record), site, look)
    return [
        _stock_claim(look, site, yard, seen)
        for yard in site.of_kind(FacilityKind.YARD)
    ]  # fmt: skip


class StockAgain:
    """Measures yards again in the very bytes of their looks; the yards of one look together."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._look = ""
        self._made: dict[str, Claim] = {}

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim anew.

        Raises:
            SiteMissingError: it does not rest on a look.

        """
        look = inputs[0]
        if not isinstance(look, Claim):
            raise SiteMissingError(name=claim.subject, known="")
        if look.id != self._look:
            made = stock_claims(self._workspace, look)
            self._made = {str(c.parameters["yard"]): c for c in made}
            self._look = look.id
        return self._made[str(claim.parameters["yard"])]


class _Read:
    """The pixels about the yards of a site in one scene, where its look says they lie."""

    def __init__(self, scene: Scene, pixels: Pixels, repeat_sigma_m: float | None) -> None:
        self.scene, self.pixels, self.repeat_sigma_m = scene, pixels, repeat_sigma_m
        sky = sky_of(scene, pixels)
        self.clarity_method = sky.method
        self.cloud_told = sky.classes is not None
        self.usable = visible_in(pixels, sky)
        # Snow told by infrared bands is believed; without them white ground is judged by the yard.
        told = sky.classes is not None and "swir16" in pixels.bands
        self.snow: Mask | None = np.asarray(sky.classes == Sky.SNOW_ICE) if told else None


def _read(scene: Scene, site: Site, look: Claim) -> _Read | str:
    """What a look shows of a site's yards, or why nothing."""
    if scene.sensor.radar:
        return "dark material is told from optical bands, and this is radar"
    parts = site.of_kind(FacilityKind.YARD, FacilityKind.CONTROL)
    placed, sigma = _placed(scene, look)
    outline = replace(site, facilities=parts).outline
    margin = int(np.ceil(AROUND_M / placed.gsd_m))
    try:
        pixels = read_window(placed, window=window_of(placed.grid, outline), margin_px=margin)
    except PixelWindowError:
        return "it lies outside the footprint of the scene"
    return _Read(placed, pixels, sigma)


def _placed(scene: Scene, look: Claim) -> tuple[Scene, float | None]:
    """The scene where its look laid it, and what is left per axis from look to look, metres."""
    value: Any = look.value
    said = value.get("registration")
    if not isinstance(said, dict) or not said.get("accepted"):
        return scene, None
    moved = float(said.get("moved_x_m") or 0.0), float(said.get("moved_y_m") or 0.0)
    residual, pixel_m = said.get("residual_px"), said.get("pixel_m")
    # The reference look itself has no residual: a pixel is then never better than a third.
    left = REFERENCE_PX * scene.gsd_m
    if isinstance(residual, int | float) and isinstance(pixel_m, int | float):
        left = max(float(residual) * float(pixel_m) / 2**0.5, 0.1 * scene.gsd_m)
    return registered(scene, moved, said.get("sigma_m")), left


def _stock_claim(look: Claim, site: Site, yard: Facility, seen: _Read | str) -> Claim:
    """The stock of one yard in one look, as a claim."""
    found = _stock(site, yard, seen)
    known = found.y is not None
    volume = None if found.volume is None else found.volume.m3
    return Claim(
        subject=f"{look.subject}/yard:{yard.id}",
        predicate="stock",
        value=json.loads(json.dumps(found.to_json())) if known else None,
        reason=None if known else found.reason,
        unit=None if volume is None else "m3",
        low=None if volume is None else round(volume[0], 0),
        high=None if volume is None else round(volume[2], 0),
        time=look.time,
        basis=Basis.OBSERVED,
        method=METHOD,
        parameters={
            "yard": yard.id,
            "usable_share": found.to_json()["usable_share"],
            "registered": not isinstance(seen, str) and seen.repeat_sigma_m is not None,
            "radiometry": None if isinstance(seen, str) else seen.pixels.radiometry,
            "clarity": None if isinstance(seen, str) else seen.clarity_method,
        },
        inputs=(look.id, *look.inputs[:2]),
    )


def _stock(site: Site, yard: Facility, seen: _Read | str) -> StockLook:
    """What one yard holds, or why that is unknown."""
    if not yard.observable:
        return unknown(yard.reason or "it cannot be observed")
    if str(yard.storage) == "covered":
        return unknown("it is covered: its stock cannot be seen")
    if isinstance(seen, str):
        return unknown(seen)
    if not seen.cloud_told:
        return unknown("the bands of this scene do not tell cloud")
    if yard.area.area == 0:
        return unknown("it is drawn as a line or a point, not as an area")
    return measure_stock(
        seen.pixels, yard_of(site, yard), usable=seen.usable, snow=seen.snow,
        position_sigma_m=seen.scene.geolocation_sigma_m,
        repeat_sigma_m=seen.repeat_sigma_m, sun_elevation_deg=seen.scene.sun_elevation_deg,
    )  # fmt: skip


def yard_of(site: Site, yard: Facility) -> Yard:
    """A yard with its controls, as the site draws it.

    Properties of the yard: ``control`` names one control or a list of them (default: all of the
    site), ``dark_ratio`` and ``commodity`` as in ``imagery.stock.Yard``.
    """
    own = yard.properties
    named = own.get("control")
    names = [named] if isinstance(named, str) else named
    controls = tuple(
        c.area
        for c in site.of_kind(FacilityKind.CONTROL)
        if c.observable and c.area.area > 0 and (not names or c.id in names)
    )
    ratio, commodity = own.get("dark_ratio"), own.get("commodity")
    return Yard(
        area=yard.area,
        area_m2=float(site.frame.to_metres(yard.area).area),
        storage=str(yard.storage),
        controls=controls,
        dark_ratio=float(ratio) if isinstance(ratio, int | float) and 0 < ratio < 1 else DARK_RATIO,
        commodity=str(commodity) if commodity else None,
    )


def _made(workspace: Workspace, site: str) -> dict[tuple[str, str], Claim]:
    """Claims of stock by look and yard, of the method as it is now."""
    found: dict[tuple[str, str], Claim] = {}
    for claim in workspace.evidence.find("claim", predicate="stock"):
        if (
            isinstance(claim, Claim)
            and claim.method == METHOD
            and claim.subject.startswith(f"site:{site}/")
        ):
            found[claim.inputs[0], str(claim.parameters["yard"])] = claim
    return found


def _series(workspace: Workspace, site: str, yard: str) -> list[Claim]:
    """The claims of one yard in the looks in force, oldest capture first."""
    made = _made(workspace, site)
    looks = looks_of(workspace, site)
    return [made[look.id, yard] for look in looks if (look.id, yard) in made]


def stock_json(workspace: Workspace, name: str) -> dict[str, Any]:
    """The stock of every yard of a site, look by look, and its changes; see the module.

    Raises:
        SiteMissingError: there is no such site here.

    """
    sites = sites_of(workspace)
    if name not in sites:
        raise SiteMissingError(name=name, known=", ".join(sites))
    site, _ = sites[name]
    looks = {look.id: look for look in looks_of(workspace, name)}
    return {
        "site": name,
        "name": site.name,
        "method": METHOD,
        "change_method": CHANGE_METHOD,
        "yards": [
            _yard_json(workspace, site, yard, looks) for yard in site.of_kind(FacilityKind.YARD)
        ],
    }


def _yard_json(
    workspace: Workspace, site: Site, yard: Facility, looks: dict[str, Claim]
) -> dict[str, Any]:
    drawn = yard_of(site, yard)
    controls = [c.id for c in site.of_kind(FacilityKind.CONTROL) if c.area in drawn.controls]
    covered = drawn.storage == "covered"
    reason = yard.reason if not yard.observable else None
    series = _series(workspace, site.id, yard.id)
    changed = change_claim(series)
    why = NOT_WATCHED
    if changed is not None and workspace.evidence.has(changed.id):
        why = changed.reason
    else:
        changed = None
    value: Any = None if changed is None else changed.value
    return {
        "id": yard.id,
        "name": yard.name,
        "storage": drawn.storage,
        "area_ha": None if drawn.area_m2 == 0 else round(drawn.area_m2 / 1e4, 3),
        "reason": reason or ("it is covered: its stock cannot be seen" if covered else None),
        "controls": controls,
        "control_reason": None if controls else NO_CONTROL,
        "looks": list(_look_rows(series, looks)),
        "changes": [] if value is None else value["changes"],
        "slow": [] if value is None else value["slow"],
        "odd_looks": [] if value is None else value["odd_looks"],
        "set_aside": [] if value is None else value["set_aside"],
        "changes_reason": why,
        "changes_claim": None if changed is None else changed.id,
    }


def _look_rows(series: Sequence[Claim], looks: dict[str, Claim]) -> Iterator[dict[str, Any]]:
    """One row a look, unknown ones too."""
    nothing = unknown("").to_json()
    for claim in series:
        shown: Any = looks[claim.inputs[0]].value
        value: Any = claim.value
        row = dict(nothing) if value is None else dict(value)
        if value is None:
            row |= {"reason": claim.reason, "usable_share": claim.parameters.get("usable_share")}
        yield {
            "captured_at": shown["captured_start"],
            "captured_end": shown["captured_end"],
            "scene": shown["scene"],
            "sensor": shown["sensor"],
            **row,
            "claim": claim.id,
        }
