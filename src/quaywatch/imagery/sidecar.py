"""What a file does not say: the sidecar ``<file>.json`` beside it, checked key by key.

Example of ``harbour.tif.json``::

    {"captured_start": "2025-02-03T00:16:00Z", "captured_end": "2025-02-03T00:16:01Z",
     "sensor": "planetscope", "licence": "CC-BY-SA-4.0", "credit": "Planet Labs PBC"}
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from quaywatch.errors import SidecarError
from quaywatch.imagery.sensors import ProviderMask

RADIOMETRIES = ("reflectance", "display", "counts", "amplitude", "power", "decibel")
"""What values may be; the last three are those of radars."""


@dataclass(frozen=True)
class Stated:
    """What a person states about an image; None is not stated."""

    captured_start: datetime | None = None
    captured_end: datetime | None = None
    sensor: str | None = None
    bands: tuple[str, ...] | None = None
    licence: str | None = None
    credit: str | None = None
    radiometry: str | None = None
    """One of ``RADIOMETRIES``."""
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None
    geolocation_sigma_m: float | None = None
    off_nadir_deg: float | None = None
    sun_azimuth_deg: float | None = None
    sun_elevation_deg: float | None = None
    mask: str | None = None
    """Name of the provider's cloud mask, a file beside the image."""
    mask_kind: str | None = None
    """One of ``ProviderMask``; not needed where the mask's name tells."""

    def over(self, other: "Stated") -> "Stated":
        """These statements, and those of ``other`` where these say nothing.

        Examples:
            >>> Stated(licence="CC0").over(Stated(licence="MIT", credit="A")).credit
            'A'

        """
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return Stated(**{k: getattr(other, k) if v is None else v for k, v in own.items()})


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a file lies.

    Examples:
        >>> sidecar_of(Path("a/b.tif")).name
        'b.tif.json'

    """
    return path.with_name(path.name + ".json")


def read_sidecars(paths: Sequence[Path]) -> Stated:
    """What the sidecars beside the files of one scene say together.

    Raises:
        SidecarError: one cannot be read, has an unknown key or an impossible value, or two differ.

    """
    together = Stated()
    for path in paths:
        beside = sidecar_of(path)
        if not beside.is_file():
            continue
        stated = read_sidecar(beside)
        for f in fields(stated):
            ours, theirs = getattr(together, f.name), getattr(stated, f.name)
            if ours is not None and theirs is not None and ours != theirs:
                fact = f"its {f.name} differs from that of another file of the scene"
                raise SidecarError(path=str(beside), fact=fact)
        together = together.over(stated)
    return together


def read_sidecar(path: Path) -> Stated:
    """One sidecar file.

    Raises:
        SidecarError: it cannot be read, or see ``parse_stated``.

    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as err:
        raise SidecarError(path=str(path), fact=f"it is not readable JSON ({err})") from err
    if not isinstance(raw, Mapping):
        raise SidecarError(path=str(path), fact="it is not a JSON object")
    return parse_stated(raw, path=str(path))


def parse_stated(raw: Mapping[str, Any], *, path: str) -> Stated:
    """Statements from JSON values.

    Raises:
        SidecarError: an unknown key, or a value that its key cannot have.

    Examples:
        >>> parse_stated({"captured_at": "2025-02-03T00:16:00Z"}, path="x").captured_end
        datetime.datetime(2025, 2, 3, 0, 16, 1, tzinfo=datetime.timezone.utc)

    """
    known = {f.name for f in fields(Stated)} | {"captured_at"}
    strange = sorted(set(raw) - known)
    if strange:
        fact = f"unknown key {', '.join(strange)} (known: {', '.join(sorted(known))})"
        raise SidecarError(path=path, fact=fact)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if value is None:
            continue
        if key == "captured_at":
            values["captured_start"] = _instant(value, key, path)
            values["captured_end"] = values["captured_start"] + timedelta(seconds=1)
        elif key in {"captured_start", "captured_end"}:
            values[key] = _instant(value, key, path)
        elif key == "bands":
            values[key] = _names(value, path)
        elif key in {"sensor", "licence", "credit", "radiometry", "mask", "mask_kind"}:
            values[key] = _text(value, key, path)
        else:
            values[key] = _number(value, key, path)
    return Stated(**values)


def _instant(value: object, key: str, path: str) -> datetime:
    """An instant with its offset from UTC."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as err:
        raise SidecarError(path=path, fact=f"{key} is {value!r}, not an ISO 8601 time") from err
    if at.tzinfo is None:
        raise SidecarError(path=path, fact=f"{key} is {value!r}, without Z or an offset from UTC")
    return at.astimezone(UTC)


def _text(value: object, key: str, path: str) -> str:
    """Words, not blank."""
    if not isinstance(value, str) or not value.strip():
        raise SidecarError(path=path, fact=f"{key} is {value!r}, not a text")
    if key == "radiometry" and value not in RADIOMETRIES:
        fact = f"radiometry is {value!r}, not {', '.join(RADIOMETRIES)}"
        raise SidecarError(path=path, fact=fact)
    if key == "mask_kind" and value not in set(ProviderMask):
        raise SidecarError(path=path, fact=f"mask_kind is {value!r}, not {', '.join(ProviderMask)}")
    # Files are kept by their names alone, so a mask in another folder could not be found again.
    if key == "mask" and (re.search(r"[/\\\0]", value) or value.strip() in {".", ".."}):
        raise SidecarError(path=path, fact=f"mask is {value!r}, not a name of a file beside it")
    return value.strip()


def _names(value: object, path: str) -> tuple[str, ...]:
    """Band names, each once."""
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise SidecarError(path=path, fact=f"bands is {value!r}, not a list of names")
    if len(set(value)) != len(value):
        raise SidecarError(path=path, fact="bands names one band twice")
    return tuple(value)


_LIMITS = {
    "scale": (1e-9, 1e9),
    "offset": (-1e9, 1e9),
    "geolocation_sigma_m": (0.01, 1e5),
    "off_nadir_deg": (0.0, 90.0),
    "sun_azimuth_deg": (0.0, 360.0),
    "sun_elevation_deg": (-90.0, 90.0),
}


def _number(value: object, key: str, path: str) -> float:
    """A finite number within the bounds of its key."""
    low, high = _LIMITS.get(key, (-math.inf, math.inf))
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not math.isfinite(float(str(value))) or not low <= float(str(value)) <= high:
        fact = f"{key} is {value!r}, not a number from {low:g} to {high:g}"
        raise SidecarError(path=path, fact=fact)
    return float(str(value))
