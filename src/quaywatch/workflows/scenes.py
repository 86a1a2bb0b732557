"""Scenes of a workspace: entered as claims, opened again from the very bytes received."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from quaywatch.errors import MaskAloneError, QuaywatchError, SceneMissingError, SourceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.imagery.load import group_paths, load_scene
from quaywatch.imagery.mask_file import KEY, MaskFinder
from quaywatch.imagery.names import holds_no_band, home_of, read_name
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.sidecar import sidecar_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.receive import Terms, expand, receive

METHOD = "scene@2"
"""How bytes become bands, light, time and place. The second reads some sensors otherwise: bands by
what a file says of them, an order that is not said refused, offsets and scales by the table. A
claim of the first is not computed again by this one; ``renew_scenes`` reads its bytes anew."""
MASK_MEDIA = "mask"
"""Of a source that is a provider's cloud mask."""
OURS = "ours"
"""Said of a scene's mask where the provider's is not to be believed."""
SUFFIXES = (".tif", ".tiff", ".jp2")

NAMED_AT_MOST = 5
"""Scenes listed where one that was asked for is not here."""

Report = Callable[[str, float], None]


def ingest_imagery(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    known_at: datetime,
    stated: dict[str, Any],
    report: Report,
) -> dict[str, Any]:
    """Enter scenes; a file that cannot be used is counted by its code and changes nothing.

    Args:
        workspace: where to.
        paths: files, or folders of files; the bands of one capture become one scene, and a cloud
            mask of it that is among them or beside it goes with it.
        known_at: now, aware UTC.
        stated: what the files do not say: licence, credit, captured_at, sensor, provider; and
            ``mask``: ``"ours"`` leaves the provider's cloud masks aside.
        report: told how far it is.

    """
    scenes, rejected, failures, already = 0, dict[str, int](), [], 0
    finder = MaskFinder(_images_of(list(paths)))
    groups = group_paths(finder.images)
    for number, group in enumerate(groups):
        report(group[0].name, number / len(groups))
        try:
            new = _enter(workspace, group, finder.of(group), known_at=known_at, stated=stated)
        except QuaywatchError as err:
            rejected[err.code] = rejected.get(err.code, 0) + 1
            names = [path.name for path in group]
            failures.append({"files": names, "code": err.code, "message": str(err)})
            continue
        scenes += new
        already += not new
    for path in finder.alone():
        alone = MaskAloneError(path=str(path))
        rejected[alone.code] = rejected.get(alone.code, 0) + 1
        failures.append({"files": [path.name], "code": alone.code, "message": str(alone)})
    return {"scenes": scenes, "already": already, "rejected": rejected, "failures": failures}


def _images_of(paths: list[Path]) -> list[Path]:
    """The files to try: those named, and of folders all but what only goes with measured bands.

    A picture for the eye that lies among the bands it was made of is no second capture.
    """
    found = expand(paths, suffixes=SUFFIXES)
    measured = {home_of(path) for path in found if read_name(path.name).band is not None}
    granules = {home.parent for home in measured}
    with_bands = {
        path
        for path in found
        if holds_no_band(path.name)
        and (home_of(path) in measured or path.parent.parent in granules)
    } - set(paths)
    return [path for path in found if path not in with_bands]


def _enter(
    workspace: Workspace,
    group: Sequence[Path],
    mask: Path | None,
    *,
    known_at: datetime,
    stated: dict[str, Any],
) -> bool:
    flags = {k: v for k, v in stated.items() if v is not None and k != "provider"}
    for path in group:
        if not path.is_file():
            raise SourceMissingError(path=str(path))
    trusted = flags.get("mask") != OURS
    mask = mask if trusted else None
    scene = load_scene(group, mask=mask, trust_mask=trusted, **_of_files(flags))
    terms = Terms(stated.get("provider"), scene.licence, scene.credit, None)
    sidecars = [s for s in (sidecar_of(path) for path in group) if s.is_file()]
    files = [("imagery", path) for path in group] + [("sidecar", path) for path in sidecars]
    if mask is not None:
        files.append((MASK_MEDIA, mask))
    sources = [
        receive(workspace, path, media=media, received_at=known_at, terms=terms)
        for media, path in files
    ]
    claim = scene_claim(scene, sources, stated=_plain(flags))
    return workspace.evidence.append([*sources, claim], known_at=known_at) > 0


def scene_claim(scene: Scene, sources: Sequence[Source], *, stated: dict[str, Any]) -> Claim:
    """A scene as a claim: its STAC Item, with files named as received."""
    item = scene.to_json()
    for asset in item["assets"].values():
        asset["href"] = Path(asset["href"]).name
    return Claim(
        subject=f"scene:{scene.id}",
        predicate="scene",
        value={"stac": json.loads(json.dumps(item))},
        time=TimeInterval(start=scene.captured_start, end=scene.captured_end),
        basis=Basis.OBSERVED,
        method=METHOD,
        parameters={"stated": stated},
        inputs=tuple(source.id for source in sources),
    )


def again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """Make a scene's claim anew from the bytes it names."""
    sources = [record for record in inputs if isinstance(record, Source)]
    folder = _laid_out(workspace, claim, sources)
    stated = claim.parameters["stated"]
    flags = _typed(stated if isinstance(stated, dict) else {})
    assets = _assets(claim)
    mask = folder / assets[KEY]["href"] if KEY in assets else None
    files = [folder / asset["href"] for key, asset in assets.items() if key != KEY]
    trusted = flags.get("mask") != OURS
    scene = load_scene(files, mask=mask, trust_mask=trusted, **_of_files(flags))
    return scene_claim(scene, sources, stated=_plain(flags))


def renew_scenes(
    workspace: Workspace, *, known_at: datetime, report: Report
) -> dict[str, dict[str, str]]:
    """Read anew, from the bytes kept, every scene that only an older version has read.

    What older versions claimed stays in the ledger, and a case that rests on it says that this
    version cannot compute it again; nothing new is built on it.

    Args:
        workspace: whose scenes.
        known_at: now, aware UTC.
        report: told how far it is.

    Returns:
        ``renewed`` and ``refused``: by scene, its new claim, or why this version does not read it.

    """
    now_read = {claim.subject for claim in scene_claims(workspace)}
    older = [c for c in _latest(_all_claims(workspace)) if c.subject not in now_read]
    renewed, refused = dict[str, str](), dict[str, str]()
    for number, claim in enumerate(older):
        report(f"{claim.subject}, read anew", number / len(older))
        try:
            fresh = _anew(workspace, claim)
        except QuaywatchError as err:
            refused[claim.subject] = f"{err.code}: {err}"
            continue
        workspace.evidence.append([fresh], known_at=known_at)
        renewed[claim.subject] = fresh.id
    return {"renewed": renewed, "refused": refused}


def _anew(workspace: Workspace, claim: Claim) -> Claim:
    """A scene's claim, whoever made it, as this version makes it."""
    return again(claim, [workspace.evidence.get(name) for name in claim.inputs], workspace)


def open_scene(workspace: Workspace, claim: Claim) -> Scene:
    """A scene whose pixels are read from the store.

    Raises:
        ObjectMissingError: its bytes are not here.

    """
    sources = [workspace.evidence.get(record_id) for record_id in claim.inputs]
    folder = _laid_out(workspace, claim, [s for s in sources if isinstance(s, Source)])
    value: Any = claim.value
    return Scene.from_json(value["stac"], folder)


def scene_claims(workspace: Workspace) -> list[Claim]:
    """The scenes of a workspace as this version reads them, oldest first.

    The same pixels entered again (with a mask, with other terms) are one capture and counted once:
    as entered last, but never without the provider's mask where they were entered with it, unless
    it was said that the mask is not to be believed.
    """
    return _latest([claim for claim in _all_claims(workspace) if claim.method == METHOD])


def _all_claims(workspace: Workspace) -> list[Claim]:
    """Every claim of a scene, by whichever version, in the order in which they were made."""
    found = workspace.evidence.find("claim", predicate="scene")
    return [claim for claim in found if isinstance(claim, Claim)]


def _latest(claims: Sequence[Claim]) -> list[Claim]:
    """One claim a capture, oldest first."""
    latest: dict[str, Claim] = {}
    for claim in claims:
        before = latest.get(claim.subject)
        if before is None or _masked(claim) or _declined(claim) or not _masked(before):
            latest[claim.subject] = claim
    return sorted(latest.values(), key=lambda c: (str(c.time.start) if c.time else "", c.subject))


def _masked(claim: Claim) -> bool:
    """Whether a scene was entered with its provider's mask."""
    return KEY in _assets(claim)


def _declined(claim: Claim) -> bool:
    """Whether a scene was entered with the word that its provider's mask is not to be believed."""
    stated = claim.parameters["stated"]
    return isinstance(stated, dict) and stated.get("mask") == OURS


def _of_files(flags: dict[str, Any]) -> dict[str, Any]:
    """What is said of the files themselves: all but whose mask is believed."""
    return {name: value for name, value in flags.items() if name != "mask"}


def _assets(claim: Claim) -> dict[str, Any]:
    """The assets of a scene's STAC Item by key."""
    value: Any = claim.value
    assets: dict[str, Any] = value["stac"]["assets"]
    return assets


def find_scene(workspace_dir: Path, names: Sequence[str]) -> Scene:
    """A scene by its file or files, or by its id in a workspace.

    Raises:
        SceneMissingError: it is neither.

    """
    paths = [Path(name) for name in names]
    if all(path.is_file() for path in paths):
        finder = MaskFinder(paths)
        images = finder.images or paths
        return load_scene(images, mask=finder.of(images), terms_needed=False)
    with Workspace.open(workspace_dir) as workspace:
        claims = _latest(_all_claims(workspace))
        now_read = {claim.subject: claim for claim in scene_claims(workspace)}
        for claim in claims:
            if claim.subject == f"scene:{names[0].removeprefix('scene:')}":
                return open_scene(workspace, now_read.get(claim.subject) or _anew(workspace, claim))
    ids = [claim.subject.removeprefix("scene:") for claim in claims]
    more = ", …" if len(ids) > NAMED_AT_MOST else ""
    raise SceneMissingError(name=names[0], known=", ".join(ids[:NAMED_AT_MOST]) + more)


def _laid_out(workspace: Workspace, claim: Claim, sources: Sequence[Source]) -> Path:
    """A folder in the cache where each object bears the name under which it was received.

    File names carry facts (a capture time), and bands of one scene find each other by name. The
    same bytes received under two names are one source and bear the first, so that the scene's own
    names outrank those of its sources: clear masks and sidecars of two scenes are often the same.
    """
    folder = workspace.cache_dir / "scenes" / claim.id.partition(":")[2]
    folder.mkdir(parents=True, exist_ok=True)
    named = {source.name: source.sha256 for source in sources}
    own = {a["href"]: str(a["file:checksum"])[4:] for a in _assets(claim).values()}
    beside = {sidecar_of(Path(name)).name for name in own}
    for source in sources:
        if source.media == "sidecar" and source.name not in beside:
            own |= dict.fromkeys(beside - named.keys(), source.sha256)
    for name, sha256 in (named | own).items():
        link = folder / name
        target = workspace.evidence.open_object(sha256)
        if link.is_symlink() and link.resolve() == target.resolve():
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return folder


def _plain(flags: dict[str, Any]) -> dict[str, Any]:
    """Flags as JSON values."""
    plain = dict(flags)
    if isinstance(captured := plain.get("captured_at"), tuple):
        plain["captured_at"] = [at.isoformat() for at in captured]
    return plain


def _typed(stated: dict[str, Any]) -> dict[str, Any]:
    """Flags from JSON values."""
    typed = dict(stated)
    if isinstance(captured := typed.get("captured_at"), list):
        typed["captured_at"] = tuple(datetime.fromisoformat(str(at)) for at in captured)
    return typed
