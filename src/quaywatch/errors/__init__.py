"""Every error that quaywatch raises on purpose, as one tree.

A message states the fact, then the remedy. ``code`` is stable: scripts, JSON output and HTTP
answers carry it unchanged, and ``docs/errors.md`` lists them all. Each stands in the module of
what it is about; import it from here.

    QuaywatchError
    ├── InputError      what the user typed or drew cannot be used
    │   ├── CaseEmptyError
    │   ├── CaseExistsError
    │   ├── CaseFileError
    │   ├── CaseLintError
    │   ├── CaseMissingError
    │   ├── ClaimShapeError
    │   ├── ExportFormatError
    │   ├── ExportMissingError
    │   ├── ExportUnverifiedError
    │   ├── FindingsMissingError
    │   ├── RedactedUnknownError
    │   ├── RedactionLeakError
    │   ├── TypesettingError
    │   ├── ArgumentError
    │   ├── UsageError
    │   ├── ClaimsFileError
    │   ├── ProbabilityError
    │   ├── TimeError
    │   ├── SourceMissingError
    │   ├── LicenceForbidsError
    │   ├── LookSingleError
    │   ├── LooksMissingError
    │   ├── LooksUnusableError
    │   ├── HullMissingError
    │   ├── LineupError
    │   ├── PixelWindowError
    │   ├── SceneMissingError
    │   ├── StockInputError
    │   ├── ActivityInputError
    │   ├── PlaceMissingError
    │   ├── PositionError
    │   ├── SiteFileError
    │   ├── SiteGeometryError
    │   ├── SiteMissingError
    │   ├── HypothesisMissingError
    │   ├── InjectionError
    │   ├── NotSimulatedError
    │   ├── WorldScriptError
    │   ├── AisMissingError
    │   ├── DialectError
    │   ├── SpeedError
    │   ├── TimezoneMissingError
    │   ├── TimezoneUnknownError
    │   ├── TrackOrderError
    │   ├── TrackUnsortedError
    │   ├── CargoInputError
    │   ├── FleetFileError
    │   ├── FleetMissingError
    │   ├── MmsiError
    │   ├── PortsTableError
    │   ├── PricesFileError
    │   └── VesselUnknownError
    ├── NotYetError     a documented command that this version does not carry out yet
    ├── SourceError     a file or a record from outside cannot be used
    │   ├── BundleError
    │   ├── SourceChangedError
    │   ├── SourceEmptyError
    │   ├── SourceTruncatedError
    │   ├── BandMissingError
    │   ├── BandOrderError
    │   ├── CaptureTimeMissingError
    │   ├── LicenceMissingError
    │   ├── MaskAloneError
    │   ├── RasterEmptyError
    │   ├── RasterNoCrsError
    │   ├── RasterTooLargeError
    │   ├── RasterUnreadableError
    │   ├── SceneGridError
    │   ├── SensorUnknownError
    │   ├── SidecarError
    │   ├── FormatUnknownError
    │   ├── RegisterFormatError
    │   └── RegisterOutdatedError
    └── StoreError      the workspace cannot be read or written
        ├── LedgerBrokenError
        ├── ObjectChangedError
        ├── ObjectMissingError
        ├── RecordChangedError
        ├── RecordContentError
        ├── RecordMissingError
        ├── FileUnusableError
        ├── CatalogueError
        ├── DiskFullError
        ├── IngestSessionError
        ├── LakeFileMissingError
        ├── LakeListError
        ├── LakeSchemaError
        ├── PassDiffersError
        ├── WorkspaceBusyError
        ├── WorkspaceConfigError
        ├── WorkspaceExistsError
        ├── WorkspaceMissingError
        └── WorkspaceNewerError
"""

from quaywatch.errors.cases import (
    BundleError,
    CaseEmptyError,
    CaseExistsError,
    CaseFileError,
    CaseLintError,
    CaseMissingError,
    ClaimShapeError,
    ExportFormatError,
    ExportMissingError,
    ExportUnverifiedError,
    FindingsMissingError,
    RedactedUnknownError,
    RedactionLeakError,
    TypesettingError,
)
from quaywatch.errors.commands import (
    ArgumentError,
    UsageError,
)
from quaywatch.errors.evidence import (
    ClaimsFileError,
    LedgerBrokenError,
    ObjectChangedError,
    ObjectMissingError,
    ProbabilityError,
    RecordChangedError,
    RecordContentError,
    RecordMissingError,
    TimeError,
)
from quaywatch.errors.files import (
    FileUnusableError,
    SourceChangedError,
    SourceEmptyError,
    SourceMissingError,
    SourceTruncatedError,
)
from quaywatch.errors.films import (
    LicenceForbidsError,
    LookSingleError,
    LooksMissingError,
    LooksUnusableError,
)
from quaywatch.errors.imagery import (
    BandMissingError,
    BandOrderError,
    CaptureTimeMissingError,
    HullMissingError,
    LicenceMissingError,
    LineupError,
    MaskAloneError,
    PixelWindowError,
    RasterEmptyError,
    RasterNoCrsError,
    RasterTooLargeError,
    RasterUnreadableError,
    SceneGridError,
    SceneMissingError,
    SensorUnknownError,
    SidecarError,
    StockInputError,
)
from quaywatch.errors.places import (
    ActivityInputError,
    PlaceMissingError,
    PositionError,
    SiteFileError,
    SiteGeometryError,
    SiteMissingError,
)
from quaywatch.errors.stores import (
    CatalogueError,
    DiskFullError,
    IngestSessionError,
    LakeFileMissingError,
    LakeListError,
    LakeSchemaError,
    PassDiffersError,
    WorkspaceBusyError,
    WorkspaceConfigError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from quaywatch.errors.testing import (
    HypothesisMissingError,
    InjectionError,
    NotSimulatedError,
    WorldScriptError,
)
from quaywatch.errors.tracks import (
    AisMissingError,
    DialectError,
    FormatUnknownError,
    SpeedError,
    TimezoneMissingError,
    TimezoneUnknownError,
    TrackOrderError,
    TrackUnsortedError,
)
from quaywatch.errors.tree import (
    InputError,
    NotYetError,
    QuaywatchError,
    SourceError,
    StoreError,
)
from quaywatch.errors.vessels import (
    CargoInputError,
    FleetFileError,
    FleetMissingError,
    MmsiError,
    PortsTableError,
    PricesFileError,
    RegisterFormatError,
    RegisterOutdatedError,
    VesselUnknownError,
)

__all__ = [
    "ActivityInputError",
    "AisMissingError",
    "ArgumentError",
    "BandMissingError",
    "BandOrderError",
    "BundleError",
    "CaptureTimeMissingError",
    "CargoInputError",
    "CaseEmptyError",
    "CaseExistsError",
    "CaseFileError",
    "CaseLintError",
    "CaseMissingError",
    "CatalogueError",
    "ClaimShapeError",
    "ClaimsFileError",
    "DialectError",
    "DiskFullError",
    "ExportFormatError",
    "ExportMissingError",
    "ExportUnverifiedError",
    "FileUnusableError",
    "FindingsMissingError",
    "FleetFileError",
    "FleetMissingError",
    "FormatUnknownError",
    "HullMissingError",
    "HypothesisMissingError",
    "IngestSessionError",
    "InjectionError",
    "InputError",
    "LakeFileMissingError",
    "LakeListError",
    "LakeSchemaError",
    "LedgerBrokenError",
    "LicenceForbidsError",
    "LicenceMissingError",
    "LineupError",
    "LookSingleError",
    "LooksMissingError",
    "LooksUnusableError",
    "MaskAloneError",
    "MmsiError",
    "NotSimulatedError",
    "NotYetError",
    "ObjectChangedError",
    "ObjectMissingError",
    "PassDiffersError",
    "PixelWindowError",
    "PlaceMissingError",
    "PortsTableError",
    "PositionError",
    "PricesFileError",
    "ProbabilityError",
    "QuaywatchError",
    "RasterEmptyError",
    "RasterNoCrsError",
    "RasterTooLargeError",
    "RasterUnreadableError",
    "RecordChangedError",
    "RecordContentError",
    "RecordMissingError",
    "RedactedUnknownError",
    "RedactionLeakError",
    "RegisterFormatError",
    "RegisterOutdatedError",
    "SceneGridError",
    "SceneMissingError",
    "SensorUnknownError",
    "SidecarError",
    "SiteFileError",
    "SiteGeometryError",
    "SiteMissingError",
    "SourceChangedError",
    "SourceEmptyError",
    "SourceError",
    "SourceMissingError",
    "SourceTruncatedError",
    "SpeedError",
    "StockInputError",
    "StoreError",
    "TimeError",
    "TimezoneMissingError",
    "TimezoneUnknownError",
    "TrackOrderError",
    "TrackUnsortedError",
    "TypesettingError",
    "UsageError",
    "VesselUnknownError",
    "WorkspaceBusyError",
    "WorkspaceConfigError",
    "WorkspaceExistsError",
    "WorkspaceMissingError",
    "WorkspaceNewerError",
    "WorldScriptError",
]
