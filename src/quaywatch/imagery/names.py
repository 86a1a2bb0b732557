"""What a file name says: sensor, capture time, band; nothing beyond the grammar of the name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quaywatch.imagery.sensors import LANDSAT_GENERATION, SENSORS

SECOND = timedelta(seconds=1)
_S2_OFFSET_FROM = datetime(2022, 1, 25, tzinfo=UTC)
"""From processing baseline 04.00 on, 1000 counts are added to Sentinel-2 reflectance (ESA). An
older scene may have been processed again since: its name does not say, so its values are counts."""
_S2_BANDS = SENSORS["sentinel-2"].band_ids[""]

BY_RESOLUTION = re.compile(r"R\d\dm")
"""Folders into which a Sentinel-2 product sorts its bands."""
_NO_IMAGE = re.compile(
    r"(?:_(?:TCI|AOT|WVP)(?:_\d\dm)?|_PVI(?:_L\dA)?|^MSK_.*)\.(?:jp2|tiff?)$", re.IGNORECASE
)
"""Rasters of a Sentinel-2 product that hold no measured band: a picture for the eye made of three
of them, aerosol, water vapour, the preview, and masks by detector."""


@dataclass(frozen=True)
class NameFacts:
    """What one file name says; None is not said."""

    sensor: str | None = None
    """A key of ``SENSORS``."""
    start: datetime | None = None
    """First instant of capture, aware UTC."""
    end: datetime | None = None
    """First instant after capture."""
    scene: str | None = None
    """The provider's name of the scene, the same in all its files."""
    band: str | None = None
    """STAC common name, where the file holds one band."""
    scale: float | None = None
    """Value of one count of 16 bits, where the name settles it."""
    offset: float | None = None
    radiometry: str = "reflectance"
    """What the scaled values are."""


def read_name(name: str) -> NameFacts:
    """The facts in a file name; the first grammar that fits wins.

    Args:
        name: a file name, with or without folder and suffix.

    Examples:
        >>> facts = read_name("scene_2_20171022_175534_100e.tif")
        >>> facts.sensor, facts.scene, facts.start.isoformat()
        ('planetscope', '20171022_175534_100e', '2017-10-22T17:55:34+00:00')
        >>> day = read_name("2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_B08_(Raw).tiff")
        >>> day.band, (day.end - day.start).total_seconds() / 3600
        ('nir', 24.0)
        >>> read_name("harbour.tif") == NameFacts()
        True

    """
    for pattern, reader in _GRAMMARS:
        found = pattern.search(name)
        if found is None:
            continue
        try:
            return reader(found, name)
        except ValueError:  # digits that are no date: this grammar does not fit after all
            continue
    return NameFacts()


def home_of(path: Path) -> Path:
    """The folder of a file; of all resolutions of one Sentinel-2 product the same.

    Examples:
        >>> home_of(Path("a/IMG_DATA/R20m/b.jp2")).name, home_of(Path("a/b.tif")).name
        ('IMG_DATA', 'a')

    """
    folder = path.parent
    return folder.parent if BY_RESOLUTION.fullmatch(folder.name) else folder


def holds_no_band(name: str) -> bool:
    """Whether a file is named as a raster that goes with a product and holds no measured band.

    Examples:
        >>> [holds_no_band(f"T11SLT_20230718T182921_{what}_10m.jp2") for what in ("TCI", "B04")]
        [True, False]

    """
    return _NO_IMAGE.search(name) is not None


def _at(text: str) -> datetime:
    """An instant from its digits, UTC."""
    digits = re.sub(r"\D", "", text)
    form = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}[len(digits)]
    return datetime.strptime(digits, form).replace(tzinfo=UTC)


def _planetscope(found: re.Match[str], name: str) -> NameFacts:
    start = _at(found["day"] + found["time"])
    hundredth = found["hundredths"]
    if hundredth is not None:
        start += timedelta(milliseconds=10 * int(hundredth))
    # Analytic products without SR are radiance at the sensor, to be scaled scene by scene.
    radiance = "Analytic" in name and "_SR" not in name
    return NameFacts(
        sensor="planetscope",
        start=start,
        end=start + SECOND,
        scene=found["scene"],
        scale=1e-4 if radiance else None,
        radiometry="counts" if radiance else "reflectance",
    )


def _skysat(found: re.Match[str], _: str) -> NameFacts:
    start = _at(found["day"] + found["time"])
    return NameFacts(sensor="skysat", start=start, end=start + SECOND, scene=found["scene"])


def _browser_export(found: re.Match[str], name: str) -> NameFacts:
    start, last = _at(found["start"]), _at(found["end"])
    sensor = {"2": "sentinel-2", "1": "sentinel-1-grd"}[found["mission"]]
    band = re.search(r"_(B\d[\dA])_", name)
    # The export writes raw reflectance over the full range of 16 bits.
    scale = 1 / 65535 if "(Raw)" in name and sensor == "sentinel-2" else None
    return NameFacts(
        sensor=sensor,
        start=start,
        end=last + timedelta(minutes=1),
        scene=f"sentinel-{found['mission']}_{start:%Y%m%d}",
        band=_S2_BANDS.get(band[1]) if band else None,
        scale=scale,
    )


def _sentinel2(found: re.Match[str], name: str) -> NameFacts:
    start = _at(found["at"])
    band = re.search(r"_(B\d[\dA])(?:_\d\dm)?\b", name)
    # The name gives the datatake's sensing start; a tile is seen within the datatake.
    return NameFacts(
        sensor="sentinel-2",
        start=start,
        end=start + timedelta(minutes=10),
        scene=found["scene"],
        band=_S2_BANDS.get(band[1]) if band else None,
        scale=1e-4 if band else None,
        offset=-0.1 if band and start >= _S2_OFFSET_FROM else None,
        radiometry="counts" if band and start < _S2_OFFSET_FROM else "reflectance",
    )


def _sentinel1(found: re.Match[str], name: str) -> NameFacts:
    start, end = _at(found["start"]), _at(found["end"])
    band = re.search(r"[-_](vv|vh|hh|hv)[-_.]", name, re.IGNORECASE)
    return NameFacts(
        sensor="sentinel-1-grd",
        start=start,
        end=end + SECOND,
        scene=found["scene"],
        band=band[1].lower() if band else None,
    )


def _landsat(found: re.Match[str], name: str) -> NameFacts:
    start = _at(found["day"])
    band = re.search(r"_(?:SR_)?(B\d+)\b", name)
    ids = SENSORS["landsat"].band_ids[LANDSAT_GENERATION[found["mission"]]]
    # Collection 2: surface reflectance, or reflectance at the top of the atmosphere.
    surface = "_L2S" in name or "_SR_" in name
    return NameFacts(
        sensor="landsat",
        start=start,
        end=start + timedelta(days=1),
        scene=found["scene"],
        band=ids.get(band[1]) if band else None,
        scale=2.75e-5 if surface else 2e-5,
        offset=-0.2 if surface else -0.1,
    )


_DAY = r"(?:19|20)\d{2}[01]\d[0-3]\d"
_TIME = r"[0-2]\d[0-5]\d[0-6]\d"
_EXPORT_AT = r"\d{4}-\d\d-\d\d-\d\d[:_]\d\d"
_GRAMMARS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], NameFacts]], ...] = (
    (
        re.compile(
            rf"(?P<start>{_EXPORT_AT})_(?P<end>{_EXPORT_AT})_Sentinel-(?P<mission>[12])", re.ASCII
        ),
        _browser_export,
    ),
    (
        re.compile(
            rf"(?P<scene>S2[A-D]_MSIL(?:1C|2A)_(?P<at>{_DAY}T{_TIME})_N\d{{4}}_R\d{{3}}_T\w{{5}})"
        ),
        _sentinel2,
    ),
    (re.compile(rf"(?P<scene>S2[A-D]_MSIL(?:1C|2A)_(?P<at>{_DAY}T{_TIME}))"), _sentinel2),
    (re.compile(rf"(?P<scene>T\d\d[A-Z]{{3}}_(?P<at>{_DAY}T{_TIME}))_B"), _sentinel2),
    (
        re.compile(
            rf"(?P<scene>s1[a-d]_\w\w_grd\w_\w{{4}}_(?P<start>{_DAY}t{_TIME})_(?P<end>{_DAY}t{_TIME})_\w+)",
            re.IGNORECASE,
        ),
        _sentinel1,
    ),
    (
        re.compile(
            rf"(?P<scene>s1[a-d]-\w\w-grd-\w\w-(?P<start>{_DAY}t{_TIME})-(?P<end>{_DAY}t{_TIME}))",
            re.IGNORECASE,
        ),
        _sentinel1,
    ),
    (
        re.compile(rf"(?P<scene>L[COTEM](?P<mission>0[4-9])_\w{{4}}_\d{{6}}_(?P<day>{_DAY}))"),
        _landsat,
    ),
    (
        re.compile(rf"(?P<scene>(?P<day>{_DAY})_(?P<time>{_TIME})_ssc?\d+\w*)", re.IGNORECASE),
        _skysat,
    ),
    (
        re.compile(
            rf"(?<!\d)(?P<scene>(?P<day>{_DAY})_(?P<time>{_TIME})_(?:(?P<hundredths>\d\d)_)?"
            r"[0-9a-f]{4})(?![0-9a-zA-Z])"
        ),
        _planetscope,
    ),
)
