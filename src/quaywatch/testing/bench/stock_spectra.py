"""Coal, ore and other dark ground of four ports: the spectra, and what tells them apart.

Ports are split, never pixels: what is set on one is scored on another.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import shape

from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import Pixels, inside, read_window
from quaywatch.imagery.stock_material import Gaussians, Spectrum

Floats = NDArray[np.float64]
PORTS: Final = ("durban", "gdynia", "hedland", "genoa")
CLASSES: Final = ("coal", "ore", "other")
"""``other`` is every ground that is neither: bare, roof, dark, wet, trees, water."""
DARK_OTHER: Final = {"asphalt", "roof", "dark", "wet", "bare"}
"""Kinds that the laws of ``other`` are fitted to; trees and water are told by colour before."""


@dataclass(frozen=True)
class Ground:
    """Pixels of one patch of known ground."""

    port: str
    id: str
    kind: str
    """coal, ore, bare, asphalt, roof, dark, wet, trees or water."""
    spectrum: Spectrum
    """Flat: (n,) each."""

    @property
    def count(self) -> int:
        """Pixels."""
        return len(self.spectrum.vnir)

    @property
    def features(self) -> Floats:
        """(n, 4)."""
        return self.spectrum.features(np.ones(self.count, bool))


def port_pixels(data: Path, port: str) -> Pixels:
    """The whole scene of a port, all bands."""
    paths = sorted((data / "imagery" / "sentinel2_ports" / port).glob("*_B*_(Raw).tiff"))
    return read_window(load_raster(paths))


@cache
def _labels() -> tuple[dict[str, Any], ...]:
    text = files("quaywatch.testing").joinpath("labels/stock_ground.geojson").read_text("utf-8")
    return tuple(json.loads(text)["features"])


def known_ground(data: Path, ports: Sequence[str] = PORTS) -> list[Ground]:
    """Every labelled patch of some ports."""
    found = []
    for port in ports:
        pixels = port_pixels(data, port)
        whole = Spectrum.of(pixels)
        if whole is None:
            continue
        for feature in _labels():
            own = feature["properties"]
            if own["port"] != port:
                continue
            where = inside(pixels, shape(feature["geometry"])) & pixels.valid
            flat = Spectrum(**{name: plane[where] for name, plane in vars(whole).items()})
            found.append(Ground(port, own["id"], own["class"], flat))
    return found


def fit_laws(ground: Sequence[Ground]) -> Gaussians:
    """Normal laws of coal, ore and other dark ground; each patch counts the same.

    The spread is that within patches plus that between patches of a class, pooled over classes:
    a new port differs from these as much as these do from each other.
    """
    means, within, between, freedom = [], [], [], 0
    names = [name for name in CLASSES if any(_class_of(g) == name for g in ground)]
    for name in names:
        own = [g.features for g in ground if _class_of(g) == name]
        centres = np.array([np.median(f, axis=0) for f in own])
        means.append(centres.mean(axis=0))
        within += [np.cov(f.T) for f in own]
        apart = centres - centres.mean(axis=0)
        between.append(apart.T @ apart)
        freedom += len(own) - 1
    covariance = np.mean(within, axis=0) + np.sum(between, axis=0) / max(freedom, 1)
    return Gaussians(tuple(names), np.array(means), covariance)


def _class_of(ground: Ground) -> str | None:
    """The class whose law a patch helps to fit."""
    if ground.kind in {"coal", "ore"}:
        return ground.kind
    return "other" if ground.kind in DARK_OTHER else None
