"""Every error that quaywatch raises on purpose, as one tree.

A message states the fact, then the remedy. ``code`` is stable: scripts, JSON output and HTTP
answers carry it unchanged, and ``docs/errors.md`` lists them all.

    QuaywatchError
    ├── InputError      what the user typed or drew cannot be used
    │   ├── PositionError
    │   ├── TimeError
    │   ├── ProbabilityError
    │   ├── SpeedError
    │   ├── TrackOrderError
    │   ├── SiteFileError
    │   ├── SiteGeometryError
    │   └── PixelWindowError
    ├── SourceError     a file or a record from outside cannot be used
    │   ├── RasterUnreadableError
    │   ├── RasterNoCrsError
    │   ├── RasterEmptyError
    │   ├── LicenceMissingError
    │   ├── CaptureTimeMissingError
    │   ├── SensorUnknownError
    │   ├── SidecarError
    │   ├── SceneGridError
    │   └── BandMissingError
    ├── StoreError      the workspace cannot be read or written
    │   ├── LedgerBrokenError
    │   ├── RecordMissingError
    │   ├── ObjectMissingError
    │   └── ObjectChangedError
    └── NotYetError     a documented command that this version does not carry out
"""

from typing import ClassVar


class QuaywatchError(Exception):
    """Base of the tree: catch this to catch everything that quaywatch raises on purpose."""

    code: ClassVar[str] = "quaywatch"
    exit_code: ClassVar[int] = 1


class InputError(QuaywatchError):
    """What the user typed or drew cannot be used."""

    code = "input"
    exit_code = 2


class SourceError(QuaywatchError):
    """A file or a record from outside cannot be used."""

    code = "source"
    exit_code = 3


class StoreError(QuaywatchError):
    """The workspace cannot be read or written."""

    code = "store"
    exit_code = 4


class NotYetError(QuaywatchError):
    """A documented command that this version does not carry out yet."""

    code = "not-yet"
    exit_code = 5

    def __init__(self, *, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"{what} is not part of this version yet. {instead}")


# geo


class PositionError(InputError):
    """A position that is not on Earth."""

    code = "position-invalid"

    def __init__(self, *, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        super().__init__(
            f"lon={lon}, lat={lat} is not a position on Earth. "
            "Give degrees: lon from -180 to 180, lat from -90 to 90."
        )


# evidence


class TimeError(InputError):
    """A time that names no instant or no day."""

    code = "time-invalid"

    def __init__(self, *, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is not a time that can be compared. Give ISO 8601 with its zone, such as "
            "2025-02-03T00:09Z, or a bare date where only the day is known."
        )


class ProbabilityError(InputError):
    """A number that cannot be a probability, a prior or a likelihood ratio."""

    code = "probability-invalid"

    def __init__(self, *, value: float) -> None:
        self.value = value
        super().__init__(
            f"{value} cannot be used as a probability. Probabilities lie between 0 and 1, priors "
            "strictly between, likelihood ratios above 0."
        )


class LedgerBrokenError(StoreError):
    """The ledger no longer hashes to itself."""

    code = "ledger-broken"

    def __init__(self, *, seq: int, record_id: str) -> None:
        self.seq, self.record_id = seq, record_id
        super().__init__(
            f"Ledger entry {seq} ({record_id}) does not follow from the entries before it: it, or "
            "one before it, was changed, dropped or moved. Restore the workspace from a copy "
            "whose ledger verifies."
        )


class RecordMissingError(StoreError):
    """A record id that this workspace does not hold."""

    code = "record-missing"

    def __init__(self, *, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(
            f"No record {record_id} in this workspace. Ingest its source again, or name the "
            "workspace that holds it with --workspace."
        )


class ObjectMissingError(StoreError):
    """Bytes that a record names are not in the store."""

    code = "object-missing"

    def __init__(self, *, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(
            f"The bytes with SHA-256 {sha256} are not in the store. Ingest the file again; "
            "what rests on it cannot be recomputed until then."
        )


class ObjectChangedError(StoreError):
    """Bytes in the store no longer hash to their name."""

    code = "object-changed"

    def __init__(self, *, name: str, found: str) -> None:
        self.name, self.found = name, found
        super().__init__(
            f"{name} was changed after it was stored: its bytes now hash to {found}. Restore it "
            "from a copy; nothing that rests on it can be trusted."
        )


# sites


class SiteFileError(InputError):
    """A site file that is not a FeatureCollection of known parts in WGS84."""

    code = "site-file-invalid"

    def __init__(self, *, site: str, fact: str) -> None:
        self.site, self.fact = site, fact
        super().__init__(
            f"Site {site}: {fact}. Mend the GeoJSON: every feature needs an id of its own and a "
            "kind, and coordinates in WGS84 longitude, latitude."
        )


class SiteGeometryError(InputError):
    """A part of a site that is drawn wrong."""

    code = "site-geometry-invalid"

    def __init__(self, *, site: str, feature: str, fact: str) -> None:
        self.site, self.feature, self.fact = site, feature, fact
        super().__init__(
            f"Site {site}, {feature} {fact}. Redraw it so that its outline neither crosses nor "
            "touches itself, with corners in WGS84 longitude, latitude."
        )


# imagery


class PixelWindowError(InputError):
    """A window that does not touch the scene."""

    code = "window-outside-scene"

    def __init__(self, *, scene: str, window: str) -> None:
        self.scene, self.window = scene, window
        super().__init__(
            f"The window {window} lies outside scene {scene}. Ask for one inside its footprint."
        )


class RasterUnreadableError(SourceError):
    """A raster that cannot be opened or read to its end."""

    code = "raster-unreadable"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path} cannot be read as a raster ({fact}). Fetch it again; it may be cut short or "
            "not an image."
        )


class RasterNoCrsError(SourceError):
    """A raster that does not say where on Earth it is."""

    code = "raster-no-crs"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path} has no usable georeference ({fact}). Take the georeferenced product, or "
            "assign the coordinate reference system and transform with gdal_translate."
        )


class RasterEmptyError(SourceError):
    """A raster without one valid pixel."""

    code = "raster-empty"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} holds no valid pixel: all of it is nodata. Check the download or its area."
        )


class LicenceMissingError(SourceError):
    """An image whose licence or credit line nobody stated."""

    code = "licence-missing"

    def __init__(self, *, path: str, lacks: str) -> None:
        self.path, self.lacks = path, lacks
        super().__init__(
            f"{path} comes without {lacks}. State licence and credit by flag, or in a sidecar "
            f"{path}.json: a dossier may not show what it cannot credit."
        )


class CaptureTimeMissingError(SourceError):
    """An image that does not say when it was taken."""

    code = "capture-time-missing"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path}: {fact}. State the capture time as an interval in UTC, by flag or in a "
            f"sidecar {path}.json (captured_start, captured_end)."
        )


class SensorUnknownError(SourceError):
    """An image of a sensor that is not in the table, or not named."""

    code = "sensor-unknown"

    def __init__(self, *, path: str, given: str, known: str) -> None:
        self.path, self.given = path, given
        super().__init__(
            f"{path}: {given}. Name the sensor by flag or in a sidecar {path}.json; known: {known}."
        )


class SidecarError(SourceError):
    """A sidecar that cannot be used."""

    code = "sidecar-invalid"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(f"{path} cannot be used: {fact}. Mend it or take it away.")


class SceneGridError(SourceError):
    """Files given as one scene that do not belong together."""

    code = "scene-grid-mismatch"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path} does not fit the other files of its scene: {fact}. Give one scene at a time, "
            "with every band on one grid."
        )


class BandMissingError(SourceError):
    """A scene lacks a band that a method needs."""

    code = "band-missing"

    def __init__(self, *, scene: str, needs: str, has: str) -> None:
        self.scene, self.needs = scene, needs
        super().__init__(
            f"Scene {scene} has the bands {has}, but {needs} is needed. Ingest the other bands, or "
            "name the bands in a sidecar."
        )


# fusion


class SpeedError(InputError):
    """A top speed that no ship has."""

    code = "speed-invalid"

    def __init__(self, *, value: float) -> None:
        self.value = value
        super().__init__(f"{value} kn is not a top speed. Give a positive number of knots.")


class TrackOrderError(InputError):
    """Two reports of one track are not in time order."""

    code = "track-order"

    def __init__(self, *, hours: float) -> None:
        self.hours = hours
        super().__init__(
            f"The second report lies {-hours:.2f} h before the first. Give the earlier one first."
        )
