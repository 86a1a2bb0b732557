"""Every error that quaywatch raises on purpose, as one tree.

A message states the fact, then the remedy. ``code`` is stable: scripts, JSON output and HTTP
answers carry it unchanged, and ``docs/errors.md`` lists them all.

    QuaywatchError
    ├── InputError      what the user typed or drew cannot be used
    │   ├── PositionError
    │   ├── TimeError
    │   ├── ProbabilityError
    │   ├── SiteFileError
    │   ├── SiteGeometryError
    │   ├── ActivityInputError
    │   ├── PixelWindowError
    │   ├── StockInputError
    │   ├── SpeedError
    │   ├── TrackOrderError
    │   ├── TrackUnsortedError
    │   ├── PortsTableError
    │   ├── FleetFileError
    │   ├── FleetMissingError
    │   ├── CargoInputError
    │   ├── PricesFileError
    │   ├── CaseFileError
    │   ├── CaseEmptyError
    │   ├── CaseLintError
    │   ├── ClaimShapeError
    │   ├── TimezoneMissingError
    │   ├── TimezoneUnknownError
    │   ├── DialectError
    │   ├── ClaimsFileError
    │   ├── PlaceMissingError
    │   ├── ArgumentError
    │   ├── UsageError
    │   ├── SourceMissingError
    │   ├── SceneMissingError
    │   ├── HullMissingError
    │   ├── LineupError
    │   ├── SiteMissingError
    │   ├── MmsiError
    │   ├── CaseExistsError
    │   ├── CaseMissingError
    │   ├── FindingsMissingError
    │   ├── RedactedUnknownError
    │   ├── RedactionLeakError
    │   ├── ExportFormatError
    │   ├── ExportUnverifiedError
    │   ├── TypesettingError
    │   ├── VesselUnknownError
    │   ├── AisMissingError
    │   ├── WorldScriptError
    │   ├── HypothesisMissingError
    │   ├── NotSimulatedError
    │   ├── InjectionError
    │   ├── LooksMissingError
    │   ├── LooksUnusableError
    │   ├── LookSingleError
    │   └── LicenceForbidsError
    ├── SourceError     a file or a record from outside cannot be used
    │   ├── RasterUnreadableError
    │   ├── RasterNoCrsError
    │   ├── RasterEmptyError
    │   ├── RasterTooLargeError
    │   ├── BandOrderError
    │   ├── LicenceMissingError
    │   ├── CaptureTimeMissingError
    │   ├── SensorUnknownError
    │   ├── SidecarError
    │   ├── SceneGridError
    │   ├── MaskAloneError
    │   ├── BandMissingError
    │   ├── SourceEmptyError
    │   ├── SourceTruncatedError
    │   ├── FormatUnknownError
    │   ├── BundleError
    │   ├── RegisterFormatError
    │   └── SourceChangedError
    ├── StoreError      the workspace cannot be read or written
    │   ├── LedgerBrokenError
    │   ├── RecordMissingError
    │   ├── ObjectMissingError
    │   ├── ObjectChangedError
    │   ├── WorkspaceMissingError
    │   ├── WorkspaceExistsError
    │   ├── WorkspaceConfigError
    │   ├── WorkspaceNewerError
    │   ├── WorkspaceBusyError
    │   ├── DiskFullError
    │   ├── CatalogueError
    │   ├── RecordContentError
    │   ├── RecordChangedError
    │   ├── LakeFileMissingError
    │   ├── LakeListError
    │   ├── LakeSchemaError
    │   ├── IngestSessionError
    │   ├── PassDiffersError
    │   └── FileUnusableError
    └── NotYetError     a documented command that this version does not carry out yet
"""

from collections.abc import Sequence
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


# stores


class WorkspaceMissingError(StoreError):
    """A folder that is no workspace."""

    code = "workspace-missing"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is not a quaywatch workspace: it has no quaywatch.toml. Make one with "
            f"`quaywatch init {root}`, or name another with --workspace."
        )


class WorkspaceExistsError(StoreError):
    """A workspace where a new one was asked for."""

    code = "workspace-exists"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is a workspace already; nothing was changed. Use it as it is, or name an "
            "empty folder."
        )


class WorkspaceConfigError(StoreError):
    """A ``quaywatch.toml`` that cannot be used."""

    code = "workspace-config-invalid"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(f"{path} cannot be used: {fact}. Mend that line; comments say what fits.")


class WorkspaceNewerError(StoreError):
    """A workspace written by a later quaywatch."""

    code = "workspace-newer"

    def __init__(self, *, root: str, found: str, known: str) -> None:
        self.root, self.found = root, found
        super().__init__(
            f"{root} was written by a later quaywatch (schema {found}; this version knows "
            f"{known}). Update quaywatch; an older one would lose what it does not know."
        )


class WorkspaceBusyError(StoreError):
    """Another process is writing."""

    code = "workspace-busy"

    def __init__(self, *, path: str, waited_s: float) -> None:
        self.path, self.waited_s = path, waited_s
        super().__init__(
            f"Another process is writing to this workspace ({path} is locked; waited "
            f"{waited_s:g} s). Wait for it or end it, then run the command again; reading stays "
            "possible."
        )


class DiskFullError(StoreError):
    """No room to write."""

    code = "disk-full"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"No room left to write {path}. Nothing was half-kept: free some space, or raise the "
            "quota, and run the command again."
        )


class CatalogueError(StoreError):
    """The catalogue file cannot be used."""

    code = "catalogue-unusable"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"The catalogue {path} cannot be used ({fact}). Check that it is there and writable; "
            "if it is damaged, restore the workspace from a copy."
        )


class RecordContentError(StoreError):
    """A record that has no canonical form."""

    code = "record-content-invalid"

    def __init__(self, *, kind: str, fact: str) -> None:
        self.kind, self.fact = kind, fact
        super().__init__(
            f"A {kind} cannot be kept: {fact}. Give whole numbers within 2**53, finite fractions, "
            "and text that is valid Unicode."
        )


class RecordChangedError(StoreError):
    """A record that is no longer what the ledger sealed."""

    code = "record-changed"

    def __init__(self, *, record_id: str, fact: str) -> None:
        self.record_id, self.fact = record_id, fact
        super().__init__(
            f"Record {record_id} {fact}. Restore the workspace from a copy that verifies; nothing "
            "that rests on this record can be trusted."
        )


class LakeFileMissingError(StoreError):
    """A file that the lake lists is gone."""

    code = "lake-file-missing"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"The lake file {path} is listed but not there. Restore it from a copy of this "
            "workspace; answers without it would be wrong, so none is given."
        )


class LakeListError(StoreError):
    """The lake's list of files is not the one that the ledger sealed."""

    code = "lake-list-changed"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"The lake file {path} {fact}. Restore the workspace from a copy that verifies."
        )


class LakeSchemaError(StoreError):
    """A table that does not fit the lake's contract."""

    code = "lake-schema"

    def __init__(self, *, table: str, fact: str) -> None:
        self.table, self.fact = table, fact
        super().__init__(
            f"The {table} table does not fit the lake: {fact}. Give the columns of "
            "quaywatch.ais.schema, with null for unknown."
        )


class IngestSessionError(StoreError):
    """An ingest session used out of turn."""

    code = "ingest-session"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"{fact}. Open one with `with lake.ingest(source) as session:`.")


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


class ActivityInputError(InputError):
    """Looks and calls from which no activity can be worked out."""

    code = "activity-input"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"{fact[:1].upper()}{fact[1:]}. Give finite days in time order, one state per look, "
            "and periods that end after they start."
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


class StockInputError(InputError):
    """Numbers from which no stock, volume or change can be worked out."""

    code = "stock-input"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"{fact}. Give finite, positive numbers in time order.")


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


class RasterTooLargeError(SourceError):
    """A raster that declares more pixels than any scene has."""

    code = "raster-too-large"

    def __init__(self, *, path: str, width: int, height: int, bands: int) -> None:
        self.path, self.width, self.height, self.bands = path, width, height, bands
        super().__init__(
            f"{path} declares {width:,} by {height:,} pixels in {bands} bands, more than a scene "
            "has. Cut out the part you need with gdal_translate -projwin; if it should be "
            "smaller, its header is broken."
        )


class BandOrderError(SourceError):
    """A raster of which it is not said, or said in two ways, which band is which."""

    code = "band-order-unclear"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path}: {fact}. Name its bands in file order in a sidecar {path}.json, such as "
            '{"bands": ["blue", "green", "red", "nir"]}.'
        )


class LicenceMissingError(SourceError):
    """An image whose licence or credit line nobody stated."""

    code = "licence-missing"

    def __init__(self, *, path: str, lacks: str) -> None:
        self.path, self.lacks = path, lacks
        super().__init__(
            f"{path} comes without {lacks}. State them with --licence and --credit, or in a "
            f"sidecar {path}.json (one is enough for all bands of a scene): a dossier may not "
            "show what it cannot credit."
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


class MaskAloneError(SourceError):
    """A provider's cloud mask without the image that it belongs to."""

    code = "mask-alone"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} is named as a cloud mask, and no image of its scene is among the files given. "
            "Give it together with the image, under the name that the provider gave it."
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


class TrackUnsortedError(InputError):
    """Reports that are to be walked in order are not in order."""

    code = "track-unsorted"

    def __init__(self, *, row: int) -> None:
        self.row = row
        super().__init__(
            f"Row {row} does not follow the one before it by mmsi and at. "
            "Sort the reports by both, or read them with lake.tracks()."
        )


# voyages


class PortsTableError(InputError):
    """A table of ports cannot be used."""

    code = "ports-table"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"The table of ports: {fact}. Give port, lon and lat (WGS84 degrees) in every row."
        )


class FleetFileError(InputError):
    """A list of vessels cannot be used."""

    code = "fleet-file"

    def __init__(self, *, name: str, fact: str) -> None:
        self.name, self.fact = name, fact
        super().__init__(
            f"{name}: {fact}. Give one vessel a line: an IMO number, an MMSI or a name; or columns "
            "imo, mmsi, name, dwt_t with a header; or TOML with a [[vessel]] each."
        )


class FleetMissingError(InputError):
    """A fleet that is neither a file nor saved in the workspace."""

    code = "fleet-missing"

    def __init__(self, *, name: str, known: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is no file and no fleet saved in this workspace; it has {known or 'none'}. "
            "Name a file that lists vessels, and keep it with --save."
        )


class CargoInputError(InputError):
    """Figures from which no cargo or stock balance can be computed."""

    code = "cargo-input"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"No cargo is computed: {fact}. Give what a register or a report states.")


class PricesFileError(InputError):
    """A file of prices cannot be used."""

    code = "prices-file"

    def __init__(self, *, name: str, fact: str) -> None:
        self.name, self.fact = name, fact
        super().__init__(
            f"Prices {name}: {fact}. Give commodity, low, mode, high, from, to and source of each."
        )


# cases


class CaseFileError(InputError):
    """A case.toml that does not say what a case must say."""

    code = "case-file-invalid"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"The case file cannot be used: {fact}. It needs id, title and question, and lists of "
            "subjects and findings, as `quaywatch case new` writes them."
        )


class CaseEmptyError(InputError):
    """A case with nothing to report."""

    code = "case-empty"

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(
            f"Case {case} lists no finding, so there is nothing to build. Run the checks that "
            "answer its question, then add the ids of their findings to case.toml."
        )


class CaseLintError(InputError):
    """Wording in our own voice that a dossier may not carry."""

    code = "case-lint"

    def __init__(self, *, case: str, issues: tuple[str, ...]) -> None:
        self.case, self.issues = case, issues
        super().__init__(
            f"Case {case} is not built, because its own words go further than its evidence:\n- "
            + "\n- ".join(issues)
            + "\nReword these findings; what others wrote may stand, inside quotation marks."
        )


class ClaimShapeError(InputError):
    """A claim whose value the dossier cannot lay out."""

    code = "claim-shape-invalid"

    def __init__(self, *, claim: str, fact: str) -> None:
        self.claim = claim
        super().__init__(
            f"The value of {claim} cannot be laid out: {fact}. Mend the check that made it; the "
            "keys a dossier reads are listed in quaywatch.cases.contents."
        )


# ais


class TimezoneMissingError(InputError):
    """A file gives wall-clock times without saying whose clock."""

    code = "timezone-missing"

    def __init__(self, *, example: str) -> None:
        self.example = example
        super().__init__(
            f"The times in this file (such as {example}) name no time zone. "
            "State it with --timezone, such as Europe/Paris or UTC."
        )


class TimezoneUnknownError(InputError):
    """A time zone that the time zone database does not have."""

    code = "timezone-unknown"

    def __init__(self, *, timezone: str) -> None:
        self.timezone = timezone
        super().__init__(
            f"There is no time zone {timezone!r}. "
            "Use an IANA name such as Europe/Paris, Asia/Seoul or UTC."
        )


class DialectError(InputError):
    """A declared mapping of columns that cannot be followed."""

    code = "dialect-invalid"

    def __init__(self, *, fact: str, remedy: str) -> None:
        self.fact, self.remedy = fact, remedy
        super().__init__(f"{fact} {remedy}")


class SourceEmptyError(SourceError):
    """A source with nothing in it."""

    code = "source-empty"

    def __init__(self, *, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source} is empty. An empty file says nothing about who was at sea: "
            "fetch it again, or leave it out."
        )


class SourceTruncatedError(SourceError):
    """A compressed source that ends in the middle."""

    code = "source-truncated"

    def __init__(self, *, source: str, detail: str) -> None:
        self.source, self.detail = source, detail
        super().__init__(
            f"{source} is cut off or damaged ({detail}); none of it was taken. "
            "Fetch it again and compare its size or hash with the provider's."
        )


class FormatUnknownError(SourceError):
    """A source in no format that the reader understands."""

    code = "format-unknown"

    def __init__(self, *, source: str, found: str, understood: str) -> None:
        self.source, self.found, self.understood = source, found, understood
        super().__init__(
            f"{source} is not AIS as we know it: {found}. Leave it out, or give it in a form "
            f"that is understood. Understood: {understood}."
        )


class BundleError(SourceError):
    """An export that cannot be read as one."""

    code = "bundle-invalid"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path = path
        super().__init__(
            f"{path} is no export that can be verified: {fact}. Ask who made it for the whole of "
            "it, as `quaywatch case export` left it."
        )


class RegisterFormatError(SourceError):
    """A register or a list in no layout that the reader knows."""

    code = "register-format"

    def __init__(self, *, source: str, fact: str) -> None:
        self.source, self.fact = source, fact
        super().__init__(
            f"{source} is no register or list as we know them: {fact}. Say with --mapping which "
            "column holds what, or leave the file out; docs/registers.md lists the layouts."
        )


class ClaimsFileError(InputError):
    """A claims file that cannot be entered."""

    code = "claims-invalid"

    def __init__(self, *, name: str, what: str) -> None:
        self.name, self.what = name, what
        super().__init__(
            f"{name}: {what}. Nothing of it was entered. Correct the file and ingest it again; "
            "docs/claims.md shows every field."
        )


# workflows


class PlaceMissingError(InputError):
    """A record that puts its subject nowhere, or at no time."""

    code = "place-missing"

    def __init__(self, *, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(
            f"{record_id} gives no place or no time to compare. Use a record with lon and lat or "
            "an area, and a time."
        )


# cli


class ArgumentError(InputError):
    """A flag whose value cannot be read."""

    code = "argument-invalid"

    def __init__(self, *, flag: str, fact: str, remedy: str | None = None) -> None:
        self.flag, self.fact = flag, fact
        parts = "Name each part, such as at=2025-02-03T00:09Z,lon=124.0,lat=36.5."
        super().__init__(f"{flag}: {fact}. {remedy or parts}")


class UsageError(InputError):
    """A command line that names no command, or lacks a part of one."""

    code = "usage"

    def __init__(self, *, fact: str, command: str = "quaywatch") -> None:
        self.fact, self.command = fact, command
        super().__init__(f"{fact.rstrip('.')}. `{command} --help` shows what it takes.")


class PassDiffersError(StoreError):
    """A pass over the AIS that, made again, does not find what it found."""

    code = "pass-differs"

    def __init__(self, *, event: str) -> None:
        self.event = event
        super().__init__(
            f"The pass, made again, does not find {event}. Verify with the version of quaywatch "
            "and the land mask that made it; if they are these, its sources have changed."
        )


class FileUnusableError(StoreError):
    """A file or folder that the operating system does not let us read or write."""

    code = "file-unusable"

    def __init__(self, *, path: str, fact: str) -> None:
        self.path, self.fact = path, fact
        super().__init__(
            f"{path} cannot be used: {fact}. Check that it is there and that you may read and "
            "write it, then run the command again; nothing is half done."
        )


class SourceMissingError(InputError):
    """A file that is not there."""

    code = "file-missing"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(f"There is no file {path}. Check the path; nothing was read from it.")


class SourceChangedError(SourceError):
    """A file that changed while it was read."""

    code = "file-changed"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} was written to while it was being ingested; nothing of it was kept. Wait "
            "until it is complete, then ingest it again."
        )


class SceneMissingError(InputError):
    """A scene that is neither a file nor in the workspace."""

    code = "scene-missing"

    def __init__(self, *, name: str, known: str = "") -> None:
        self.name, self.known = name, known
        has = f"; it has {known}" if known else ""
        super().__init__(
            f"{name} is no file and no scene of this workspace{has}. Ingest it first, or name its "
            "file."
        )


class HullMissingError(InputError):
    """A place on an image at which no hull can be read."""

    code = "hull-missing"

    def __init__(self, *, scene: str, reason: str) -> None:
        self.scene, self.reason = scene, reason
        super().__init__(
            f"{scene}: {reason}. `quaywatch detect` lists the hulls of a scene with their places."
        )


class LineupError(InputError):
    """A line-up that cannot be made, found or answered."""

    code = "lineup"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(f"{fact}. See docs/likeness.md for how a line-up is made and answered.")


class SiteMissingError(InputError):
    """A site that the workspace does not have."""

    code = "site-missing"

    def __init__(self, *, name: str, known: str) -> None:
        self.name = name
        super().__init__(
            f"No site {name!r} in this workspace; it has {known or 'none'}. Put its GeoJSON into "
            "the folder sites/."
        )


# vessels


class MmsiError(InputError):
    """A number that no radio station can have as its identity."""

    code = "mmsi-invalid"

    def __init__(self, *, number: int) -> None:
        self.number = number
        super().__init__(f"{number} is not an MMSI. Give 1 to 9 digits that are not all zero.")


class CaseExistsError(InputError):
    """A case id that is taken."""

    code = "case-exists"

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(
            f"There is a case {case!r} already. Edit its case.toml, or choose another id."
        )


class CaseMissingError(InputError):
    """A case that this workspace does not have."""

    code = "case-missing"

    def __init__(self, *, case: str, known: str) -> None:
        self.case = case
        super().__init__(
            f"No case {case!r} in this workspace; it has {known or 'none'}. "
            "Begin one with `quaywatch case new`."
        )


class FindingsMissingError(InputError):
    """A case about which no check says anything."""

    code = "findings-missing"

    def __init__(self, *, case: str, subjects: str, built_before: bool = False) -> None:
        self.case = case
        stays = "The dossier built before stays as it was. " if built_before else ""
        super().__init__(
            f"No check in this workspace is about the subjects of case {case!r} ({subjects}). "
            f"{stays}Name its subjects in case.toml as imo:… or mmsi:…, and run `quaywatch watch`."
        )


class RedactedUnknownError(InputError):
    """A source to redact that a case does not rest on, or that several names fit."""

    code = "redacted-unknown"

    def __init__(self, *, text: str, known: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} names no one source of this case. Give the file name or the start of the id "
            f"of one of: {known}."
        )


class RedactionLeakError(InputError):
    """An export that would still give away what it redacts."""

    code = "redaction-leak"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"Nothing was exported: {fact}. Reword the case so that it does not name what is to be "
            "kept, or leave the source in."
        )


class ExportFormatError(InputError):
    """A format that no export has."""

    code = "export-format"

    def __init__(self, *, text: str, known: str) -> None:
        super().__init__(f"An export has no format {text!r}. Choose among {known}.")


class ExportUnverifiedError(InputError):
    """A case that does not verify here; nobody else could verify it either."""

    code = "export-unverified"

    def __init__(self, *, case: str, first: str) -> None:
        self.case = case
        super().__init__(
            f"Case {case!r} does not verify, so it is not exported: "
            f"{first.rstrip('.')}. Build it again, and "
            f"see `quaywatch case verify {case}`."
        )


class TypesettingError(InputError):
    """A dossier that cannot be set as PDF."""

    code = "typesetting"

    def __init__(self, *, fact: str) -> None:
        super().__init__(
            f"The dossier cannot be set as PDF: {fact}. Its page, dossier.html, has everything."
        )


class VesselUnknownError(InputError):
    """A vessel that nothing here is about, or a name that several bear."""

    code = "vessel-unknown"

    def __init__(self, *, text: str, found: str) -> None:
        self.text = text
        several = f"{text!r} is borne by several: {found}. Name one of them by number."
        none = (
            f"Nothing in this workspace is about {text!r}. Give an IMO number, an MMSI or a name "
            "as broadcast; absence here is absence of data."
        )
        super().__init__(several if found else none)


class AisMissingError(InputError):
    """A question about AIS in a workspace that holds no positions."""

    code = "ais-missing"

    def __init__(self, *, workspace: str) -> None:
        self.workspace = workspace
        super().__init__(
            f"The workspace {workspace} holds no AIS positions. Enter some with "
            "`quaywatch ingest ais`."
        )


# testing


class WorldScriptError(InputError):
    """The script of a simulated world contradicts itself."""

    code = "world-script"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"The simulated world's script contradicts itself: {fact}. Move one of the planted "
            "events, or take another seed."
        )


class HypothesisMissingError(InputError):
    """Strategies were asked for where hypothesis is not installed."""

    code = "hypothesis-missing"

    def __init__(self) -> None:
        super().__init__(
            "Test strategies need hypothesis, which is not installed here. Install it with "
            "`pip install hypothesis`; the program itself never needs it."
        )


# testing


class NotSimulatedError(InputError):
    """A workspace of real data where a simulated one is to be made."""

    code = "not-simulated"

    def __init__(self, *, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} is a workspace of real data; simulated ships do not go into it. Name another "
            "folder."
        )


class InjectionError(InputError):
    """A track cannot carry the falsification that was to be planted in it."""

    code = "injection"

    def __init__(self, *, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"Nothing was planted: {fact}. Choose another track, longer or denser, or a wider sea."
        )


# films


class LooksMissingError(InputError):
    """A film or chart of a site that was not looked at in that time."""

    code = "looks-missing"

    def __init__(self, *, site: str, when: str) -> None:
        self.site, self.when = site, when
        asked = f" {when}" if when else ""
        super().__init__(
            f"There is no look of {site}{asked}. Enter scenes with `quaywatch ingest imagery`, run "
            "`quaywatch watch`, or ask for another time."
        )


class LooksUnusableError(InputError):
    """A film of looks of which none can be used."""

    code = "looks-unusable"

    def __init__(self, *, site: str, looks: int, why: str, asked: float) -> None:
        self.site, self.looks, self.why, self.asked = site, looks, why, asked
        super().__init__(
            f"None of the {looks} looks of {site} shows at least {100 * asked:.0f}% of the berths "
            f"and yards asked for: {why}. "
            "Ask for another time or part, or for less with --min-clear; what is hidden stays "
            "hidden."
        )


class LookSingleError(InputError):
    """A film of a single usable look."""

    code = "look-single"

    def __init__(self, *, site: str, when: str, looks: int, why: str) -> None:
        self.site, self.when, self.looks, self.why = site, when, looks, why
        others = f"; left out: {why}" if why else ""
        super().__init__(
            f"Of {looks} look{'' if looks == 1 else 's'} of {site} only that of {when} can be "
            f"used{others}. One picture is no film: use `quaywatch site S looks --pictures DIR`, "
            "or ask for a longer time, for one --part, or for less with --min-clear."
        )


class LicenceForbidsError(InputError):
    """A film of frames whose licence forbids it."""

    code = "licence-forbids"

    def __init__(self, *, frames: Sequence[str]) -> None:
        self.frames = tuple(frames)
        shown = "; ".join(self.frames[:5]) + ("; …" if len(self.frames) > 5 else "")
        super().__init__(
            f"The licence of {len(self.frames)} frames forbids a film, or does not say that it "
            f"allows one ({shown}). Ask their owners and state it with --permission, or use "
            "--for-own-use, which stamps every frame NOT FOR PUBLICATION."
        )
