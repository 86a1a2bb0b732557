"""The invented analyst's notes: which ship is seen where, as claims with their basis."""

from pathlib import Path
from typing import Any, Final

from quaywatch.testing.planted import PlantedScene, PlantedTruth, TwoPlaces

PUBLISHED: Final = "2025-05-07"
BASIS: Final = "length, beam, hatch count and superstructure compared with chips of a known hull"


def write_claims(folder: Path, truth: PlantedTruth) -> None:
    """Write ``identity-sightings.toml`` and the notes that it quotes, line by line."""
    notes = folder / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    lines = [
        "Identity notes of the simulated world.",
        "Everything in this text is invented: ships, numbers, places and dates.",
        "",
    ]
    tables = []
    for claim in _claims(truth):
        lines.append(claim.pop("text"))
        claim["lines"] = str(len(lines))
        tables.append(_table(claim))
    (notes / "identity-notes.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    head = _source("notes/identity-notes.txt", "Identity notes of the simulated world")
    text = "# Invented claims of a simulated world.\nsimulated = true\n\n" + head + "\n"
    (folder / "identity-sightings.toml").write_text(text + "\n".join(tables), encoding="utf-8")


def _claims(truth: PlantedTruth) -> list[dict[str, Any]]:
    """Claims in the order of the notes; ``text`` is the line of the notes."""
    pairs = {pair.id: pair for pair in truth.two_places}
    first, second = pairs["two-places-1"], pairs["two-places-2"]
    slip = {
        "printed": "2024-02-03",
        "read_as": "2025-02-03",
        "because": "the voyage described began on 22 January 2025",
    }
    claims = [
        _broadcast(truth, "broadcast-1", first),
        _sighting(truth, "sighting-1", first, 12.0, slip=slip),
        _broadcast(truth, "broadcast-2", second),
        _sighting(truth, "sighting-2", second, 15.0),
        _sighting(truth, "sighting-3", pairs["honest-twin-sea"], 9.0),
        _sighting(truth, "sighting-4", pairs["honest-twin-quay"], 14.0),
    ]
    stops = (
        ("2024-06-16", "sighted-at"),
        ("2024-06-17", "loading-at"),
        ("2024-07-06", "loading-at"),
    )
    for number, (day, predicate) in enumerate(stops, start=5):
        claims.append(_call(truth, f"sighting-{number}", day, predicate))
    claims.append(_day_only(truth, "sighting-day", pairs["day-only"]))
    claims += [
        _absence(truth, check.scene, check.id, check.lon, check.lat)
        for check in truth.presence
        if check.expected == "not-seen"
    ]
    return claims


def _subject(truth: PlantedTruth, key: str) -> str:
    return f"imo:{truth.vessel(key).imo}"


def _broadcast(truth: PlantedTruth, name: str, pair: TwoPlaces) -> dict[str, Any]:
    ship = truth.vessel(pair.vessel)
    return {
        "id": name,
        "subject": f"mmsi:{pair.mmsi}",
        "predicate": "ais-broadcast-at",
        "time": pair.broadcast_at,
        "lon": pair.broadcast_lon,
        "lat": pair.broadcast_lat,
        "text": f"{ship.name} broadcast at sea at {pair.broadcast_at}.",
    }


def _sighting(
    truth: PlantedTruth,
    name: str,
    pair: TwoPlaces,
    ratio: float,
    *,
    slip: dict[str, str] | None = None,
) -> dict[str, Any]:
    ship = truth.vessel(pair.vessel)
    shown = pair.sighting_at if slip is None else slip["printed"]
    claim: dict[str, Any] = {
        "id": name,
        "subject": _subject(truth, pair.vessel),
        "predicate": "sighted-at",
        "time": pair.sighting_at,
        "lon": pair.sighting_lon,
        "lat": pair.sighting_lat,
        "scene": _name(pair.scene),
        "likelihood_ratio": ratio,
        "basis": BASIS,
        "text": f"{ship.name} lies at berth {pair.berth}, image of {shown}.",
    }
    if slip is not None:
        claim["reading"] = "The year printed is one too early."
        claim["slip"] = slip
    return claim


def _call(truth: PlantedTruth, name: str, day: str, predicate: str) -> dict[str, Any]:
    scene, hull = next(
        (s, h)
        for s in truth.scenes
        for h in s.hulls
        if s.captured_at.startswith(day) and h.vessel == "far_harbour"
    )
    verb = "loads" if predicate == "loading-at" else "arrives"
    return {
        "id": name,
        "subject": _subject(truth, "far_harbour"),
        "predicate": predicate,
        "time": scene.captured_at,
        "lon": hull.lon,
        "lat": hull.lat,
        "scene": _name(scene.file),
        "likelihood_ratio": 8.0,
        "basis": BASIS,
        "text": f"{truth.vessel('far_harbour').name} {verb} at {hull.berth} on {day}.",
    }


def _day_only(truth: PlantedTruth, name: str, pair: TwoPlaces) -> dict[str, Any]:
    """A sighting that its source dates to the day: nothing can be compared with it."""
    return {
        "id": name,
        "subject": _subject(truth, pair.vessel),
        "predicate": "sighted-at",
        "time": pair.sighting_at,
        "lon": pair.sighting_lon,
        "lat": pair.sighting_lat,
        "text": f"{truth.vessel(pair.vessel).name} is seen at the terminal on {pair.sighting_at}.",
    }


def _absence(truth: PlantedTruth, file: str, name: str, lon: float, lat: float) -> dict[str, Any]:
    scene: PlantedScene = next(s for s in truth.scenes if s.file == file)
    return {
        "id": f"absence-{name}",
        "subject": f"mmsi:{truth.vessel('two_places').mmsi}",
        "predicate": "not-seen-at",
        "time": scene.captured_at,
        "lon": lon,
        "lat": lat,
        "scene": _name(scene.file),
        "text": f"No vessel at the broadcast position in the image of {scene.captured_at}.",
    }


def _name(file: str | None) -> str | None:
    return None if file is None else Path(file).name


def _source(path: str, title: str) -> str:
    return "\n".join(
        [
            "[source]",
            f'path = "{path}"',
            f'title = "{title}"',
            'provider = "quaywatch simulator"',
            'licence = "CC0-1.0"',
            'credit = "Simulated by quaywatch"',
            "redistributable = true",
            f'published = "{PUBLISHED}"',
            "",
        ]
    )


def _table(claim: dict[str, Any]) -> str:
    lines = ["[[claim]]"]
    lines += [f"{key} = {_value(value)}" for key, value in claim.items() if value is not None]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + " }"
    return str(value) if isinstance(value, int | float) else f'"{value}"'
