"""Which band is which, and what its counts mean: said by somebody, or by the table, or refused.

A sidecar outranks the file's own descriptions, those outrank the order in the table of sensors.
"""

import re
from collections.abc import Mapping, Sequence

from quaywatch.errors import BandOrderError, SidecarError
from quaywatch.imagery.raster_file import RasterFile
from quaywatch.imagery.scene import Asset, Band
from quaywatch.imagery.sensors import BandNames, Scaling, Sensor, usual_scaling
from quaywatch.imagery.sidecar import Stated

_USUAL: Mapping[int, BandNames] = {3: ("red", "green", "blue")}
"""Bands of a file whose sensor nobody names: a picture in three colours, else unnamed."""
_WORDS: Mapping[str, str] = {
    "red": "red", "r": "red", "green": "green", "g": "green", "blue": "blue", "b": "blue",
    "nir": "nir", "n": "nir", "near infrared": "nir", "near-infrared": "nir", "nir1": "nir",
    "coastal": "coastal", "coastal blue": "coastal", "coastal_blue": "coastal",
    "coastal aerosol": "coastal", "yellow": "yellow", "green_i": "green_i", "green i": "green_i",
    "greeni": "green_i", "rededge": "rededge", "red edge": "rededge", "red-edge": "rededge",
    "red_edge": "rededge", "swir16": "swir16", "swir1": "swir16", "swir 1": "swir16",
    "swir22": "swir22", "swir2": "swir22", "swir 2": "swir22", "pan": "pan",
    "panchromatic": "pan", "nir2": "nir09", "nir08": "nir08", "nir09": "nir09",
    "vv": "vv", "vh": "vh", "hh": "hh", "hv": "hv",
}  # fmt: skip
"""What descriptions call a band, in lower case, to its STAC name."""


def name_of_description(text: str, sensor: Sensor | None = None) -> str | None:
    """The common name that a description of a band gives; None if it gives none or several.

    Args:
        text: as in the file.
        sensor: whose band numbers it may use; numbers that its generations read differently say
            nothing.

    Examples:
        >>> [name_of_description(t) for t in ("Band 4 (Red)", "near infrared", "sr_green_b2")]
        ['red', 'nir', 'green']
        >>> name_of_description("B4") is None  # of which sensor?
        True

    """
    clean = re.sub(r"[^a-z0-9 _-]", " ", text.lower()).strip()
    whole = _WORDS.get(clean)
    if whole is not None:
        return whole
    apart = re.sub(r"[_-]", " ", clean)
    bare = re.sub(r"\b(?:band|b?\d+a?|sr|toa|boa|reflectance)\b", " ", apart)
    word = _WORDS.get(" ".join(bare.split()))
    if word is not None:
        return word
    found = {_number(clean, ids) for ids in (sensor.band_ids.values() if sensor else ())}
    return next(iter(found)) if len(found) == 1 else None


def _number(text: str, ids: Mapping[str, str]) -> str | None:
    """The name of a band number, however many zeros it is written with."""
    number = re.search(r"(?:^|[_ ])b0*(\d+)(a?)(?:$|[_ ])", text)
    if number is None:
        return None
    plain = {re.sub(r"^B0*", "", key).upper(): name for key, name in ids.items()}
    return plain.get((number[1] + number[2]).upper())


def named_bands(
    files: Sequence[RasterFile],
    assets: Sequence[Asset],
    sensor: Sensor | None,
    stated: Stated,
) -> tuple[tuple[Band, ...], str]:
    """Every band with its scale, and what the scaled values mean.

    Raises:
        BandOrderError: the files or the table give more than one order, or parts of one.
        SidecarError: the sidecar names more or fewer bands than there are.

    """
    count = sum(len(f.bands) for f in files)
    names = stated.bands or _names(files, count, sensor)
    if len(names) != count or len(set(names)) != count:
        fact = f"{len(set(names))} band names for {count} bands"
        raise SidecarError(path=str(files[0].path), fact=fact)
    scaling = _scaling(files[0], sensor)
    scale = scaling.scale if stated.scale is None else stated.scale
    offset = scaling.offset if stated.offset is None and stated.scale is None else stated.offset
    spots = [(a.key, i) for a, f in zip(assets, files, strict=True) for i in f.bands]
    bands = tuple(
        Band(name, key, index, scale, offset or 0.0)
        for name, (key, index) in zip(names, spots, strict=True)
    )
    return bands, stated.radiometry or scaling.radiometry


def _names(files: Sequence[RasterFile], count: int, sensor: Sensor | None) -> BandNames:
    """Names by file names, by descriptions, by the table; by number where nobody says."""
    if len(files) > 1:
        return tuple(f.facts.band or f"band-{n}" for n, f in enumerate(files, start=1))
    only = files[0]
    if count == 1 and only.facts.band:
        return (only.facts.band,)
    usual = (_USUAL if sensor is None else sensor.bands).get(count)
    told = tuple(name_of_description(text, sensor) for text in only.said)
    given = [name for name in told if name is not None]
    if len(set(given)) != len(given):
        fact = f"the file calls two bands {next(n for n in given if given.count(n) > 1)}"
        raise BandOrderError(path=str(only.path), fact=fact)
    if len(given) == count:
        return tuple(given)
    if usual is None and sensor is not None and count in sensor.unclear:
        fact = f"files of {sensor.name} with {count} bands come in more than one order"
        raise BandOrderError(path=str(only.path), fact=fact)
    if usual is None:
        return tuple(name or f"band-{n}" for n, name in enumerate(told, start=1))
    apart = [n for n, name in enumerate(told) if name is not None and name != usual[n]]
    if apart:
        first = apart[0]
        fact = f"the file calls band {first + 1} {told[first]}, by its sensor it is {usual[first]}"
        raise BandOrderError(path=str(only.path), fact=fact)
    return usual


def _scaling(file: RasterFile, sensor: Sensor | None) -> Scaling:
    """What a count of the file means: as its name says, else as its sensor's do."""
    if file.facts.scale is not None and file.dtype in {"uint16", "int16"}:
        return Scaling(file.facts.scale, file.facts.offset or 0.0, file.facts.radiometry)
    return usual_scaling(file.dtype) if sensor is None else sensor.scaling(file.dtype)
