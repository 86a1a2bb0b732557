"""Errors about scenes, their rasters and what is read from them."""

from quaywatch.errors.tree import InputError, SourceError


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
